//! A page of users as Salesforce shows them, about 2 KB each, and how a list makes lines of it.

use scim_connector::mapping::AccountMapper;
use scim_connector::mapping::table::Table;
use scim_connector::protocol::write_line;
use scim_connector::scim::provider::{Profile, Profiles};
use scim_connector::scim::{PageRead, Read, resource};
use serde_json::{Value, json};
use std::sync::Arc;

const BASE: &str = "https://scim.example/services/scim/v2";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A page of so many users.
pub fn body(users: usize) -> Vec<u8> {
    let resources: Vec<Value> = (0..users).map(user).collect();
    let page = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": users, "startIndex": 1,
        "itemsPerPage": users, "Resources": resources,
    });
    page.to_string().into_bytes()
}

pub fn user(i: usize) -> Value {
    let id = format!("005{i:015}");
    let (given, family) = (format!("Given{}", i % 7919), format!("Family{}", i % 9973));
    let name = format!("{given} {family}");
    let groups: Vec<Value> = [1, 7, 13].iter().map(|k| group(i * k % 500)).collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE, "urn:salesforce:schemas:extension:00D000000000001AAA"],
        "id": id, "externalId": format!("ext-{i}"),
        "meta": {"resourceType": "User", "created": "2024-01-01T00:00:00Z", "lastModified": "2026-01-01T00:00:00Z",
                 "location": format!("{BASE}/Users/{id}"), "version": format!("v{i}")},
        "userName": format!("user{i}@example.com"),
        "name": {"familyName": family, "givenName": given, "formatted": name},
        "displayName": name, "nickName": format!("user{i}"), "title": "Engineer", "userType": "Standard",
        "emails": [{"type": "work", "primary": true, "value": format!("user{i}@example.com")}],
        "phoneNumbers": [{"type": "work", "value": format!("+1555{i:07}")}],
        "addresses": [{"type": "work", "primary": true, "streetAddress": "1 Market St", "locality": "San Francisco",
                       "region": "CA", "postalCode": "94105", "country": "US",
                       "formatted": "1 Market St, San Francisco CA 94105 US"}],
        "locale": "en_US", "preferredLanguage": "en_US", "timezone": "America/Los_Angeles", "active": !i.is_multiple_of(10),
        "groups": groups,
        "entitlements": [
            {"value": "00e000000000001AAA", "display": "Standard User", "type": "Profile", "primary": true},
            {"value": format!("0PS{:015}", i % 40), "display": format!("Permission Set {}", i % 40), "type": "PermissionSet"}],
        "roles": [{"value": format!("00E{:015}", i % 30), "display": format!("Role {}", i % 30)}],
        ENTERPRISE: {"organization": "Example", "department": format!("Department {}", i % 50),
                     "employeeNumber": format!("E{i}"),
                     "manager": {"value": format!("005{:015}", i / 10), "displayName": format!("Manager {}", i / 10)}},
    })
}

fn group(number: usize) -> Value {
    let id = format!("00G{number:015}");
    json!({"value": id, "display": format!("Group {number}"), "type": "direct", "$ref": format!("{BASE}/Groups/{id}")})
}

/// The provider whose users these are.
pub fn profile() -> Arc<Profile> {
    Arc::clone(Profiles::built_in().named("generic").expect("a built-in profile"))
}

/// What a list of accounts does with each user.
pub fn read() -> Read<()> {
    let mapper = AccountMapper::new(&Table::built_in(), &profile(), None);
    Read::writing(mapper.plan(), move |user, written| {
        let id = resource::id(user).unwrap_or_default();
        write_line(written, |line| mapper.show(&id, user).write(line)).expect("a short line");
    })
}

/// The lines of a page.
pub fn lines(body: &[u8], read: &Read<()>) -> Vec<u8> {
    PageRead::parse(body, read).expect("a page").made.written
}
