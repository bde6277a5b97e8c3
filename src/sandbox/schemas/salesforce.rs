//! Salesforce's resources: users with profiles and permission sets, public groups whose members alone can be written.

use super::{Attribute, ResourceType, Schema};
use crate::sandbox::population::{CORE_GROUP, CORE_USER, ENTERPRISE_USER, ENTITLEMENT, ROLE};

pub(super) fn resource_types() -> Vec<ResourceType> {
    let resource_type = |name, endpoint, urn, attributes, extension| {
        let schema = Schema { urn, name, attributes };
        ResourceType { name, endpoint, schema, extension }
    };
    let enterprise = Schema { urn: ENTERPRISE_USER, name: "EnterpriseUser", attributes: enterprise_user() };
    let named = || Attribute::text("displayName").read_only();
    let kind = || Attribute::text("type").read_only();
    vec![
        resource_type("User", "Users", CORE_USER, user(), Some(enterprise)),
        resource_type("Group", "Groups", CORE_GROUP, group(), None),
        resource_type("Entitlement", "Entitlements", ENTITLEMENT, vec![named(), kind()], None),
        resource_type("Role", "Roles", ROLE, vec![named()], None),
    ]
}

fn user() -> Vec<Attribute> {
    let parts = ["formatted", "givenName", "middleName", "honorificPrefix", "honorificSuffix"];
    let mut name = vec![Attribute::text("familyName").required()];
    name.extend(parts.map(Attribute::text));
    let plain = ["displayName", "nickName", "title", "userType", "preferredLanguage", "locale", "timezone"];
    let typed = || vec![Attribute::text("value"), Attribute::text("type"), Attribute::boolean("primary")];
    let granted = || {
        let value = Attribute::text("value").exact();
        let display = Attribute::text("display").read_only();
        vec![value, display, Attribute::text("type"), Attribute::boolean("primary")]
    };
    let group = vec![Attribute::text("value").exact().read_only(), Attribute::text("display").read_only()];
    let mut user = vec![
        Attribute::text("userName").unique().required(),
        Attribute::complex("name", name).required(),
        Attribute::text("externalId").exact(),
        Attribute::boolean("active"),
        Attribute::text("password").write_only(),
    ];
    user.extend(plain.map(Attribute::text));
    user.extend([
        Attribute::multi("emails", typed()).required(),
        Attribute::multi("phoneNumbers", typed()),
        Attribute::multi("entitlements", granted()).required(),
        Attribute::multi("roles", granted()),
        Attribute::multi("groups", group).read_only(),
    ]);
    user
}

fn enterprise_user() -> Vec<Attribute> {
    let plain = ["employeeNumber", "costCenter", "organization", "division", "department"];
    let mut attributes = plain.map(Attribute::text).to_vec();
    let manager = vec![Attribute::text("value").exact(), Attribute::text("displayName").read_only()];
    attributes.push(Attribute::complex("manager", manager));
    attributes
}

fn group() -> Vec<Attribute> {
    let members = vec![
        Attribute::text("value").exact(),
        Attribute::text("display").read_only(),
        Attribute::text("type").read_only(),
    ];
    vec![Attribute::text("displayName").read_only(), Attribute::multi("members", members)]
}
