//! Entitlement types without a list of their own: their entitlements are the values that users hold.

use super::error::translate;
use super::groups::REFUSALS;
use super::kinds::Kind;
use super::lists::too_long;
use super::lookup::is_status;
use super::session::Session;
use super::shrink::{self, Counted, Guard};
use crate::protocol::{Event, Events, Failure, Lines, Schema};
use crate::scim::path::Path;
use crate::scim::provider::Endpoint;
use crate::scim::{Json, Plan, Query, Read, filter, resource};
use async_stream::try_stream;
use futures::StreamExt as _;
use scim_v2::filter::AttrPath;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;

const LISTING: &str = "Listing entitlements";

/// So many bytes of lines leave at once.
const EVENT_BYTES: usize = 1024 * 1024;

/// The values, each with what a user that holds it shows beside it.
pub type Held = BTreeMap<String, Value>;

/// Lists the values that the users hold, each one once, and then `end`. Values have no time at which they changed: a list that
/// keeps a state is one of everything, too.
pub fn list(
    session: &Arc<Session>,
    kind: Arc<Kind>,
    path: Path,
    (schema, end): (Option<Schema>, Option<Event>),
) -> Events {
    let session = Arc::clone(session);
    try_stream! {
        let held = sweep(&session, &path, LISTING).await?;
        Guard::new(&session, LISTING, kind.counted()).ends(held.len() as u64)?;
        let mapper = kind.mapper(schema);
        let mut lines = Lines::default();
        for (id, shown) in held {
            let entitlement = mapper.map(&id, &shown);
            lines.push(&entitlement).map_err(|error| too_long(&format!("{LISTING}: the object \"{id}\""), error))?;
            if lines.bytes() >= EVENT_BYTES {
                yield Event::Outputs(std::mem::take(&mut lines));
            }
        }
        if !lines.is_empty() {
            yield Event::Outputs(lines);
        }
        if let Some(end) = end {
            yield end;
        }
        if let Some(change) = shrink::change(&session) {
            session.tell(change);
        }
    }
    .boxed()
}

/// What users show beside one value; `None` where nobody holds it. A provider that filters is asked for somebody who does.
///
/// # Errors
/// When the users cannot be read.
pub async fn find(session: &Session, path: &Path, id: &str, doing: &str) -> Result<Option<Value>, Failure> {
    let by_value = filter::equal(path.whole_attribute(), id);
    match session.client.first(&session.config.profile.users, Some(&by_value), 1).await {
        Ok(users) => {
            let held = users.iter().flat_map(|user| of_user(path, user)).find(|(value, _)| value == id);
            if let Some((_, shown)) = held {
                return Ok(Some(shown));
            }
        }
        Err(error) if is_status(&error, REFUSALS) => {}
        Err(error) => return Err(translate(doing, error)),
    }
    // That a filter finds nobody says nothing: the provider may not know such filters.
    Ok(sweep(session, path, doing).await?.remove(id))
}

/// Reads the values of all users that the source has, each with what a user shows beside it, asking for nothing else of them. Where that shows none, the provider
/// may not know the attribute by this name, and the users are read as a whole.
///
/// # Errors
/// When the users cannot be read, or are much fewer than the last time.
pub async fn sweep(session: &Session, path: &Path, doing: &str) -> Result<Held, Failure> {
    let doing = format!("{doing} (reading what all users hold)");
    let users = &session.config.profile.users;
    let attribute = AttrPath { sub_attr: None, ..path.attribute().clone() };
    let attributes = vec!["id".to_owned(), attribute.to_string()];
    let held = held_by(session, &Arc::new(Endpoint { attributes, ..Endpoint::clone(users) }), path, &doing).await?;
    if held.is_empty() { held_by(session, users, path, &doing).await } else { Ok(held) }
}

/// The values of all users, asked for at this endpoint.
async fn held_by(session: &Session, endpoint: &Arc<Endpoint>, path: &Path, doing: &str) -> Result<Held, Failure> {
    let filters = &session.config.filters.accounts;
    let filter = filters.asked_for.as_ref().map(|asked_for| asked_for.filter.clone());
    let of = path.clone();
    let plan = Plan::id().with_attribute_of(path);
    let read: Read<Vec<(String, Value)>> = Read::new(plan, move |user| of_user(&of, user));
    let mut pages = pin!(session.client.list(endpoint, Query { filter, ..Query::default() }, read));
    let mut guard = Guard::new(session, doing, Counted::Accounts);
    let mut held = Held::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(doing, error))?;
        if let Some(total) = page.stated {
            guard.states(total)?;
        }
        for part in page.rows.into_parts() {
            let users = part.read().await.map_err(|error| translate(doing, error))?;
            for (value, shown) in users.into_iter().flatten() {
                held.entry(value).or_insert(shown);
            }
        }
    }
    Ok(held)
}

/// The values of one user, each as an entitlement shows it.
fn of_user<'v>(path: &Path, user: impl Json<'v>) -> Vec<(String, Value)> {
    let held = path.values_beside("display", user).into_iter();
    held.filter_map(|(value, display)| {
        let value = resource::text(value).filter(|value| !value.is_empty())?;
        Some((value.into_owned(), json!({"displayName": display.and_then(resource::text)})))
    })
    .collect()
}
