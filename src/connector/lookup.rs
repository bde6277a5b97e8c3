//! Whether a resource exists, for sure. The platform creates an account that is said not to exist, so a 404 alone is not
//! enough: a wrong base URL answers with one too.

use super::error::translate;
use super::source::Source;
use crate::protocol::Failure;
use crate::scim::provider::Endpoint;
use crate::scim::{self, filter, resource};
use scim_v2::filter::AttrPath;
use serde_json::Value;

/// What was found under a key.
pub enum Lookup {
    Found(Value),
    /// The endpoint works and has no such resource.
    Absent,
}

/// Finds a user by its id, else by its user name: the platform's name generator asks with names.
///
/// # Errors
/// When it cannot be told whether the user exists.
pub async fn find_user(source: &Source, key: &str, doing: &str) -> Result<Lookup, Failure> {
    let users = &source.config.profile.users;
    // Some servers answer 400 to what cannot be an id of theirs; that alone does not say that there is no such user.
    let mut refused = None;
    let mut no_such_id = false;
    if source.config.profile.user_id.fits(key) {
        match source.client.read(users, key).await {
            Ok(user) => return Ok(Lookup::Found(user)),
            Err(error) if is_status(&error, &[404]) => no_such_id = true,
            Err(error) if is_status(&error, &[400]) => refused = Some(error),
            Err(error) => return Err(translate(doing, error)),
        }
    }
    let by_name = filter::equal(AttrPath::with_name("userName"), key);
    match source.client.first(users, Some(&by_name), 2).await {
        Ok(found) => {
            let has_name = |user: &Value| {
                let name = resource::get(user, "userName").and_then(resource::text);
                name.is_some_and(|name| name.to_lowercase() == key.to_lowercase())
            };
            // Some servers ignore filters and send anybody.
            match (found.into_iter().find(has_name), refused) {
                (Some(user), _) => Ok(Lookup::Found(user)),
                (None, None) => Ok(Lookup::Absent),
                (None, Some(error)) => Err(translate(doing, error)),
            }
        }
        // The endpoint is there and does not take this filter; that there is no such id it has said.
        Err(error) if no_such_id && is_status(&error, &[400, 501]) => Ok(Lookup::Absent),
        Err(error) => Err(translate(doing, error)),
    }
}

/// Finds a resource by its id.
///
/// # Errors
/// When it cannot be told whether the resource exists.
pub async fn find(source: &Source, endpoint: &'static Endpoint, id: &str, doing: &str) -> Result<Lookup, Failure> {
    match source.client.read(endpoint, id).await {
        Ok(found) => Ok(Lookup::Found(found)),
        Err(error) if is_status(&error, &[404]) => match source.client.first(endpoint, None, 1).await {
            Ok(_) => Ok(Lookup::Absent),
            Err(error) => Err(translate(doing, error)),
        },
        Err(error) => Err(translate(doing, error)),
    }
}

/// Whether the provider answered with one of these statuses.
pub fn is_status(error: &scim::Error, statuses: &[u16]) -> bool {
    match error {
        scim::Error::Send(error) => {
            error.fault.status().is_some_and(|failed| statuses.contains(&failed.status.as_u16()))
        }
        _ => false,
    }
}
