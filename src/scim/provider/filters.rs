//! Which filters (RFC 7644 §3.4.2.2) a provider understands, so that none is sent that it would refuse or ignore.

use scim_v2::filter::{AttrExp, AttrPath, CompareOp, Filter, ValFilter};
use serde::Deserialize;

/// The filters that an endpoint understands.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Filters {
    /// None: it understands no filter.
    pub operators: Vec<Operator>,
    /// The attributes that can be asked for, in any case of letters; `None`: all.
    pub attributes: Option<Vec<String>>,
}

/// An operator of a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "camelCase")]
pub enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Pr,
    Gt,
    Ge,
    Lt,
    Le,
    And,
    Or,
    Not,
    /// `emails[type eq "work"]`.
    ValuePath,
}

impl Filters {
    /// Whether the provider understands this filter.
    pub fn understand(&self, filter: &Filter) -> bool {
        match filter {
            Filter::Attr(expression) => self.understand_expression(expression, None),
            Filter::ValuePath(path) => {
                self.has(Operator::ValuePath) && self.understand_values(&path.filter, &path.attr)
            }
            Filter::Not(inner) => self.has(Operator::Not) && self.understand(inner),
            Filter::And(operands) => self.has(Operator::And) && operands.iter().all(|part| self.understand(part)),
            Filter::Or(operands) => self.has(Operator::Or) && operands.iter().all(|part| self.understand(part)),
        }
    }

    fn understand_values(&self, filter: &ValFilter, of: &AttrPath) -> bool {
        match filter {
            ValFilter::Attr(expression) => self.understand_expression(expression, Some(of)),
            ValFilter::Not(inner) => self.has(Operator::Not) && self.understand_values(inner, of),
            ValFilter::And(parts) => {
                self.has(Operator::And) && parts.iter().all(|part| self.understand_values(part, of))
            }
            ValFilter::Or(parts) => self.has(Operator::Or) && parts.iter().all(|part| self.understand_values(part, of)),
        }
    }

    fn understand_expression(&self, expression: &AttrExp, of: Option<&AttrPath>) -> bool {
        let (operator, attribute) = match expression {
            AttrExp::Present(attribute) => (Operator::Pr, attribute),
            AttrExp::Comparison(attribute, operator, _) => (Operator::from(operator), attribute),
        };
        self.has(operator) && self.knows(of, attribute)
    }

    fn has(&self, operator: Operator) -> bool {
        self.operators.contains(&operator)
    }

    /// An attribute is called as in a filter, without its schema: `userName`, `members.value`.
    fn knows(&self, of: Option<&AttrPath>, attribute: &AttrPath) -> bool {
        let Some(known) = &self.attributes else { return true };
        let names = of.into_iter().chain([attribute]).flat_map(|path| [Some(&path.name), path.sub_attr.as_ref()]);
        let asked = names.flatten().map(ToString::to_string).collect::<Vec<_>>().join(".");
        known.iter().any(|known| known.eq_ignore_ascii_case(&asked))
    }
}

impl From<&CompareOp> for Operator {
    fn from(operator: &CompareOp) -> Self {
        match operator {
            CompareOp::Eq => Self::Eq,
            CompareOp::Ne => Self::Ne,
            CompareOp::Co => Self::Co,
            CompareOp::Sw => Self::Sw,
            CompareOp::Ew => Self::Ew,
            CompareOp::Gt => Self::Gt,
            CompareOp::Ge => Self::Ge,
            CompareOp::Lt => Self::Lt,
            CompareOp::Le => Self::Le,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[rstest::rstest]
    #[case(json!({"operators": ["eq", "and"], "attributes": null}), r#"userName eq "a" and title eq "b""#, true)]
    #[case(json!({"operators": ["eq", "and"], "attributes": null}), r#"userName eq "a" or title eq "b""#, false)]
    #[case(json!({"operators": ["eq"], "attributes": null}), r#"not (userName eq "a")"#, false)]
    #[case(json!({"operators": [], "attributes": null}), r#"userName eq "a""#, false)]
    #[case(json!({"operators": ["eq"], "attributes": ["userName"]}), r#"username eq "a""#, true)]
    #[case(json!({"operators": ["eq"], "attributes": ["userName"]}), r#"externalId eq "a""#, false)]
    #[case(json!({"operators": ["eq"], "attributes": ["members"]}), r#"members.value eq "a""#, false)]
    #[case(json!({"operators": ["eq"], "attributes": ["members.value"]}), r#"members.value eq "a""#, true)]
    #[case(json!({"operators": ["eq", "valuePath"], "attributes": ["emails.type"]}), r#"emails[type eq "work"]"#, true)]
    #[case(json!({"operators": ["eq"], "attributes": null}), r#"emails[type eq "work"]"#, false)]
    #[case(json!({"operators": ["pr"], "attributes": null}), "title pr", true)]
    fn a_filter_is_understood_with_all_that_is_in_it(
        #[case] filters: Value,
        #[case] text: &str,
        #[case] expected: bool,
    ) {
        let filters: Filters = serde_json::from_value(filters).unwrap();
        assert_eq!(filters.understand(&crate::scim::filter::parse(text).unwrap()), expected);
    }
}
