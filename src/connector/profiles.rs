//! Salesforce's profiles: the name that people use, and the id that the provider needs.

use super::error::{own, refuse, translate};
use super::session::Session;
use crate::protocol::Failure;
use crate::scim::provider::{Endpoint, PROFILE_KIND};
use crate::scim::{Plan, Query, Read, resource};
use std::sync::Arc;

/// The id of a profile that is called by name or id.
///
/// # Errors
/// When there is none of that name, with those that there are; or several.
pub async fn profile_id(session: &Session, name: &str, doing: &str) -> Result<String, Failure> {
    let provider = &session.config.profile;
    let is_id = matches!(name.len(), 15 | 18) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_id && provider.entitlement_kind(name) == Some(PROFILE_KIND) {
        return Ok(name.to_owned());
    }
    let Some(endpoint) = &provider.entitlements else { return Ok(name.to_owned()) };
    let profiles = profiles(session, endpoint, doing).await?;
    let named: Vec<&(String, String)> =
        profiles.iter().filter(|(_, display)| display.to_lowercase() == name.to_lowercase()).collect();
    match named.as_slice() {
        [(id, _)] => Ok(id.clone()),
        [] => {
            let known: Vec<&str> = profiles.iter().map(|(_, display)| display.as_str()).take(20).collect();
            let known = known.join(", ");
            Err(refuse(own::UNKNOWN_PROFILE, doing, &[("subject", name), ("known", &known)]))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|(id, _)| id.as_str()).collect();
            let ids = ids.join(" or ");
            Err(refuse(own::AMBIGUOUS_PROFILE, doing, &[("subject", name), ("known", &ids)]))
        }
    }
}

/// The provider's profiles: ids and names.
///
/// # Errors
/// When the provider's list of them cannot be read completely.
pub async fn profiles(
    session: &Session,
    endpoint: &Arc<Endpoint>,
    doing: &str,
) -> Result<Vec<(String, String)>, Failure> {
    let provider = Arc::clone(&session.config.profile);
    let read: Read<Option<(String, String)>> = Read::new(Plan::id().with_member(&["displayName"]), move |found| {
        let id = resource::id(found)?.into_owned();
        let name = resource::text(resource::get(found, "displayName")?)?.into_owned();
        (provider.entitlement_kind(&id) == Some(PROFILE_KIND)).then_some((id, name))
    });
    let profiles = session.client.list_whole(endpoint, Query::default(), read).await;
    let profiles = profiles.map_err(|error| translate(&format!("{doing} (reading the profiles)"), error))?;
    Ok(profiles.into_iter().flatten().collect())
}
