//! Filters (RFC 7644 §3.4.2.2): built for a request, and evaluated on a resource.
//!
//! The grammar is the `scim_v2` crate's, with its depth and term limits.

mod refutation;
mod syntax;

use super::attribute::{self, Steps};
use super::json::{Json, Kind};
use super::resource;
use chrono::{DateTime, FixedOffset};
pub use refutation::refutes;
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter, ValFilter};
use std::borrow::Cow;
use std::cmp::Ordering;
pub use syntax::SyntaxError;

/// The longest filter or path that is parsed, in bytes.
pub const MAX_TEXT_BYTES: usize = 16 * 1024;

/// `attribute eq "value"`, the value escaped as a JSON string.
pub fn equal(attribute: AttrPath, value: &str) -> Filter {
    Filter::Attr(AttrExp::Comparison(attribute, CompareOp::Eq, CompValue::Str(value.to_owned())))
}

/// `members.value eq "id"`: the groups that have this member.
pub fn by_member(id: &str) -> Filter {
    equal(AttrPath::with_sub_attr("members", "value"), id)
}

/// `attribute gt "value"`, the value escaped as a JSON string.
pub fn greater(attribute: AttrPath, value: &str) -> Filter {
    Filter::Attr(AttrExp::Comparison(attribute, CompareOp::Gt, CompValue::Str(value.to_owned())))
}

/// `attribute ge "value"`, the value escaped as a JSON string.
pub fn at_least(attribute: AttrPath, value: &str) -> Filter {
    Filter::Attr(AttrExp::Comparison(attribute, CompareOp::Ge, CompValue::Str(value.to_owned())))
}

/// `attribute lt "value"`, the value escaped as a JSON string.
pub fn less(attribute: AttrPath, value: &str) -> Filter {
    Filter::Attr(AttrExp::Comparison(attribute, CompareOp::Lt, CompValue::Str(value.to_owned())))
}

/// `attribute le "value"`, the value escaped as a JSON string.
pub fn at_most(attribute: AttrPath, value: &str) -> Filter {
    Filter::Attr(AttrExp::Comparison(attribute, CompareOp::Le, CompValue::Str(value.to_owned())))
}

/// The filter as it is sent. Every operand of `and` and `or` stands in parentheses: not every provider gives `and` the
/// precedence of RFC 7644 (Salesforce does not).
pub fn to_query(filter: &Filter) -> String {
    match filter {
        Filter::Attr(expression) => expression.to_string(),
        Filter::ValuePath(_) => filter.to_string(),
        Filter::Not(inner) => format!("not ({})", to_query(inner)),
        Filter::And(operands) => join(operands, " and "),
        Filter::Or(operands) => join(operands, " or "),
    }
}

fn join(operands: &[Filter], operator: &str) -> String {
    let operands: Vec<String> = operands.iter().map(|operand| format!("({})", to_query(operand))).collect();
    operands.join(operator)
}

/// Reads a filter.
///
/// # Errors
/// [`SyntaxError`] says where the text stops being a filter.
pub fn parse(text: &str) -> Result<Filter, SyntaxError> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(SyntaxError::too_long(text));
    }
    text.parse().map_err(|error| SyntaxError::of(error, text))
}

/// Whether the resource matches the filter.
pub fn matches<'v>(filter: &Filter, resource: impl Json<'v>) -> bool {
    match filter {
        Filter::Attr(expression) => expression_matches(expression, resource),
        Filter::ValuePath(path) => {
            let mut test = |element| value_matches(&path.filter, element).then_some(());
            Steps::from(&path.attr).find(resource, &mut test).is_some()
        }
        Filter::Not(inner) => !matches(inner, resource),
        Filter::And(operands) => operands.iter().all(|operand| matches(operand, resource)),
        Filter::Or(operands) => operands.iter().any(|operand| matches(operand, resource)),
    }
}

/// Whether one element of a multi-valued attribute matches the filter in a path's brackets.
pub fn value_matches<'v>(filter: &ValFilter, element: impl Json<'v>) -> bool {
    match filter {
        ValFilter::Attr(expression) => expression_matches(expression, element),
        ValFilter::Not(inner) => !value_matches(inner, element),
        ValFilter::And(operands) => operands.iter().all(|operand| value_matches(operand, element)),
        ValFilter::Or(operands) => operands.iter().any(|operand| value_matches(operand, element)),
    }
}

