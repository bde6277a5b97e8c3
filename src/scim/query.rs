//! The query parameters of a list request (RFC 7644 §3.4.2, §3.9, RFC 9865 §2).

use super::provider::Endpoint;
use url::Url;

/// Where in a list a page begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// `startIndex`, from 1.
    Index(u64),
    /// What the page before gave, empty for the first page. It is a value like any other, and never a URL.
    Cursor(&'a str),
    /// The filter says it, or nothing does: the first page.
    Unsaid,
    /// There are no pages.
    Whole,
}

/// Spaces are sent as `%20`: not every server reads `+` as a space. `without` names the attribute that is not needed.
pub(super) fn set_query(
    url: &mut Url,
    place: Place<'_>,
    count: Option<u64>,
    filter: Option<&str>,
    endpoint: &Endpoint,
    without: Option<&str>,
) {
    {
        let mut pairs = url.query_pairs_mut();
        match place {
            Place::Index(start) => pairs.append_pair("startIndex", &start.to_string()),
            // "cursor" without a value asks for the first page (RFC 9865 §2).
            Place::Cursor("") => pairs.append_key_only("cursor"),
            Place::Cursor(cursor) => pairs.append_pair("cursor", cursor),
            Place::Unsaid | Place::Whole => &mut pairs,
        };
        if let Some(count) = count.filter(|_| !matches!(place, Place::Whole)) {
            pairs.append_pair("count", &count.to_string());
        }
        if let Some(filter) = filter {
            pairs.append_pair("filter", filter);
        }
    }
    set_attributes(url, endpoint, without);
    let query = url.query().filter(|query| !query.is_empty()).map(|query| query.replace('+', "%20"));
    url.set_query(query.as_deref());
}

/// Which attributes the answer is to have. `attributes` and `excludedAttributes` are not sent both (RFC 7644 §3.9).
pub(super) fn set_attributes(url: &mut Url, endpoint: &Endpoint, without: Option<&str>) {
    let is_wanted = |name: &&str| without.is_none_or(|without| !name.eq_ignore_ascii_case(without));
    let wanted: Vec<&str> = endpoint.attributes.iter().map(String::as_str).filter(is_wanted).collect();
    if !wanted.is_empty() {
        url.query_pairs_mut().append_pair("attributes", &wanted.join(","));
    } else if let Some(without) = without.filter(|_| endpoint.excludes) {
        url.query_pairs_mut().append_pair("excludedAttributes", without);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::provider::GENERIC;

    #[test]
    fn a_filter_is_encoded_without_plus_signs() {
        let mut url: Url = "https://scim.example/v2/Users".parse().unwrap();
        set_query(
            &mut url,
            Place::Index(1),
            Some(20),
            Some(r#"userName eq "a+b & c""#),
            &GENERIC.users,
            Some("members"),
        );
        assert_eq!(
            url.as_str(),
            "https://scim.example/v2/Users?startIndex=1&count=20&filter=userName%20eq%20%22a%2Bb%20%26%20c%22&excludedAttributes=members"
        );
    }

    #[rstest::rstest]
    #[case("", Some(20), "cursor&count=20")]
    #[case("abc", None, "cursor=abc")]
    #[case("https://evil.example/?a=b&c#d", Some(20), "cursor=https%3A%2F%2Fevil.example%2F%3Fa%3Db%26c%23d&count=20")]
    fn a_cursor_is_one_value_whatever_it_holds(#[case] cursor: &str, #[case] count: Option<u64>, #[case] query: &str) {
        let mut url: Url = "https://scim.example/v2/Users".parse().unwrap();
        set_query(&mut url, Place::Cursor(cursor), count, None, &GENERIC.users, None);
        assert_eq!(url.as_str(), format!("https://scim.example/v2/Users?{query}"));
    }

    #[rstest::rstest]
    #[case::nothing_said(&[], true, None, None)]
    #[case::one_is_not_needed(&[], true, Some("members"), Some("excludedAttributes=members"))]
    #[case::not_taken(&[], false, Some("members"), None)]
    #[case::by_name(&["id", "members"], true, None, Some("attributes=id%2Cmembers"))]
    #[case::by_name_but_one(&["id", "members"], true, Some("members"), Some("attributes=id"))]
    fn attributes_are_named_where_the_provider_needs_it(
        #[case] attributes: &[&str],
        #[case] excludes: bool,
        #[case] without: Option<&str>,
        #[case] query: Option<&str>,
    ) {
        let attributes = attributes.iter().copied().map(str::to_owned).collect();
        let endpoint = Endpoint { attributes, excludes, ..Endpoint::clone(&GENERIC.groups) };
        let mut url: Url = "https://scim.example/v2/Groups".parse().unwrap();
        set_attributes(&mut url, &endpoint, without);
        assert_eq!(url.query(), query);
    }
}
