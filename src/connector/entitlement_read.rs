//! `std:entitlement:read`: one group, or one of what else the provider grants.

use super::error::{not_found, own, refuse};
use super::lookup::{Lookup, find};
use super::session::Session;
use crate::mapping::table::{ENTITLEMENT, GROUP};
use crate::mapping::{Entitlement, EntitlementMapper};
use crate::protocol::{EntitlementRead, Failure};
use crate::scim::resource;
use serde_json::{Map, Value};
use std::sync::Arc;

/// The entitlement types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Group,
    Entitlement,
}

/// The entitlement type of that name.
pub(super) fn kind(name: &str) -> Result<Kind, Failure> {
    match name {
        GROUP => Ok(Kind::Group),
        ENTITLEMENT => Ok(Kind::Entitlement),
        other => {
            let other: String = other.chars().take(100).collect();
            let problem = format!("input.type is \"{other}\", but must be one of {GROUP}, {ENTITLEMENT}");
            Err(refuse(own::INVALID_INPUT, "", &[("problem", &problem)]))
        }
    }
}

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Entitlement, Failure> {
    let input = EntitlementRead::parse(&input)?;
    let profile = &session.config.profile;
    let (what, endpoint, mapper) = match kind(&input.entitlement_type)? {
        Kind::Group => ("group", Some(&profile.groups), EntitlementMapper::groups(profile, input.schema)),
        Kind::Entitlement => {
            ("entitlement", profile.entitlements.as_ref(), EntitlementMapper::entitlements(profile, input.schema))
        }
    };
    let Some(endpoint) = endpoint else { return Err(not_found(what, &input.key)) };
    match find(&session, endpoint, &input.key, &format!("Reading the {what} {}", input.key)).await? {
        Lookup::Found(found) => Ok(mapper.map(&resource::id(&found).unwrap_or_default(), &found)),
        Lookup::Absent => Err(not_found(what, &input.key)),
    }
}
