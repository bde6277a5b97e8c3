//! Who is in which group, where the list of groups does not tell: read group by group, or asked for account by account.

use super::error::{own, refuse, translate};
use super::groups::groups_with;
use super::lookup::is_status;
use super::session::Session;
use crate::mapping::{Memberships, group_members};
use crate::protocol::Failure;
use crate::scim::{Query, Read, resource};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads each of these groups by itself. One that is gone by now has no members.
pub async fn of_singles(session: &Session, groups: &[String], doing: &str) -> Result<Memberships, Failure> {
    let read = |group: String| async move {
        match session.client.read(&session.config.profile.groups, &group).await {
            Ok(found) => {
                let members = group_members(&found);
                check_all_are_shown(session, &group, members.len(), doing)?;
                Ok((group, members))
            }
            Err(error) if is_status(&error, &[404]) => Ok((group, Vec::new())),
            Err(error) => Err(translate(doing, error)),
        }
    };
    let mut memberships = Memberships::default();
    let mut reads = stream::iter(groups.to_vec()).map(read).buffered(session.config.concurrency.get());
    while let Some((group, members)) = reads.try_next().await? {
        memberships.add(&group, members.iter().map(String::as_str));
    }
    Ok(memberships)
}

/// Asks the provider for the groups of every account, one after the other.
pub async fn of_accounts(session: &Session, doing: &str) -> Result<Memberships, Failure> {
    let read: Read<String> = Arc::new(|user| resource::id(user).unwrap_or_default().into_owned());
    let users = session.client.list_whole(&session.config.profile.users, Query::default(), read).await;
    let users = users.map_err(|error| translate(doing, error))?;
    let ask = |user: String| async move {
        match groups_with(session, &user).await {
            Ok(groups) => Ok((user, groups)),
            // The account is gone by now (AWS answers so).
            Err(error) if is_status(&error, &[404]) => Ok((user, Vec::new())),
            Err(error) => Err(translate(doing, error)),
        }
    };
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut answers = stream::iter(users).map(ask).buffered(session.config.concurrency.get());
    while let Some((user, groups)) = answers.try_next().await? {
        for group in groups {
            members.entry(group).or_default().push(user.clone());
        }
    }
    let mut memberships = Memberships::default();
    for (group, members) in &members {
        memberships.add(group, members.iter().map(String::as_str));
    }
    Ok(memberships)
}

/// A group that shows as many members as the provider ever shows may have more.
///
/// # Errors
/// Then: accounts that are not shown would look like revoked access.
pub fn check_all_are_shown(session: &Session, group: &str, shown: usize, doing: &str) -> Result<(), Failure> {
    if !may_be_cut(session, shown) {
        return Ok(());
    }
    let values = [("subject", group), ("limit", &shown.to_string())];
    Err(refuse(own::MEMBERS_CUT, doing, &values))
}

/// Whether a group that shows so many members may have more.
pub fn may_be_cut(session: &Session, shown: usize) -> bool {
    session.config.profile.members.at_most.is_some_and(|most| shown >= most.get())
}

/// The refusal where the provider shows nowhere who is in a group.
pub fn shown_nowhere(session: &Session, doing: &str) -> Failure {
    refuse(own::MEMBERS_NOT_SHOWN, doing, &[("subject", &session.config.profile.title)])
}
