//! What the platform has and the provider has no more.

use super::ids::Ids;
use super::tracker::Tracker;
use crate::connector::error::translate;
use crate::connector::lists::too_long;
use crate::connector::session::Session;
use crate::connector::shrink::{Counted, Guard};
use crate::protocol::{Failure, Lines};
use crate::scim::provider::Endpoint;
use crate::scim::{Plan, Query, Read, resource};
use futures::StreamExt as _;
use scim_v2::filter::Filter;
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;

/// A line for each object that is gone, where the source wants to know. After a list of changes, all ids are read for it.
///
/// # Errors
/// When they cannot be read completely, or are much fewer than before.
pub async fn tell_gone(
    session: &Session,
    doing: &str,
    (endpoint, filter, counted): (&Endpoint, Option<&Filter>, Counted),
    tracker: &mut Tracker,
) -> Result<Lines, Failure> {
    let mut lines = Lines::default();
    if tracker.ids.is_none() {
        return Ok(lines);
    }
    let Some(before) = tracker.before.ids.as_ref().map(|ids| ids.kept().map(|ids| ids.len() as u64)) else {
        return Ok(lines);
    };
    let Some(before) = before else {
        tracing::warn!("the state could not hold all ids: this list tells of no deletions");
        return Ok(lines);
    };
    let doing = format!("{doing} (reading what is still there)");
    if !tracker.reads_all {
        let mut guard = Guard::new(session, &doing, counted);
        guard.know(before);
        keep_listed(session, &doing, endpoint, filter, (&mut guard, tracker)).await?;
    }
    if tracker.ids.as_ref().is_some_and(|ids| ids.kept().is_none()) {
        tracing::warn!("there are more ids than can be compared: this list tells of no deletions");
        return Ok(lines);
    }
    let gone = tracker.gone();
    tracing::info!(gone = gone.len(), "objects that the platform has are gone");
    for id in gone {
        tracker.seen.remove(super::seen::of_id(&id));
        let line = line(&id, tracker.entitlement_type.as_deref());
        lines.push(&line).map_err(|error| too_long(&format!("{doing}: the object \"{id}\""), error))?;
    }
    Ok(lines)
}

fn line(id: &str, entitlement_type: Option<&str>) -> Value {
    let mut line = json!({"identity": id, "key": {"simple": {"id": id}}, "deleted": true, "attributes": {}});
    if let (Some(name), Some(members)) = (entitlement_type, line.as_object_mut()) {
        members.insert("type".to_owned(), name.into());
    }
    line
}

/// Reads all ids, and forgets those that the platform has and that are not among them.
async fn keep_listed(
    session: &Session,
    doing: &str,
    endpoint: &Endpoint,
    filter: Option<&Filter>,
    (guard, tracker): (&mut Guard, &mut Tracker),
) -> Result<(), Failure> {
    let endpoint = Arc::new(Endpoint { attributes: vec!["id".to_owned()], ..endpoint.clone() });
    let read: Read<String> = Read::new(Plan::id(), |found| resource::id(found).unwrap_or_default().into_owned());
    let query = Query { filter: filter.cloned(), ..Query::default() };
    let mut pages = pin!(session.client.list(&endpoint, query, read));
    let mut missing = tracker.before.ids.as_ref().and_then(Ids::kept).cloned().unwrap_or_default();
    let mut count = 0;
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(doing, error))?;
        if let Some(total) = page.stated {
            guard.states(total)?;
        }
        for part in page.rows.into_parts() {
            for id in part.read().await.map_err(|error| translate(doing, error))? {
                count += 1;
                missing.remove(&id);
            }
        }
    }
    guard.ends(count)?;
    if let Some(ids) = &mut tracker.ids {
        // What came with the changes, and not with the ids, may be shown late: it is no loss.
        missing.iter().filter(|id| !tracker.taken.contains(id.as_str())).for_each(|id| ids.remove(id));
    }
    Ok(())
}
