//! What is left out of the lists, and what the provider is asked for in the first place.
//!
//! Whether a filter string's attributes exist is for those to say who know them.

use super::reader::Reader;
use crate::filter_string::FilterString;
use crate::scim::filter;
use scim_v2::filter::Filter;
use serde_json::{Map, Value};

/// The filters of each list.
#[derive(Debug, Clone, Default)]
pub struct Filters {
    pub accounts: ListFilters,
    pub groups: ListFilters,
    /// Of what is granted besides groups.
    pub entitlements: ListFilters,
}

/// The filters of one list.
#[derive(Debug, Clone, Default)]
pub struct ListFilters {
    /// Objects that match are left out.
    pub left_out: Option<LeftOut>,
    /// Only resources that match are asked for.
    pub asked_for: Option<AskedFor>,
}

/// A filter string, and the setting that has it.
#[derive(Debug, Clone)]
pub struct LeftOut {
    pub key: &'static str,
    pub filter: FilterString,
}

/// A SCIM filter, and the setting that has it.
#[derive(Debug, Clone)]
pub struct AskedFor {
    pub key: &'static str,
    pub filter: Filter,
}

const ACCOUNTS: &str = "filterString";
const ACCOUNTS_BY_TYPE: &str = "account.filterString";

/// `filterString` goes before `account.filterString`, as in the platform's own connectors; two that differ are a mistake.
pub(super) fn read(reader: &mut Reader<'_>) -> Filters {
    let by_type = left_out(reader, ACCOUNTS_BY_TYPE);
    let accounts = left_out(reader, ACCOUNTS);
    if let (Some(accounts), Some(by_type)) = (&accounts, &by_type)
        && accounts.filter != by_type.filter
    {
        reader.problem(
            ACCOUNTS_BY_TYPE,
            format!("must be empty or the same while {ACCOUNTS} is set, which goes before it"),
        );
    }
    Filters {
        accounts: ListFilters { left_out: accounts.or(by_type), asked_for: asked_for(reader, "userFilter") },
        groups: ListFilters {
            left_out: left_out(reader, "group.filterString"),
            asked_for: asked_for(reader, "groupFilter"),
        },
        entitlements: ListFilters {
            left_out: left_out(reader, "entitlement.filterString"),
            asked_for: asked_for(reader, "entitlementFilter"),
        },
    }
}

/// The filters, as far as they can be read.
pub fn filters(settings: &Map<String, Value>) -> Filters {
    read(&mut Reader::new(settings))
}

fn left_out(reader: &mut Reader<'_>, key: &'static str) -> Option<LeftOut> {
    let text = text(reader, key)?;
    match FilterString::parse(text) {
        Ok(filter) => Some(LeftOut { key, filter }),
        Err(error) => {
            reader.problem(key, format!("is no filter string: {error}"));
            None
        }
    }
}

fn asked_for(reader: &mut Reader<'_>, key: &'static str) -> Option<AskedFor> {
    let text = text(reader, key)?;
    match filter::parse(text) {
        Ok(filter) => Some(AskedFor { key, filter }),
        Err(error) => {
            reader.problem(key, format!("is no SCIM filter: {error}"));
            None
        }
    }
}

/// The text as it was entered, white space before it too: columns are counted from its beginning.
fn text<'a>(reader: &mut Reader<'a>, key: &'static str) -> Option<&'a str> {
    reader.text(key)?;
    reader.value(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problems(settings: &Value) -> (Filters, String) {
        let mut reader = Reader::new(settings.as_object().unwrap());
        let filters = read(&mut reader);
        (filters, reader.finish(()).map_or_else(|invalid| invalid.to_string().replace("; ", "\n"), |()| String::new()))
    }

    #[test]
    fn each_filter_that_does_not_parse_points_at_its_column() {
        let (filters, problems) = problems(&json!({
            "filterString": "  active = false", "account.filterString": "(email.isNull()", "group.filterString": "displayName",
            "entitlement.filterString": 7, "userFilter": "userType eq Guest", "groupFilter": "displayName sw",
            "entitlementFilter": "type == \"Profile\"",
        }));
        insta::assert_snapshot!(problems, @r#"
        account.filterString is no filter string: at column 16: expected &&, || or ), but found the end
        filterString is no filter string: at column 10: expected == or ===, but found =
        userFilter is no SCIM filter: at column 13: expected one of a text in double quotes, a number, false, null, true, but found Guest
        group.filterString is no filter string: at column 12: expected a comparison such as ==, or a method such as .isNull(), but found the end
        groupFilter is no SCIM filter: at column 15: expected more after sw, but found the end
        entitlement.filterString must be a text, but is 7
        entitlementFilter is no SCIM filter: at column 6: expected an attribute, an operator such as eq, or a value (texts stand in double quotes), but found =
        "#);
        assert!(filters.accounts.left_out.is_none() && filters.accounts.asked_for.is_none());
    }

    #[rstest::rstest]
    #[case(json!({"filterString": "a == 1"}), Some(ACCOUNTS), "")]
    #[case(json!({"account.filterString": "a == 1"}), Some(ACCOUNTS_BY_TYPE), "")]
    #[case(json!({"filterString": " ", "account.filterString": "a == 1", "group.filterString": null}), Some(ACCOUNTS_BY_TYPE), "")]
    #[case(json!({"filterString": "a == 1", "account.filterString": " a==1"}), Some(ACCOUNTS), "")]
    #[case(json!({"filterString": "a == 1", "account.filterString": "a == 2"}), Some(ACCOUNTS),
        "account.filterString must be empty or the same while filterString is set, which goes before it")]
    #[case(json!({"group.filterString": "a == 1"}), None, "")]
    fn accounts_have_two_keys(#[case] settings: Value, #[case] key: Option<&str>, #[case] says: &str) {
        let (filters, problems) = problems(&settings);
        assert_eq!((filters.accounts.left_out.map(|left_out| left_out.key), problems.as_str()), (key, says));
    }
}
