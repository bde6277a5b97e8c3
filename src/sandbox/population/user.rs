//! One made-up user, as the SCIM resource, but for its groups. Writes are elsewhere (`store`).

use super::{
    CORE_USER, ENTERPRISE_USER, PROFILES, Population, ROLES, entitlement_id, entitlement_name, pick, role_name, words,
};
use crate::sandbox::dialect::Dialect;
use crate::sandbox::ids::Kind;
use serde_json::{Value, json};

impl Population {
    /// The user at that index, its `groups` still empty.
    pub(in crate::sandbox) fn user(&self, index: u64) -> Value {
        let id = self.id(Kind::User, index);
        let person = self.person(index);
        let (_, titles) = self.department(index);
        let (locale, language, timezone) = self.place(index);
        let created = FOUNDED + self.seconds(index, "created", 8 * YEAR);
        let mut user = json!({
            "schemas": [CORE_USER, ENTERPRISE_USER],
            "id": id,
            "userName": person.user_name,
            "externalId": format!("HR-{:06}", index + 1),
            "active": self.is_active(index),
            "name": { "familyName": person.family, "givenName": person.given, "formatted": person.display_name() },
            "displayName": person.display_name(),
            "nickName": person.user_name.split('@').next(),
            "title": if index == 0 { "Chief Executive Officer" } else { pick(titles, self.chance(index, "title")) },
            "emails": [{ "type": "work", "primary": true, "value": person.user_name }],
            "phoneNumbers": self.phone_numbers(index),
            "locale": locale,
            "preferredLanguage": language,
            "timezone": timezone,
            "userType": "Standard",
        });
        if let Some(members) = user.as_object_mut() {
            match self.dialect {
                Dialect::Salesforce => {
                    members.insert("entitlements".to_owned(), self.entitlements_of(index));
                    members.insert("groups".to_owned(), json!([]));
                    members.insert("roles".to_owned(), self.role_of(index));
                }
                // An empty list is an absent attribute (RFC 7643 §2.5).
                Dialect::Rfc => {
                    members.retain(|_, value| *value != json!([]));
                    if self.roles {
                        members.insert("roles".to_owned(), self.role_of(index));
                    }
                }
            }
            members.insert(ENTERPRISE_USER.to_owned(), self.enterprise(index));
            let modified = created + self.seconds(index, "modified", YEAR);
            members.insert("meta".to_owned(), self.meta("User", "Users", &id, created, modified, index));
        }
        user
    }

    fn enterprise(&self, index: u64) -> Value {
        let (department, _) = self.department(index);
        let mut enterprise = json!({
            "employeeNumber": format!("E{:05}", index + 1),
            "organization": pick(&words::ORGANIZATIONS, self.chance(index, "organization")),
            "department": department,
        });
        if let (Some(enterprise), Some(manager)) = (enterprise.as_object_mut(), manager_of(index)) {
            let (id, name) = (self.id(Kind::User, manager), self.person(manager).display_name());
            enterprise.insert("manager".to_owned(), self.manager(&id, Some(&name)));
        }
        enterprise
    }

    fn department(&self, index: u64) -> (&'static str, &'static [&'static str]) {
        let place = self.chance(index, "department") % words::DEPARTMENTS.len() as u64;
        words::DEPARTMENTS.get(to_usize(place)).copied().unwrap_or_default()
    }

    fn place(&self, index: u64) -> (&'static str, &'static str, &'static str) {
        let place = self.chance(index, "place") % words::PLACES.len() as u64;
        words::PLACES.get(to_usize(place)).copied().unwrap_or_default()
    }

    /// One at most, as in Salesforce; one user in six has none. The numbers are of the range kept for fiction.
    fn phone_numbers(&self, index: u64) -> Value {
        let number = self.chance(index, "phone");
        if number.is_multiple_of(6) {
            return json!([]);
        }
        let (area, line) = (200 + number / 6 % 700, 100 + number / 4_200 % 100);
        json!([{ "type": "work", "value": format!("+1 {area} 555 0{line}") }])
    }

    /// Exactly one profile, then up to four permission sets in the order of their ids.
    fn entitlements_of(&self, index: u64) -> Value {
        let profile = self.profile_of(index);
        // Salesforce's documentation shows a profile's `primary` as a boolean and as a string.
        let primary = if self.chance(index, "primary").is_multiple_of(3) { json!("true") } else { json!(true) };
        let mut entitlements = vec![entitlement_of_user(profile)];
        if let Some(profile) = entitlements.first_mut().and_then(Value::as_object_mut) {
            profile.insert("primary".to_owned(), primary);
        }
        entitlements.extend(self.permission_sets_of(index).into_iter().map(|set| entitlement_of_user(PROFILES + set)));
        Value::Array(entitlements)
    }

    /// The first user administers the system; of the others every second is a standard user.
    fn profile_of(&self, index: u64) -> u64 {
        let number = self.chance(index, "profile");
        match (index, number % 2) {
            (0, _) => 0,
            (_, 0) => 1,
            _ => number / 2 % PROFILES,
        }
    }

    fn permission_sets_of(&self, index: u64) -> Vec<u64> {
        if self.permission_sets == 0 {
            return Vec::new();
        }
        let mut sets: Vec<u64> = ["first set", "second set", "third set", "fourth set"]
            .into_iter()
            .zip(0..self.chance(index, "sets") % 5)
            .map(|(draw, _)| self.chance(index, draw) % self.permission_sets)
            .collect();
        sets.sort_unstable();
        sets.dedup();
        sets
    }

    fn role_of(&self, index: u64) -> Value {
        let role = if index == 0 { 0 } else { 1 + self.chance(index, "role") % (ROLES - 1) };
        json!([{ "value": self.id(Kind::Role, role), "display": role_name(role) }])
    }

    fn seconds(&self, index: u64, what: &str, below: i64) -> i64 {
        i64::try_from(self.chance(index, what) >> 1).unwrap_or_default() % below
    }
}

/// A profile or permission set, as it stands in a user.
pub(in crate::sandbox) fn entitlement_of_user(entitlement: u64) -> Value {
    json!({
        "value": entitlement_id(entitlement),
        "display": entitlement_name(entitlement),
        "type": if entitlement < PROFILES { "Profile" } else { "PermissionSet" },
    })
}

/// Everybody but the first has one, who came earlier; nobody has more than seven people.
fn manager_of(index: u64) -> Option<u64> {
    index.checked_sub(1).map(|before| before / 7)
}

fn to_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or_default()
}

