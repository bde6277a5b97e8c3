//! A SCIM user as an account.

use super::memberships::Memberships;
use super::shown::{ShownValue, boolean, put_value, set, texts};
use super::table::{self, Column, Table};
use crate::protocol::Schema;
use crate::scim::provider::Profile;
use crate::scim::{Json, Plan, resource, write_json_text};
use serde::Serialize;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::sync::Arc;

/// An account as the platform gets it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Account<I = String, A = Map<String, Value>> {
    pub identity: I,
    key: Key<I>,
    pub disabled: bool,
    pub locked: bool,
    pub attributes: A,
    /// How many groups it has; `None` where the source does not want them.
    #[serde(skip)]
    pub groups: Option<u64>,
    /// Whether it shows a group of its own that the groups do not tell of.
    #[serde(skip)]
    pub has_untold_groups: bool,
    /// A value that is not of its attribute's type, in a sentence part.
    #[serde(skip)]
    pub misfit: Option<String>,
}

/// An account that is only written: it shows what stands in the user.
pub type ShownAccount<'a> = Account<&'a str, Shown<'a>>;

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Key<I> {
    simple: Simple<I>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Simple<I> {
    id: I,
}

/// Attributes with their values, each once.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown<'a>(Vec<(&'a ShownColumn, ShownValue<'a>)>);

/// A column with its name as it is written before a value, behind a comma.
#[derive(Debug, Clone, PartialEq)]
struct ShownColumn {
    column: Arc<Column>,
    label: Vec<u8>,
}

impl ShownAccount<'_> {
    /// Writes the JSON that the platform gets: the same as of an [`Account`], with less ado.
    ///
    /// # Errors
    /// As for [`write_json_text`].
    pub fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        out.extend_from_slice(b"{\"identity\":");
        write_json_text(self.identity, out)?;
        out.extend_from_slice(b",\"key\":{\"simple\":{\"id\":");
        write_json_text(self.key.simple.id, out)?;
        for (name, flag) in [("}},\"disabled\":", self.disabled), (",\"locked\":", self.locked)] {
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(boolean(flag));
        }
        out.extend_from_slice(b",\"attributes\":");
        let start = out.len();
        for (of, value) in &self.attributes.0 {
            out.extend_from_slice(&of.label);
            value.write(out)?;
        }
        match out.get_mut(start) {
            Some(first) => *first = b'{',
            None => out.push(b'{'),
        }
        out.extend_from_slice(b"}}");
        Ok(())
    }
}

impl From<ShownAccount<'_>> for Account {
    fn from(shown: ShownAccount<'_>) -> Self {
        let ShownAccount { identity, disabled, locked, attributes, groups, has_untold_groups, misfit, .. } = shown;
        let attributes = attributes.0.into_iter().map(|(of, value)| (of.column.name.clone(), value.into())).collect();
        let key = Key { simple: Simple { id: identity.to_owned() } };
        Self { identity: identity.to_owned(), key, disabled, locked, attributes, groups, has_untold_groups, misfit }
    }
}

impl ShownColumn {
    fn new(column: &Arc<Column>) -> Self {
        let label = format!(",{}:", Value::String(column.name.clone())).into_bytes();
        Self { column: Arc::clone(column), label }
    }
}

/// Makes accounts of users: which attributes, and where their groups are from.
#[derive(Clone)]
pub struct AccountMapper {
    columns: Vec<ShownColumn>,
    /// What the groups' own lists of members say; `None` where the user's `groups` is all.
    memberships: Option<Arc<Memberships>>,
    /// Whether the user's own `groups` counts.
    reads_own_groups: bool,
}

impl AccountMapper {
    /// Maps the attributes in `schema`, or all that the provider has.
    pub fn new(table: &Table, profile: &Profile, schema: Option<&Schema>) -> Self {
        let wanted = |column: &&Arc<Column>| {
            column.is_shown() && column.is_at(profile) && schema.is_none_or(|schema| schema.contains(&column.name))
        };
        let columns = table.columns().iter().filter(wanted).map(ShownColumn::new).collect();
        Self { columns, memberships: None, reads_own_groups: true }
    }

    /// Whether the accounts show groups at all.
    pub fn wants_groups(&self) -> bool {
        self.columns.iter().any(|of| of.column.entitlement.as_deref() == Some(table::GROUP))
    }

    /// Whether what is shown is read from this attribute of a user.
    pub fn reads(&self, attribute: &str) -> bool {
        let mut paths = self.columns.iter().flat_map(|of| &of.column.read);
        paths.any(|path| path.attribute().name.eq_ignore_ascii_case(attribute))
    }

