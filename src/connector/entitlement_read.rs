//! `std:entitlement:read`: one entitlement of any type.

use super::error::not_found;
use super::kinds::kind;
use super::lookup::{Lookup, find};
use super::session::Session;
use super::values;
use crate::mapping::Entitlement;
use crate::protocol::{EntitlementRead, Failure};
use crate::scim::resource;
use serde_json::{Map, Value};
use std::sync::Arc;

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Entitlement, Failure> {
    let input = EntitlementRead::parse(&input)?;
    let kind = kind(&session, &input.entitlement_type)?;
    let what = kind.name.as_ref();
    let doing = format!("Reading the {what} {}", input.key);
    let found = match (&kind.endpoint, &kind.card) {
        (Some(endpoint), _) => match find(&session, endpoint, &input.key, &doing).await? {
            Lookup::Found(found) if !kind.is_foreign(&found) => Some(found),
            Lookup::Found(_) | Lookup::Absent => None,
        },
        (None, Some(card)) => values::find(&session, &card.path, &input.key, &doing).await?,
        (None, None) => None,
    };
    let found = found.ok_or_else(|| not_found(what, &input.key))?;
    let id = resource::id(&found).map_or_else(|| input.key.clone(), Into::into);
    Ok(kind.mapper(input.schema).map(&id, &found))
}
