//! What the list commands share: pages of lines into events, and the sweep over groups.

use super::error::{own, refuse, translate};
use super::lookup::is_status;
use super::session::Session;
use crate::mapping::{Account, Entitlement, Memberships, group_members};
use crate::protocol::{Event, Events, Failure, LineTooLong, Lines};
use crate::scim::provider::{Endpoint, Memberships as Membership};
use crate::scim::{Query, Read, resource};
use async_stream::try_stream;
use futures::StreamExt as _;
use serde::Serialize;
use serde_json::Value;
use std::pin::pin;
use std::sync::Arc;

/// What a list has lines of.
pub trait Listed: Serialize {
    /// Whether it has a group, where some must; `None` where that says nothing.
    fn has_group(&self) -> Option<bool> {
        None
    }
}

impl Listed for Entitlement {}

impl Listed for Account {
    fn has_group(&self) -> Option<bool> {
        self.has_group
    }
}

/// So many bytes of lines leave at once: a large page is not held a second time as one event.
const EVENT_BYTES: usize = 1024 * 1024;

/// Lists an endpoint; each page becomes an event with a line for each resource, or several.
///
/// It ends with an error when the groups have members and yet nobody listed is in a group: then the members' ids are not
/// those of the users, and the accounts would look like revoked access.
pub fn list_lines<T: Listed>(
    session: &Session,
    doing: &'static str,
    endpoint: &'static Endpoint,
    query: Query,
    map: impl Fn(&str, &Value) -> T + Send + Sync + 'static,
) -> Events {
    let read: Read<Result<(Lines, Option<bool>), Failure>> = Arc::new(move |found| {
        let id = resource::id(found).unwrap_or_default();
        let listed = map(&id, found);
        let mut line = Lines::default();
        line.push(&listed).map_err(|error| too_long(&format!("{doing}: the object \"{id}\""), error))?;
        Ok((line, listed.has_group()))
    });
    let pages = session.client.list(endpoint, query, read);
    try_stream! {
        let mut pages = pin!(pages);
        let mut some_has_group = None;
        while let Some(page) = pages.next().await {
            let mut lines = Lines::default();
            for read in page.map_err(|error| translate(doing, error))? {
                let (line, has_group) = read?;
                lines.append(&line);
                if lines.bytes() >= EVENT_BYTES {
                    yield Event::Outputs(std::mem::take(&mut lines));
                }
                // Nothing known is less than no, and no is less than yes.
                some_has_group = some_has_group.max(has_group);
            }
            // A page of which every resource was given out before has no lines.
            if !lines.is_empty() {
                yield Event::Outputs(lines);
            }
        }
        if some_has_group == Some(false) {
            Err(members_are_strangers(doing))?;
        }
    }
    .boxed()
}

fn members_are_strangers(doing: &str) -> Failure {
    refuse(own::MEMBERS_UNKNOWN, doing, &[])
}

/// Whether an account's groups are also read from the groups, and whether from the user itself.
pub fn membership_sources(session: &Session) -> (bool, bool) {
    match session.config.memberships {
        Membership::User => (false, true),
        Membership::Group => (true, false),
        Membership::Both => (true, true),
    }
}

/// Reads the members of all groups.
///
/// # Errors
/// When the groups cannot be read completely: accounts without their groups would look like revoked access.
pub async fn sweep(session: &Session, doing: &str) -> Result<Arc<Memberships>, Failure> {
    let read: Read<(String, Vec<String>)> =
        Arc::new(|group| (resource::id(group).unwrap_or_default().into_owned(), group_members(group)));
    let groups = &session.config.profile.groups;
    let mut pages = pin!(session.client.list(groups, Query::default(), read));
    let mut memberships = Memberships::default();
    let doing = format!("{doing} (reading the members of all groups)");
    while let Some(page) = pages.next().await {
        for (group, members) in page.map_err(|error| translate(&doing, error))? {
            memberships.add(&group, members.iter().map(String::as_str));
        }
    }
    if memberships.is_empty() {
        check_members_are_listed(session, &doing, memberships.groups()).await?;
    }
    memberships.seal();
    Ok(Arc::new(memberships))
}

/// So many groups are read by themselves where none in the list has members.
const GROUPS_READ_SINGLY: usize = 3;

/// Some providers list groups without their members (AWS, GitLab). A list without any is believed only where groups that
/// are read by themselves have none either.
async fn check_members_are_listed(session: &Session, doing: &str, groups: &[String]) -> Result<(), Failure> {
    for group in groups.iter().take(GROUPS_READ_SINGLY) {
        match session.client.read(&session.config.profile.groups, group).await {
            Ok(group) if group_members(&group).is_empty() => {}
            Ok(_) => {
                return Err(refuse(own::MEMBERS_NOT_LISTED, doing, &[]));
            }
            // It may be gone by now, and not every provider gives single groups.
            Err(error) if is_status(&error, &[404, 405, 501]) => {}
            Err(error) => return Err(translate(doing, error)),
        }
    }
    Ok(())
}

/// A result that does not fit in a line.
pub fn too_long(what: &str, error: LineTooLong) -> Failure {
    refuse(own::LINE_TOO_LONG, "", &[("subject", what), ("problem", &error.to_string())])
}

#[cfg(test)]
mod tests;
