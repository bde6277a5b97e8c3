//! What the list commands share: pages of lines into events, and the sweep over groups.

use super::error::{invalid, translate};
use super::lookup::is_status;
use super::source::Source;
use crate::mapping::{Memberships, group_members};
use crate::protocol::{Event, Events, Failure, Kind, LineTooLong, Lines};
use crate::scim::provider::{Endpoint, Memberships as Membership};
use crate::scim::{Query, Read, resource};
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use serde_json::Value;
use std::pin::pin;
use std::sync::Arc;

/// Lists an endpoint; each page becomes one event with a line for each resource.
pub fn list_lines<T: Serialize>(
    source: &Source,
    doing: &'static str,
    endpoint: &'static Endpoint,
    query: Query,
    map: impl Fn(&str, &Value) -> T + Send + Sync + 'static,
) -> Events {
    let read: Read<Result<Lines, Failure>> = Arc::new(move |found| {
        let id = resource::id(found).unwrap_or_default();
        let mut line = Lines::default();
        line.push(&map(&id, found)).map_err(|error| too_long(&format!("{doing}: the object \"{id}\""), error))?;
        Ok(line)
    });
    let pages = source.client.list(endpoint, query, read);
    let events = pages.map(move |page| {
        let mut lines = Lines::default();
        for line in page.map_err(|error| translate(doing, error))? {
            lines.append(&line?);
        }
        Ok(Event::Outputs(lines))
    });
    // A page of which every resource was given out before has no lines.
    events.try_filter(|event| std::future::ready(!matches!(event, Event::Outputs(lines) if lines.is_empty()))).boxed()
}

/// Whether an account's groups are also read from the groups, and whether from the user itself.
pub fn membership_sources(source: &Source) -> (bool, bool) {
    match source.config.memberships {
        Membership::User => (false, true),
        Membership::Group => (true, false),
        Membership::Both => (true, true),
    }
}

/// Reads the members of all groups.
///
/// # Errors
/// When the groups cannot be read completely: accounts without their groups would look like revoked access.
pub async fn sweep(source: &Source, doing: &str) -> Result<Arc<Memberships>, Failure> {
    let read: Read<(String, Vec<String>)> =
        Arc::new(|group| (resource::id(group).unwrap_or_default().into_owned(), group_members(group)));
    let groups = &source.config.profile.groups;
    let mut pages = pin!(source.client.list(groups, Query::default(), read));
    let mut memberships = Memberships::default();
    let doing = format!("{doing} (reading the members of all groups)");
    while let Some(page) = pages.next().await {
        for (group, members) in page.map_err(|error| translate(&doing, error))? {
            memberships.add(&group, members.iter().map(String::as_str));
        }
    }
    if memberships.is_empty() {
        check_members_are_listed(source, &doing, memberships.groups()).await?;
    }
    memberships.seal();
    Ok(Arc::new(memberships))
}

/// So many groups are read by themselves where none in the list has members.
const GROUPS_READ_SINGLY: usize = 3;

/// Some providers list groups without their members (AWS, GitLab). A list without any is believed only where groups that
/// are read by themselves have none either.
async fn check_members_are_listed(source: &Source, doing: &str, groups: &[String]) -> Result<(), Failure> {
    for group in groups.iter().take(GROUPS_READ_SINGLY) {
        match source.client.read(&source.config.profile.groups, group).await {
            Ok(group) if group_members(&group).is_empty() => {}
            Ok(_) => {
                let sentence = format!(
                    "{doing} failed: the provider lists its groups without their members, and shows them only when a \
                     group is read by itself; the accounts would seem to have lost their groups. Set groupMembership \
                     to user if the provider's users carry their groups, or set provider if there is a profile for it."
                );
                return Err(invalid(Kind::InvalidResponse, "MEMBERS_NOT_LISTED", &sentence));
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
    let sentence =
        format!("{what} is too large for the platform: {error}. Ask for fewer attributes in the source's schema.");
    invalid(Kind::InvalidResponse, "LINE_TOO_LONG", &sentence)
}

#[cfg(test)]
mod tests;
