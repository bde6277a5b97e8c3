//! Whether a resource shows that a provider ignored a filter.
//!
//! A provider may know more than it sends, and compares texts in ways of its own. So what is not in the answer, and what
//! only case, order or fractions of a second decide, refutes nothing: only what surely does not match does.

use super::{any, compares, is_present, text_compares, times, values};
use crate::scim::json::Json;
use crate::scim::{attribute, resource};
use chrono::TimeDelta;
use scim_v2::filter::{AttrExp, CompValue, CompareOp, Filter, ValFilter};

/// Whether the resource surely does not match the filter.
pub fn refutes<'v>(filter: &Filter, resource: impl Json<'v>) -> bool {
    of_filter(filter, resource) == Verdict::No
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Yes,
    No,
    Open,
}

impl Verdict {
    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Open => Self::Open,
        }
    }

    fn sure(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    /// Yes, if one is; no, if all are.
    fn any(verdicts: impl Iterator<Item = Self>) -> Self {
        verdicts.fold(Self::No, |so_far, verdict| match (so_far, verdict) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Open,
        })
    }

    fn all(verdicts: impl Iterator<Item = Self>) -> Self {
        Self::any(verdicts.map(Self::not)).not()
    }

    /// The same of values, of which there may be none in the answer.
    fn any_value<J>(values: Vec<J>, verdict: impl Fn(J) -> Self) -> Self {
        if values.is_empty() { Self::Open } else { Self::any(values.into_iter().map(verdict)) }
    }
}

fn of_filter<'v>(filter: &Filter, resource: impl Json<'v>) -> Verdict {
    match filter {
        Filter::Attr(expression) => of_expression(expression, resource),
        Filter::ValuePath(path) => {
            let elements = attribute::values(&path.attr, resource);
            Verdict::any_value(elements, |element| of_element(&path.filter, element))
        }
        Filter::Not(inner) => of_filter(inner, resource).not(),
        Filter::And(operands) => Verdict::all(operands.iter().map(|operand| of_filter(operand, resource))),
        Filter::Or(operands) => Verdict::any(operands.iter().map(|operand| of_filter(operand, resource))),
    }
}

fn of_element<'v>(filter: &ValFilter, element: impl Json<'v>) -> Verdict {
    match filter {
        ValFilter::Attr(expression) => of_expression(expression, element),
        ValFilter::Not(inner) => of_element(inner, element).not(),
        ValFilter::And(operands) => Verdict::all(operands.iter().map(|operand| of_element(operand, element))),
        ValFilter::Or(operands) => Verdict::any(operands.iter().map(|operand| of_element(operand, element))),
    }
}

fn of_expression<'v>(expression: &AttrExp, resource: impl Json<'v>) -> Verdict {
    match expression {
        AttrExp::Present(path) => {
            let is_there = any(path, resource, is_present);
            if is_there { Verdict::Yes } else { Verdict::Open }
        }
        AttrExp::Comparison(path, CompareOp::Ne, expected) => {
            Verdict::any_value(values(path, resource), |value| of_value(value, &CompareOp::Eq, expected)).not()
        }
        AttrExp::Comparison(path, operator, expected) => {
            Verdict::any_value(values(path, resource), |value| of_value(value, operator, expected))
        }
    }
}

fn of_value<'v, J: Json<'v>>(value: J, operator: &CompareOp, expected: &CompValue) -> Verdict {
    let value = resource::get(value, "value").unwrap_or(value);
    match expected {
        CompValue::Null => Verdict::sure(*operator != CompareOp::Eq),
        CompValue::True | CompValue::False if *operator == CompareOp::Eq && resource::boolean(value).is_some() => {
            Verdict::sure(compares(value, operator, expected, true))
        }
        CompValue::Number(_) if resource::text(value).is_some_and(|text| text.trim().parse::<f64>().is_ok()) => {
            Verdict::sure(compares(value, operator, expected, true))
        }
        CompValue::True | CompValue::False | CompValue::Number(_) => Verdict::Open,
        CompValue::Str(expected) => {
            resource::text(value).map_or(Verdict::Open, |text| of_text(&text, operator, expected))
        }
    }
}

