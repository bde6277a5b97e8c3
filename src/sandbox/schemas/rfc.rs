//! The resources of RFC 7643: User (§4.1), its enterprise extension (§4.3), Group (§4.2), with all their attributes; and
//! roles, which the RFC leaves to others.
//!
//! Members are users alone: nested groups are an option of the RFC that this server does not take.

use super::{Attribute, ResourceType, Schema};
use crate::sandbox::population::{CORE_GROUP, CORE_USER, ENTERPRISE_USER, RFC_ROLE};

pub(super) fn resource_types() -> Vec<ResourceType> {
    let enterprise = Schema { urn: ENTERPRISE_USER, name: "EnterpriseUser", attributes: enterprise_user() };
    vec![
        ResourceType {
            name: "User",
            endpoint: "Users",
            schema: Schema { urn: CORE_USER, name: "User", attributes: user() },
            extension: Some(enterprise),
        },
        ResourceType {
            name: "Group",
            endpoint: "Groups",
            schema: Schema { urn: CORE_GROUP, name: "Group", attributes: group() },
            extension: None,
        },
        ResourceType {
            name: ROLE,
            endpoint: "Roles",
            schema: Schema { urn: RFC_ROLE, name: ROLE, attributes: vec![Attribute::text("displayName").read_only()] },
            extension: None,
        },
    ]
}

/// The resource type that there is only where the options have it.
pub(super) const ROLE: &str = "Role";

fn user() -> Vec<Attribute> {
    let name = ["formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"];
    let texts = |names: &[&'static str]| names.iter().map(|name| Attribute::text(name)).collect::<Vec<_>>();
    let typed = |name, value: Attribute| {
        let parts = ["display", "type"].map(Attribute::text);
        let primary = Attribute::boolean("primary");
        Attribute::multi(name, std::iter::once(value).chain(parts).chain([primary]).collect())
    };
    let text = || Attribute::text("value");
    let mut address = texts(&["formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"]);
    address.push(Attribute::boolean("primary"));
    vec![
        Attribute::text("userName").unique().required(),
        Attribute::complex("name", texts(&name)),
        Attribute::text("displayName"),
        Attribute::text("nickName"),
        Attribute::reference("profileUrl", &["external"]),
        Attribute::text("title"),
        Attribute::text("userType"),
        Attribute::text("preferredLanguage"),
        Attribute::text("locale"),
        Attribute::text("timezone"),
        Attribute::boolean("active"),
        Attribute::text("password").write_only(),
        typed("emails", text()),
        typed("phoneNumbers", text()),
        typed("ims", text()),
        typed("photos", Attribute::reference("value", &["external"])),
        Attribute::multi("addresses", address),
        Attribute::multi("groups", groups()).read_only(),
        typed("entitlements", text()),
        typed("roles", text()),
        typed("x509Certificates", Attribute::binary("value")),
    ]
}

fn groups() -> Vec<Attribute> {
    vec![
        Attribute::text("value").read_only(),
        Attribute::reference("$ref", &["Group"]).read_only(),
        Attribute::text("display").read_only(),
        Attribute::text("type").usually(&["direct"]).read_only(),
    ]
}

fn enterprise_user() -> Vec<Attribute> {
    let manager = vec![
        Attribute::text("value"),
        Attribute::reference("$ref", &["User"]),
        Attribute::text("displayName").read_only(),
    ];
    vec![
        Attribute::text("employeeNumber"),
        Attribute::text("costCenter"),
        Attribute::text("organization"),
        Attribute::text("division"),
        Attribute::text("department"),
        Attribute::complex("manager", manager),
    ]
}

fn group() -> Vec<Attribute> {
    let members = vec![
        Attribute::text("value").immutable(),
        Attribute::reference("$ref", &["User"]).immutable(),
        Attribute::text("type").usually(&["User"]).immutable(),
        Attribute::text("display").read_only(),
    ];
    vec![Attribute::text("displayName").required(), Attribute::multi("members", members)]
}