/// When the organization began: 2014-03-03T09:00:00Z.
pub(super) const FOUNDED: i64 = 1_393_837_200;
const YEAR: i64 = 365 * 24 * 3_600;

#[cfg(test)]
mod tests {
    use super::super::tests::population;
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn a_user_looks_like_salesforce() {
        insta::assert_json_snapshot!(population(8, 5).user(1), @r#"
        {
          "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
          ],
          "id": "005RM000002FD0cYAG",
          "userName": "lucas.andersson@example.com",
          "externalId": "HR-000002",
          "active": true,
          "name": {
            "familyName": "Andersson",
            "givenName": "Lucas",
            "formatted": "Lucas Andersson"
          },
          "displayName": "Lucas Andersson",
          "nickName": "lucas.andersson",
          "title": "Account Executive",
          "emails": [
            {
              "type": "work",
              "primary": true,
              "value": "lucas.andersson@example.com"
            }
          ],
          "phoneNumbers": [
            {
              "type": "work",
              "value": "+1 604 555 0160"
            }
          ],
          "locale": "en_US",
          "preferredLanguage": "en_US",
          "timezone": "America/Los_Angeles",
          "userType": "Standard",
          "entitlements": [
            {
              "value": "00eRM000002FD0cYAG",
              "display": "Standard User",
              "type": "Profile",
              "primary": true
            }
          ],
          "groups": [],
          "roles": [
            {
              "value": "00ERM000002FD0f2AG",
              "display": "Regional Manager"
            }
          ],
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "employeeNumber": "E00002",
            "organization": "Example Labs",
            "department": "Sales",
            "manager": {
              "value": "005RM000002FD0bYAG",
              "displayName": "Zoë Larsen"
            }
          },
          "meta": {
            "resourceType": "User",
            "created": "2020-09-02T10:30:35Z",
            "lastModified": "2021-09-01T17:34:50Z",
            "location": "http://127.0.0.1:8080/services/scim/v2/Users/005RM000002FD0cYAG",
            "version": "bde4ba520ffa6a70d45523db7f9eaac8"
          }
        }
        "#);
    }

    #[test]
    fn the_documented_rules_hold_for_every_user() {
        let population = population(2_000, 20);
        let mut primaries = HashSet::new();
        for index in 0..2_000 {
            let user = population.user(index);
            let entitlements = user["entitlements"].as_array().unwrap();
            let profiles = entitlements.iter().filter(|one| one["type"] == "Profile").count();
            assert_eq!(profiles, 1);
            assert!(entitlements.len() <= 5);
            primaries.insert(entitlements[0]["primary"].to_string());
            let values: HashSet<&Value> = entitlements.iter().map(|one| &one["value"]).collect();
            assert_eq!(values.len(), entitlements.len());
            assert!(user["phoneNumbers"].as_array().unwrap().len() <= 1);
            let manager = user[ENTERPRISE_USER]["manager"]["value"].as_str();
            assert!(manager.map_or(index == 0, |manager| manager < user["id"].as_str().unwrap()));
        }
        assert_eq!(primaries, HashSet::from(["true".to_owned(), "\"true\"".to_owned()]));
    }
}