fn of_text(value: &str, operator: &CompareOp, expected: &str) -> Verdict {
    if let Some((value, expected)) = times(value, expected) {
        let apart = value.signed_duration_since(expected);
        return match operator {
            _ if apart.abs() <= TimeDelta::seconds(1) => Verdict::Open,
            CompareOp::Eq => Verdict::No,
            CompareOp::Gt | CompareOp::Ge => Verdict::sure(apart > TimeDelta::zero()),
            CompareOp::Lt | CompareOp::Le => Verdict::sure(apart < TimeDelta::zero()),
            _ => Verdict::Open,
        };
    }
    match operator {
        CompareOp::Eq | CompareOp::Co | CompareOp::Sw | CompareOp::Ew => {
            match (text_compares(value, operator, expected, true), text_compares(value, operator, expected, false)) {
                (true, _) => Verdict::Yes,
                (false, true) => Verdict::Open,
                (false, false) => Verdict::No,
            }
        }
        _ => Verdict::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{matches, parse};
    use super::*;
    use serde_json::json;

    #[rstest::rstest]
    // What is there and surely does not match.
    #[case(r#"userType eq "Guest""#, true)]
    #[case("active eq false", true)]
    #[case("logins gt 5", true)]
    #[case(r#"userName co "example.org""#, true)]
    #[case(r#"userType ne "Standard""#, true)]
    #[case("title eq null", true)]
    #[case("not (active eq true)", true)]
    #[case(r#"active eq true and userType eq "Guest""#, true)]
    #[case(r#"active eq false or userType eq "Guest""#, true)]
    #[case(r#"emails[type eq "home"]"#, true)]
    #[case(r#"emails.type eq "home""#, true)]
    #[case(r#"meta.lastModified gt "2024-05-07T00:00:00Z""#, true)]
    // What matches.
    #[case(r#"userType eq "Standard" and active eq true"#, false)]
    #[case(r#"meta.lastModified gt "2024-05-05T00:00:00+02:00""#, false)]
    #[case(r#"emails[type eq "work" and primary eq true]"#, false)]
    // What is not in the answer.
    #[case(r#"groups.value eq "g1""#, false)]
    #[case("department pr", false)]
    #[case("not (title pr)", true)]
    #[case("not (department pr)", false)]
    #[case(r#"department ne "Sales""#, false)]
    #[case("department eq null", false)]
    #[case(r#"department eq "Sales" and active eq true"#, false)]
    #[case(r#"department eq "Sales" and active eq false"#, true)]
    #[case(r#"department eq "Sales" or active eq false"#, false)]
    // What the provider may see otherwise.
    #[case(r#"userType eq "STANDARD""#, false)]
    #[case(r#"not (userType eq "STANDARD")"#, false)]
    #[case(r#"id gt "zzz""#, false)]
    #[case(r#"meta.lastModified gt "2024-05-06T07:08:09Z""#, false)]
    #[case(r#"meta.lastModified eq "2024-05-06T07:08:09.5Z""#, false)]
    #[case("userType eq true", false)]
    #[case("userType gt 5", false)]
    fn only_what_surely_does_not_match_refutes(#[case] filter: &str, #[case] expected: bool) {
        let user = json!({
            "id": "005A", "userName": "ada@example.com", "userType": "Standard", "active": "True", "logins": "3", "title": "Ms",
            "emails": [{"value": "ada@example.com", "type": "work", "primary": true}],
            "meta": {"lastModified": "2024-05-06T07:08:09Z"},
        });
        let filter = parse(filter).unwrap();
        assert_eq!(refutes(&filter, &user), expected);
        assert!(!(expected && matches(&filter, &user)), "what matches refutes nothing");
    }
}