fn expression_matches<'v>(expression: &AttrExp, resource: impl Json<'v>) -> bool {
    match expression {
        AttrExp::Present(path) => any(path, resource, is_present),
        AttrExp::Comparison(path, CompareOp::Ne, expected) => {
            !any(path, resource, |value| compares(value, &CompareOp::Eq, expected, case_exact(path)))
        }
        AttrExp::Comparison(path, CompareOp::Eq, CompValue::Null) => !any(path, resource, |_| true),
        AttrExp::Comparison(path, operator, expected) => {
            any(path, resource, |value| compares(value, operator, expected, case_exact(path)))
        }
    }
}

/// Whether one of the path's values is such.
fn any<'v, J: Json<'v>>(path: &AttrPath, resource: J, test: impl Fn(J) -> bool) -> bool {
    if is_itself(path, resource) {
        return test(resource);
    }
    Steps::from(path).find(resource, &mut |value| test(value).then_some(())).is_some()
}

/// All of the path's values.
fn values<'v, J: Json<'v>>(path: &AttrPath, resource: J) -> Vec<J> {
    if is_itself(path, resource) { vec![resource] } else { attribute::values(path, resource) }
}

/// In an array of plain values, `value` is the element itself; a complex one without a sub-attribute is compared by its
/// `value` (RFC 7644 §3.4.2.2).
fn is_itself<'v>(path: &AttrPath, resource: impl Json<'v>) -> bool {
    path.sub_attr.is_none() && !resource.is_object() && path.name.eq_ignore_ascii_case("value")
}

fn is_present<'v>(value: impl Json<'v>) -> bool {
    match value.kind() {
        Kind::Null => false,
        Kind::Text(text) => !text.is_empty(),
        Kind::Array | Kind::Object => !value.is_empty(),
        Kind::Boolean(_) | Kind::Number(_) => true,
    }
}

/// Ids and references compare by case (`caseExact` in RFC 7643 §7 and §8.7.1); other strings do not.
fn case_exact(path: &AttrPath) -> bool {
    let name = path.sub_attr.as_ref().unwrap_or(&path.name);
    path.name.eq_ignore_ascii_case("meta")
        || ["id", "externalId", "value"].iter().any(|exact| name.eq_ignore_ascii_case(exact))
}

fn compares<'v, J: Json<'v>>(value: J, operator: &CompareOp, expected: &CompValue, case_exact: bool) -> bool {
    let value = resource::get(value, "value").unwrap_or(value);
    match expected {
        CompValue::Null => false,
        CompValue::True | CompValue::False => {
            *operator == CompareOp::Eq && resource::boolean(value) == Some(matches!(expected, CompValue::True))
        }
        CompValue::Number(number) => {
            let found = match value.kind() {
                Kind::Text(text) => text.trim().parse().ok(),
                Kind::Number(number) => number.as_f64(),
                _ => None,
            };
            let ordering = found.zip(number.as_f64()).and_then(|(left, right)| left.partial_cmp(&right));
            ordering.is_some_and(|ordering| holds(operator, ordering))
        }
        CompValue::Str(expected) => resource::text(value).is_some_and(|value| {
            let ordering = times(&value, expected).map(|(value, expected)| value.cmp(&expected));
            match ordering.filter(|_| !matches!(operator, CompareOp::Co | CompareOp::Sw | CompareOp::Ew)) {
                Some(ordering) => holds(operator, ordering),
                None => text_compares(&value, operator, expected, case_exact),
            }
        }),
    }
}

/// Two dates are compared as such, whatever their offsets and fractions (RFC 7644 §3.4.2.2).
fn times(one: &str, other: &str) -> Option<(DateTime<FixedOffset>, DateTime<FixedOffset>)> {
    let time = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    // The filter's own text is the one that is mostly no date.
    let other = time(other)?;
    Some((time(one)?, other))
}

