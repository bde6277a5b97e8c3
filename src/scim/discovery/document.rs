//! The documents with which a server describes itself (RFC 7643 §5 to §7, RFC 9865 §4), read as leniently as can be: every
//! member by itself, and what cannot be understood is as if it were not there.
//!
//! It asks for nothing, and draws no conclusions but one: whether lists are to be read by cursor.

use crate::scim::resource;
use serde_json::Value;

/// What `ServiceProviderConfig` says. `None` is what it does not say, or not understandably.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerConfig {
    pub filter: Option<bool>,
    /// The most resources in an answer to a filter (`filter.maxResults`).
    pub max_results: Option<u64>,
    pub patch: Option<bool>,
    pub pagination: Pagination,
}

/// What it says of pages (RFC 9865 §4).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pagination {
    pub cursor: Option<bool>,
    pub index: Option<bool>,
    /// `defaultPaginationMethod`, in small letters.
    pub default_method: Option<String>,
    pub max_page_size: Option<u64>,
}

impl ServerConfig {
    /// Reads a document; `None` where nothing in it is what such a document has.
    pub fn read(document: &Value) -> Option<Self> {
        let part = |name: &str| resource::get(document, name).map(only);
        let supported = |name: &str| part(name).and_then(|part| flag(resource::get(part, "supported").unwrap_or(part)));
        let number = |part: Option<&Value>, name: &str| {
            let number = resource::integer(resource::get(part?, name)?)?;
            u64::try_from(number).ok().filter(|number| *number > 0)
        };
        let pagination = part("pagination");
        let method = |name: &str| pagination.and_then(|part| resource::get(part, name)).map(only).and_then(flag);
        let default =
            pagination.and_then(|part| resource::get(part, "defaultPaginationMethod")).and_then(resource::text);
        let config = Self {
            filter: supported("filter"),
            max_results: number(part("filter"), "maxResults"),
            patch: supported("patch"),
            pagination: Pagination {
                cursor: method("cursor"),
                index: method("index"),
                default_method: default.map(|default| default.trim().to_ascii_lowercase()),
                max_page_size: number(pagination, "maxPageSize"),
            },
        };
        (config != Self::default()).then_some(config)
    }

    /// Whether lists are to be read by cursor: the server has cursors, and either no other way, or prefers this one.
    pub fn prefers_cursors(&self) -> bool {
        let Pagination { cursor, index, default_method, .. } = &self.pagination;
        *cursor == Some(true) && (*index == Some(false) || default_method.as_deref() == Some("cursor"))
    }

    /// The most resources that a page has.
    pub fn max_page_size(&self) -> Option<u64> {
        self.pagination.max_page_size.or(self.max_results)
    }
}

/// The objects of an answer: of a list response, of a bare array, or the answer itself.
pub fn objects(answer: Value) -> Vec<Value> {
    let listed = match answer {
        Value::Array(listed) => listed,
        Value::Object(mut members) => {
            let name = members.keys().find(|name| name.eq_ignore_ascii_case("Resources")).cloned();
            match name.and_then(|name| members.remove(&name)) {
                Some(Value::Array(listed)) => listed,
                Some(listed) => vec![listed],
                None => vec![members.into()],
            }
        }
        _ => Vec::new(),
    };
    listed.into_iter().filter(Value::is_object).collect()
}

/// The one element of an array that should be none.
fn only(value: &Value) -> &Value {
    value.as_array().and_then(|elements| elements.first()).unwrap_or(value)
}