    /// Takes groups from their lists of members, and from the user's own `groups` as well if that counts.
    #[must_use]
    pub fn with_memberships(mut self, memberships: Arc<Memberships>, reads_own_groups: bool) -> Self {
        self.memberships = Some(memberships);
        self.reads_own_groups = reads_own_groups;
        self
    }

    /// What is looked at in a user.
    pub fn plan(&self) -> Plan {
        let plan = Plan::id().with_member(&["active"]).with_member(&["locked"]);
        self.columns.iter().flat_map(|of| &of.column.read).fold(plan, Plan::with_path)
    }

    /// The account of a user whose `id` is `id`.
    pub fn map<'a>(&'a self, id: &'a str, user: impl Json<'a>) -> Account {
        self.show(id, user).into()
    }

    /// The same, to be written only.
    pub fn show<'a>(&'a self, id: &'a str, user: impl Json<'a>) -> ShownAccount<'a> {
        let told: Option<Vec<&str>> = self.memberships.as_ref().map(|told| set(told.groups_of(id).collect()));
        let mut attributes = Vec::with_capacity(self.columns.len());
        let (mut groups, mut has_untold_groups, mut misfit) = (None, false, None);
        for of in &self.columns {
            let column = &*of.column;
            let mut put = |value: ShownValue<'a>| {
                groups = if column.name == table::GROUPS { value.len() } else { groups };
                attributes.push((of, value));
            };
            if column.entitlement.as_deref() == Some(table::GROUP) {
                let own = if self.reads_own_groups { texts(column, user) } else { Vec::new() };
                let is_untold =
                    |group: &Cow<'_, str>| told.as_ref().is_some_and(|told| told.binary_search(&&**group).is_err());
                has_untold_groups |= own.iter().any(is_untold);
                let all = own.into_iter().chain(told.iter().flatten().copied().map(Cow::Borrowed));
                put(ShownValue::Texts(set(all.collect())));
            } else if let Err(found) = put_value(column, user, &mut put) {
                misfit = misfit.or(Some(found));
            }
        }
        let flag = |name: &str| resource::get(user, name).and_then(resource::boolean);
        Account {
            identity: id,
            key: Key { simple: Simple { id } },
            disabled: flag("active") == Some(false),
            locked: flag("locked").unwrap_or(false),
            attributes: Shown(attributes),
            groups,
            has_untold_groups,
            misfit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::provider::{GENERIC, SALESFORCE};
    use serde_json::json;

    fn ada() -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "005RM000002FZAlYAO", "userName": "ada@example.com", "externalId": "E1", "active": true,
            "name": {"familyName": "Lovelace", "givenName": "Ada", "formatted": "Ada Lovelace"},
            "emails": [{"type": "home", "value": "ada@home.example"}, {"type": "work", "primary": "true", "value": "ada@example.com"}],
            "entitlements": [{"value": "0PS2", "display": "Reports", "type": "PermissionSet"},
                             {"value": "00e1", "display": "Standard User", "type": "Profile", "primary": true}],
            "groups": [{"value": "00G2", "display": "West"}, {"value": "00G9", "type": "indirect"}, {"value": "00G1", "type": "direct"}],
            "roles": [{"value": "00E1", "display": "CEO"}], "title": null, "timezone": 7,
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Engines"},
        })
    }

    #[test]
    fn a_salesforce_user_becomes_an_account() {
        let account = AccountMapper::new(&Table::built_in(), &SALESFORCE, None).map("005RM000002FZAlYAO", &ada());
        insta::assert_json_snapshot!(account, @r#"
        {
          "identity": "005RM000002FZAlYAO",
          "key": {
            "simple": {
              "id": "005RM000002FZAlYAO"
            }
          },
          "disabled": false,
          "locked": false,
          "attributes": {
            "id": "005RM000002FZAlYAO",
            "userName": "ada@example.com",
            "givenName": "Ada",
            "familyName": "Lovelace",
            "formattedName": "Ada Lovelace",
            "email": "ada@example.com",
            "department": "Engines",
            "externalId": "E1",
            "timezone": "7",
            "active": true,
            "profile": "Standard User",
            "userRoles": [
              "00E1"
            ],
            "groups": [
              "00G1",
              "00G2"
            ],
            "entitlements": [
              "00e1",
              "0PS2"
            ]
          }
        }
        "#);
    }

    #[test]
    fn only_what_the_schema_names_is_sent() {
        let schema = Schema::of(["userName", "groups", "shoeSize"]);
        let mapper = AccountMapper::new(&Table::built_in(), &SALESFORCE, Some(&schema));
        let attributes = mapper.map("1", &ada()).attributes;
        assert_eq!(Value::Object(attributes), json!({"userName": "ada@example.com", "groups": ["00G1", "00G2"]}));
        assert!(mapper.wants_groups());
        assert!(!AccountMapper::new(&Table::built_in(), &SALESFORCE, Some(&Schema::of(["id"]))).wants_groups());
    }

    #[test]
    fn a_name_beyond_the_table_is_read_as_a_path() {
        let input = json!({"schema": {"attributes": [
            {"name": "emails[type eq \"home\"].value", "type": "string"}, {"name": "emails.value", "type": "string", "multi": true},
            {"name": "timezone", "type": "string"}, {"name": "name.middleName", "type": "string"}, {"name": "no path["},
        ]}});
        let schema = Schema::parse(input.as_object().unwrap()).unwrap();
        let table = Table::built_in().with_named(schema.as_ref().unwrap().wanted());
        let attributes = AccountMapper::new(&table, &SALESFORCE, schema.as_ref()).map("1", &ada()).attributes;
        insta::assert_snapshot!(Value::Object(attributes), @r#"{"timezone":"7","emails[type eq \"home\"].value":"ada@home.example","emails.value":["ada@example.com","ada@home.example"]}"#);
    }

    #[test]
    fn a_provider_without_profiles_sends_none() {
        let attributes = AccountMapper::new(&Table::built_in(), &GENERIC, None).map("1", &ada()).attributes;
        assert!(!attributes.contains_key("profile"));
        assert_eq!(attributes["entitlements"], json!(["00e1", "0PS2"]));
    }

    #[test]
    fn who_is_not_active_is_disabled_also_as_a_string() {
        let mapper = AccountMapper::new(&Table::built_in(), &GENERIC, None);
        let disabled = |user: Value| mapper.map("1", &user).disabled;
        assert!(disabled(json!({"active": "False"})));
        assert!(!disabled(json!({})));
    }

    #[test]
    fn an_empty_text_is_no_value() {
        let emails = json!([{"primary": true, "value": ""}, {"type": "work", "value": "ada@example.com"}]);
        let user = json!({"emails": emails, "title": " "});
        let attributes = AccountMapper::new(&Table::built_in(), &GENERIC, None).map("1", &user).attributes;
        assert_eq!((&attributes["email"], attributes.get("title")), (&json!("ada@example.com"), None));
    }

    #[test]
    fn whole_numbers_are_read_from_texts_and_what_is_none_is_named() {
        let cards = json!([{"name": "badge", "path": "urn:x:User:badge", "type": "int"},
                           {"name": "lockers", "path": "lockers.value", "type": "int", "multi": true}]);
        let table = crate::mapping::with_cards(&Table::built_in(), &cards).unwrap();
        let account = |badge: Value, lockers: Value| {
            let user = json!({"id": "1", "urn:x:User": {"badge": badge}, "lockers": lockers});
            AccountMapper::new(&table, &GENERIC, None).map("1", &user)
        };
        let fits = account(
            json!(" 9223372036854775807"),
            json!([{"value": 10}, {"value": "9"}, {"value": 9.0}, {"value": ""}]),
        );
        assert_eq!(fits.misfit, None);
        assert_eq!((&fits.attributes["badge"], &fits.attributes["lockers"]), (&json!(i64::MAX), &json!([9, 10])));
        assert_eq!(account(json!(" "), json!(null)).misfit, None);
        for (badge, shown) in [
            (json!("7a"), "\"7a\""),
            (json!(9_223_372_036_854_775_808_u64), "9223372036854775808"),
            (json!(0.5), "0.5"),
        ] {
            let misfit = account(badge, json!(null)).misfit.unwrap();
            assert_eq!(misfit, format!("badge is {shown}, and no whole number that fits into 64 bits"));
        }
        assert!(account(json!(1), json!([{"value": "x"}])).misfit.unwrap().starts_with("lockers is \"x\""));
    }

    #[test]
    fn groups_are_joined_from_both_sides() {
        let mut memberships = Memberships::default();
        memberships.add("00G7", ["005RM000002FZAlYAO"]);
        memberships.add("00G1", ["005RM000002FZAlYAO", "other"]);
        memberships.seal();
        let memberships = Arc::new(memberships);
        let mapper = AccountMapper::new(&Table::built_in(), &GENERIC, None);
        let groups = |own: bool| {
            let mapper = mapper.clone().with_memberships(Arc::clone(&memberships), own);
            mapper.map("005RM000002FZAlYAO", &ada()).attributes["groups"].clone()
        };
        let untold = |own: bool| {
            let mapper = mapper.clone().with_memberships(Arc::clone(&memberships), own);
            mapper.map("005RM000002FZAlYAO", &ada()).has_untold_groups
        };
        assert!(untold(true) && !untold(false) && !mapper.map("005RM000002FZAlYAO", &ada()).has_untold_groups);
        assert_eq!(groups(true), json!(["00G1", "00G2", "00G7"]));
        assert_eq!(groups(false), json!(["00G1", "00G7"]));
    }
}