fn text_compares(value: &str, operator: &CompareOp, expected: &str, case_exact: bool) -> bool {
    let is_ascii = value.is_ascii() && expected.is_ascii();
    if *operator == CompareOp::Eq && (case_exact || is_ascii) {
        return if case_exact { value == expected } else { value.eq_ignore_ascii_case(expected) };
    }
    let fold = |text: &str| -> String { text.to_lowercase() };
    let (value, expected): (Cow<'_, str>, Cow<'_, str>) =
        if case_exact { (value.into(), expected.into()) } else { (fold(value).into(), fold(expected).into()) };
    match operator {
        CompareOp::Co => value.contains(&*expected),
        CompareOp::Sw => value.starts_with(&*expected),
        CompareOp::Ew => value.ends_with(&*expected),
        _ => holds(operator, value.cmp(&expected)),
    }
}

fn holds(operator: &CompareOp, ordering: Ordering) -> bool {
    match operator {
        CompareOp::Eq => ordering.is_eq(),
        CompareOp::Ne => ordering.is_ne(),
        CompareOp::Gt => ordering.is_gt(),
        CompareOp::Ge => ordering.is_ge(),
        CompareOp::Lt => ordering.is_lt(),
        CompareOp::Le => ordering.is_le(),
        CompareOp::Co | CompareOp::Sw | CompareOp::Ew => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[rstest::rstest]
    #[case(r#"userName eq "ADA@example.com""#, true)]
    #[case(r#"id eq "005A""#, true)]
    #[case(r#"id eq "005a""#, false)]
    #[case(r#"id gt "0059""#, true)]
    #[case(r#"id gt "005A""#, false)]
    #[case(r#"userName sw "ada" and active eq true"#, true)]
    #[case(r#"userName sw "bob" or active eq true"#, true)]
    #[case("title pr", false)]
    #[case("not (title pr)", true)]
    #[case("emails pr", true)]
    #[case(r#"emails.value ew "example.com""#, true)]
    #[case(r#"emails eq "ada@example.com""#, true)]
    #[case(r#"emails[type eq "work" and primary eq true]"#, true)]
    #[case(r#"emails[type eq "home"]"#, false)]
    #[case(r#"title ne "Countess""#, true)]
    #[case("title eq null", true)]
    #[case("logins ge 3", true)]
    #[case("logins lt 3", false)]
    #[case(r#"meta.lastModified gt "2020-01-01T00:00:00Z""#, true)]
    #[case(r#"meta.lastModified ge "2024-05-06T09:08:09+02:00""#, true)]
    #[case(r#"meta.lastModified gt "2024-05-06T07:08:09.000Z""#, false)]
    #[case(r#"meta.lastModified lt "2024-05-06T07:08:09.5Z""#, true)]
    #[case(r#"meta.lastModified sw "2024-05-06""#, true)]
    #[case(r#"tags eq "a""#, true)]
    #[case(r#"tags[value eq "b"]"#, true)]
    fn a_filter_is_evaluated_as_the_rfc_says(#[case] filter: &str, #[case] expected: bool) {
        let user = json!({
            "id": "005A", "userName": "ada@example.com", "active": "True", "logins": "3", "tags": ["a", "b"],
            "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
            "meta": {"lastModified": "2024-05-06T07:08:09Z"},
        });
        assert_eq!(matches(&parse(filter).unwrap(), &user), expected);
    }

    #[test]
    fn what_is_sent_is_parenthesised_and_escaped() {
        let quoted = equal(AttrPath::with_name("userName"), r#"a"b\c"#);
        let filter =
            Filter::and(Filter::or(quoted, parse("title pr").unwrap()), greater(AttrPath::with_name("id"), "é"));
        assert_eq!(to_query(&filter), r#"((userName eq "a\"b\\c") or (title pr)) and (id gt "é")"#);
        assert_eq!(parse(&to_query(&filter)).unwrap(), filter);
    }

    #[test]
    fn hostile_filters_are_refused() {
        assert!(parse(&"(".repeat(5_000)).is_err());
        assert!(parse(&format!("title eq \"{}\"", "x".repeat(MAX_TEXT_BYTES))).is_err());
    }
}