/// A boolean, also as a text or as 0 or 1 (Snowflake).
fn flag(value: &Value) -> Option<bool> {
    resource::boolean(value).or_else(|| match resource::integer(value)? {
        0 => Some(false),
        1 => Some(true),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(answer: Value) -> Option<ServerConfig> {
        objects(answer).iter().find_map(ServerConfig::read)
    }

    fn filtering(filter: bool, max_results: Option<u64>) -> ServerConfig {
        ServerConfig { filter: Some(filter), max_results, ..ServerConfig::default() }
    }

    #[rstest::rstest]
    #[case::as_it_should_be(json!({"filter": {"supported": true, "maxResults": 200}}), Some(filtering(true, Some(200))))]
    #[case::an_integer_for_a_boolean(json!({"filter": {"supported": 0}}), Some(filtering(false, None)))]
    #[case::texts(json!({"filter": {"supported": "True", "maxResults": "200"}}), Some(filtering(true, Some(200))))]
    #[case::a_text_of_a_number(json!({"filter": {"supported": "1"}}), Some(filtering(true, None)))]
    #[case::without_supported(json!({"filter": true}), Some(filtering(true, None)))]
    #[case::in_an_array(json!({"filter": [{"supported": true}]}), Some(filtering(true, None)))]
    #[case::another_case(json!({"Filter": {"Supported": true, "MAXRESULTS": 9}}), Some(filtering(true, Some(9))))]
    #[case::no_maximum(json!({"filter": {"supported": true, "maxResults": 0}}), Some(filtering(true, None)))]
    #[case::a_negative_maximum(json!({"filter": {"supported": true, "maxResults": -1}}), Some(filtering(true, None)))]
    #[case::other_members_are_odd(json!({"filter": {"supported": true}, "patch": 7, "pagination": "no"}), Some(filtering(true, None)))]
    #[case::a_list_of_one(json!({"totalResults": 1, "Resources": [{"filter": {"supported": true}}]}), Some(filtering(true, None)))]
    #[case::a_list_that_is_none(json!({"resources": {"filter": {"supported": true}}}), Some(filtering(true, None)))]
    #[case::an_array(json!([null, {"filter": {"supported": true}}]), Some(filtering(true, None)))]
    #[case::an_error(json!({"status": "501", "detail": "no"}), None)]
    #[case::an_empty_object(json!({}), None)]
    #[case::an_empty_list(json!({"totalResults": 0, "Resources": null}), None)]
    #[case::null(json!(null), None)]
    #[case::a_text(json!("ok"), None)]
    #[case::null_members(json!({"filter": null, "pagination": {"cursor": null}}), None)]
    fn documents_are_read_as_servers_write_them(#[case] answer: Value, #[case] expected: Option<ServerConfig>) {
        assert_eq!(read(answer), expected);
    }

    #[rstest::rstest]
    #[case::cursors_alone(json!({"cursor": true, "index": false}), true)]
    #[case::cursors_first(json!({"cursor": true, "index": true, "defaultPaginationMethod": "cursor"}), true)]
    #[case::as_texts(json!({"cursor": "true", "index": 1, "defaultPaginationMethod": "Cursor"}), true)]
    #[case::index_first(json!({"cursor": true, "index": true, "defaultPaginationMethod": "index"}), false)]
    #[case::either(json!({"cursor": true, "index": true}), false)]
    #[case::not_said(json!({"cursor": true}), false)]
    #[case::no_cursors(json!({"cursor": false, "index": false, "defaultPaginationMethod": "cursor"}), false)]
    #[case::nothing(json!({}), false)]
    #[case::odd(json!({"cursor": {"supported": true}, "index": []}), false)]
    fn cursors_are_preferred_only_where_they_are_the_server_s_own_way(
        #[case] pagination: Value,
        #[case] expected: bool,
    ) {
        let config = read(json!({"patch": {"supported": true}, "pagination": pagination})).unwrap();
        assert_eq!(config.prefers_cursors(), expected);
    }

    #[test]
    fn the_page_size_of_cursors_goes_before_that_of_filters() {
        let max = |document| read(document).unwrap().max_page_size();
        assert_eq!(max(json!({"filter": {"maxResults": 500}, "pagination": {"maxPageSize": 250}})), Some(250));
        assert_eq!(max(json!({"filter": {"maxResults": 500}})), Some(500));
    }
}
