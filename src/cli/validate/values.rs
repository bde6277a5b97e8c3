//! Values for accounts that a check creates or changes: another for each call and each run.
//!
//! They are made as the vendor's command line makes them, so that a connector that passes here passes there.

use super::spec::{Attribute, Field};
use serde_json::{Map, Value};

pub struct Values {
    /// Tells this run's values from those of other runs.
    run: u32,
    count: u32,
}

impl Values {
    pub fn new(run: u32) -> Self {
        Self { run, count: 0 }
    }

    pub fn random() -> Result<Self, getrandom::Error> {
        getrandom::u32().map(Self::new)
    }

    /// The attributes of an account to create: all fields of the template, or those that it requires.
    ///
    /// Fields of types for which nothing can be made up are left out.
    pub fn account<'a>(&mut self, fields: impl IntoIterator<Item = &'a Field>) -> Map<String, Value> {
        fields.into_iter().filter_map(|field| Some((field.key.clone(), self.field(field)?))).collect()
    }

    fn field(&mut self, field: &Field) -> Option<Value> {
        let initial = &field.initial_value;
        let text = |name: &str| initial.attributes.get(name).and_then(Value::as_str);
        match (initial.kind.as_str(), text("name"), text("template")) {
            ("static", ..) => initial.attributes.get("value").cloned(),
            ("generator", Some("Create Password"), _) => Some(format!("RandomPassword.{}", self.number()).into()),
            ("generator", Some("Create Unique Account ID"), Some(template)) => Some(self.fill(template).into()),
            _ => self.by_type(field),
        }
    }

    fn by_type(&mut self, field: &Field) -> Option<Value> {
        match (field.kind.as_str(), field.key.as_str()) {
            ("string", "email" | "name") => Some(self.address().into()),
            ("string", _) => Some(format!("string.{}", self.number()).into()),
            ("boolean", _) => Some(true.into()),
            _ => None,
        }
    }

    /// Fills a template such as `$(firstname).$(lastname)$(uniqueCounter)@example.com`.
    ///
    /// Only letters and digits are filled in, so that what is an e-mail address with a name is one here.
    fn fill(&mut self, template: &str) -> String {
        const COUNTER: &str = "uniqueCounter";
        let number = self.number();
        let counts = template.contains(&format!("$({COUNTER})"));
        let mut filled = String::new();
        let mut rest = template;
        while let Some((before, variable, after)) = next_variable(rest) {
            filled.push_str(before);
            filled.push_str(if variable == COUNTER { "" } else { "test" });
            // Without a counter only the other variables can make it unique.
            if variable == COUNTER || !counts {
                filled.push_str(&number);
            }
            rest = after;
        }
        filled + rest
    }

    /// A value for an attribute that differs from the one that it has; `None` for a type that none can be made up for.
    pub fn change(&mut self, attribute: &Attribute, current: Option<&Value>) -> Option<Value> {
        match (attribute.kind.as_str(), attribute.name.as_str()) {
            ("string", "email") => Some(self.address().into()),
            ("string", _) => {
                let (run, count) = self.next();
                Some(format!("string.{run:x}{count:x}").into())
            }
            ("boolean", _) => Some((!current.and_then(Value::as_bool).unwrap_or(false)).into()),
            ("int" | "long", _) => Some(current.and_then(Value::as_i64).unwrap_or(41).wrapping_add(1).into()),
            _ => None,
        }
    }

    fn address(&mut self) -> String {
        format!("test.{}@example.com", self.number())
    }

    fn number(&mut self) -> String {
        let (run, count) = self.next();
        format!("{run}{count:03}")
    }

    fn next(&mut self) -> (u32, u32) {
        self.count += 1;
        (self.run, self.count)
    }
}

/// What stands before the first variable, the variable's name, and the rest.
fn next_variable(template: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = template.split_once("$(")?;
    let (variable, after) = rest.split_once(')')?;
    Some((before, variable, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::validate::spec::Spec;
    use crate::product;
    use serde::Deserialize as _;
    use serde_json::json;

    fn field(key: &str, kind: &str, initial: &Value) -> Field {
        Field::deserialize(json!({"key": key, "type": kind, "initialValue": initial})).unwrap()
    }

    fn generator(name: &str, template: &str) -> Value {
        json!({"type": "generator", "attributes": {"name": name, "template": template}})
    }

    #[rstest::rstest]
    #[case("profile", "string", json!({"type": "static", "attributes": {"value": "Standard User"}}), "Standard User")]
    #[case("password", "string", generator("Create Password", ""), "RandomPassword.7001")]
    #[case(
        "id",
        "string",
        generator("Create Unique Account ID", "$(first).$(last)$(uniqueCounter)@a.b"),
        "test.test7001@a.b"
    )]
    #[case("id", "string", generator("Create Unique Account ID", "$(first)@a.b"), "test7001@a.b")]
    #[case("id", "string", generator("Create Unique Account ID", "plain$(open"), "plain$(open")]
    #[case("email", "string", json!({"type": "identityAttribute", "attributes": {"name": "email"}}), "test.7001@example.com")]
    #[case("title", "string", json!({}), "string.7001")]
    fn a_field_gets_its_value(#[case] key: &str, #[case] kind: &str, #[case] initial: Value, #[case] expected: &str) {
        assert_eq!(Values::new(7).field(&field(key, kind, &initial)), Some(expected.into()));
    }

    #[test]
    fn a_flag_is_set_and_what_cannot_be_made_up_is_left_out() {
        let fields = [field("vip", "boolean", &json!({})), field("roles", "array", &json!({}))];
        assert_eq!(Value::from(Values::new(7).account(&fields)), json!({"vip": true}));
    }

    #[test]
    fn the_product_s_own_accounts_have_unique_e_mail_addresses_as_user_names() {
        let spec: Value = serde_json::from_str(product::SPEC).unwrap();
        let spec = Spec::deserialize(spec).unwrap();
        let mut values = Values::new(u32::MAX);
        let (first, second) = (values.account(spec.fields()), values.account(spec.fields()));
        assert_eq!(first["userName"], "test.test4294967295001@example.com");
        assert_ne!(first["userName"], second["userName"]);
        assert_ne!(first["email"], second["email"]);
        assert_eq!(first["profile"], "Standard User");
    }

    #[test]
    fn a_changed_value_is_another_one() {
        let attribute = |kind: &str, name: &str| Attribute::deserialize(json!({"name": name, "type": kind})).unwrap();
        let mut values = Values::new(0xabc);
        assert_eq!(values.change(&attribute("string", "title"), None), Some("string.abc1".into()));
        assert_eq!(values.change(&attribute("string", "email"), None), Some("test.2748002@example.com".into()));
        assert_eq!(values.change(&attribute("boolean", "vip"), Some(&json!(true))), Some(false.into()));
        assert_eq!(values.change(&attribute("int", "rank"), Some(&json!(1))), Some(2.into()));
        assert_eq!(values.change(&attribute("date", "since"), None), None);
    }
}
