//! The sweep over all groups, for who is in which: before a list of accounts, where the groups tell.

use super::error::translate;
use super::lists::Watch;
use super::members;
use super::session::Session;
use super::shrink::{Counted, Guard};
use crate::mapping::{Memberships, group_members, members_plan};
use crate::protocol::Failure;
use crate::scim::provider::{Endpoint, MembersShown, Memberships as Membership};
use crate::scim::{Query, Read, resource};
use futures::StreamExt as _;
use std::pin::pin;
use std::sync::Arc;

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
/// When the groups cannot be read completely, or they or their members are much fewer than the last time: accounts without
/// their groups would look like revoked access.
pub async fn sweep(session: &Session, doing: &str) -> Result<Arc<Memberships>, Failure> {
    let doing = format!("{doing} (reading the members of all groups)");
    let memberships = match session.config.profile.members.shown {
        MembersShown::InLists => {
            let groups = members::of_groups(session);
            let mut listed = members_listed(session, &groups, &doing).await?;
            if listed.is_empty()
                && let Some(by_name) = members::show_when_asked(session, &doing, &groups, listed.groups()).await?
            {
                listed = members_listed(session, &by_name, &doing).await?;
            }
            listed.seal();
            members::check_none_is_cut(session, &doing, &listed).await?;
            listed
        }
        MembersShown::InSingles => {
            let listed = members_listed(session, &members::of_groups(session), &doing).await?;
            members::of_singles(session, listed.groups(), &doing).await?
        }
        MembersShown::ByFilter => members::of_accounts(session, &doing).await?,
        MembersShown::Nowhere => return Err(members::shown_nowhere(session, &doing)),
    };
    whole(session, &doing, memberships)
}

/// All groups, with the members that the list of groups shows.
async fn members_listed(session: &Session, groups: &Arc<Endpoint>, doing: &str) -> Result<Memberships, Failure> {
    let read: Read<(String, Vec<String>)> =
        Read::new(members_plan(), |group| (resource::id(group).unwrap_or_default().into_owned(), group_members(group)));
    let without = (session.config.profile.members.shown == MembersShown::InSingles).then_some("members");
    let mut pages =
        pin!(session.client.list(groups, Query { without: without.map(Into::into), ..Query::default() }, read));
    let mut memberships = Memberships::default();
    let mut watch = Watch::new(session, doing, Counted::Groups, groups);
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(doing, error))?;
        watch.take(&page)?;
        for part in page.rows.into_parts() {
            for (group, members) in part.read().await.map_err(|error| translate(doing, error))? {
                members::check_all_are_shown(session, &group, members.len(), doing)?;
                memberships.add(&group, members.iter().map(String::as_str));
            }
        }
    }
    watch.end()?;
    Ok(memberships)
}

/// All memberships, unless there are much fewer than the last time.
fn whole(session: &Session, doing: &str, mut memberships: Memberships) -> Result<Arc<Memberships>, Failure> {
    Guard::new(session, doing, Counted::Members).ends(memberships.len() as u64)?;
    memberships.seal();
    Ok(Arc::new(memberships))
}
