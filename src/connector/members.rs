//! Who is in which group, where the list of groups does not tell: read group by group, or asked for account by account. And
//! whether a list of groups without any member is to be believed.

use super::error::{own, refuse, translate};
use super::groups::{REFUSALS, groups_with};
use super::lookup::is_status;
use super::session::Session;
use super::source::ShownElsewhere;
use super::sweep::membership_sources;
use crate::mapping::{AccountMapper, Memberships, group_members};
use crate::protocol::Failure;
use crate::scim::filter::by_member;
use crate::scim::provider::Endpoint;
use crate::scim::{Plan, Query, Read, resource};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads each of these groups by itself. One that is gone by now has no members; one that is still listed, and not shown by
/// itself, ends the command.
pub async fn of_singles(session: &Session, groups: &[String], doing: &str) -> Result<Memberships, Failure> {
    let read = |group: String| async move {
        match session.client.read(&of_groups(session), &group).await {
            Ok(found) => {
                let members = group_members(&found);
                check_all_are_shown(session, &group, members.len(), doing)?;
                Ok((group, members))
            }
            Err(error) if is_status(&error, &[404]) && is_gone(session, &group, doing).await? => {
                Ok((group, Vec::new()))
            }
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

/// Whether a group that was listed is listed no more.
async fn is_gone(session: &Session, group: &str, doing: &str) -> Result<bool, Failure> {
    let read: Read<String> = Read::new(Plan::id(), |group| resource::id(group).unwrap_or_default().into_owned());
    let query = Query { without: Some("members".into()), ..Query::default() };
    let listed = session.client.list_whole(&of_groups(session), query, read).await;
    Ok(listed.map_err(|error| translate(doing, error))?.iter().all(|listed| listed != group))
}

/// Asks the provider for the groups of every account, one after the other.
pub async fn of_accounts(session: &Session, doing: &str) -> Result<Memberships, Failure> {
    let read: Read<String> = Read::new(Plan::id(), |user| resource::id(user).unwrap_or_default().into_owned());
    let users = session.client.list_whole(&session.config.profile.users, Query::default(), read).await;
    let users = users.map_err(|error| translate(doing, error))?;
    let ask = |user: String| async move {
        match groups_with(session, &user).await {
            Ok(groups) => Ok((user, groups)),
            // The account is gone by now (AWS answers so), unless it is the groups that are not there.
            Err(error) if is_status(&error, &[404]) => {
                match session.client.read(&session.config.profile.users, &user).await {
                    Err(gone) if is_status(&gone, &[404]) => Ok((user, Vec::new())),
                    Ok(_) | Err(_) => Err(translate(doing, error)),
                }
            }
            Err(error) => Err(translate(doing, error)),
        }
    };
    let mut members: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
    let mut answers = stream::iter(users).map(ask).buffered(session.config.concurrency.get());
    while let Some((user, groups)) = answers.try_next().await? {
        let user: Arc<str> = user.into();
        for group in groups {
            members.entry(group).or_default().push(Arc::clone(&user));
        }
    }
    let mut memberships = Memberships::default();
    for (group, members) in members {
        memberships.add(&group, members.iter().map(|member| &**member));
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

/// The groups, asked for so that they show their members.
pub fn of_groups(session: &Session) -> Arc<Endpoint> {
    let groups = &session.config.profile.groups;
    let is_learnt = session.source.members_shown_elsewhere.get() == Some(&ShownElsewhere::InGroupsWhenAskedFor);
    if is_learnt && groups.attributes.is_empty() { asked_by_name(groups) } else { Arc::clone(groups) }
}

fn asked_by_name(groups: &Endpoint) -> Arc<Endpoint> {
    Arc::new(Endpoint { attributes: vec!["id".to_owned(), "members".to_owned()], ..groups.clone() })
}

/// So many groups are read by themselves where none in the list has members.
const GROUPS_READ_SINGLY: usize = 3;

/// So many groups and users are looked at where no group shows members.
const SAMPLE: u64 = 20;

/// So many users are asked for by filter.
const USERS_ASKED_FOR: usize = 5;

/// Limits of what is shown are multiples of this.
const ROUND: usize = 100;

/// Where no group in the list that was `asked` for shows members: how to ask for it so that they do, if they do when the
/// attribute is asked for by name (Oracle). From then on it is.
///
/// # Errors
/// When there are memberships that are shown elsewhere (AWS, GitLab): the accounts would look like revoked access.
pub async fn show_when_asked(
    session: &Session,
    doing: &str,
    asked: &Endpoint,
    groups: &[String],
) -> Result<Option<Arc<Endpoint>>, Failure> {
    let (_, reads_users) = membership_sources(session);
    let endpoint = &session.config.profile.groups;
    match session.source.members_shown_elsewhere.get() {
        _ if groups.is_empty() => return Ok(None),
        Some(ShownElsewhere::InGroupsWhenAskedFor) if asked.attributes != endpoint.attributes => return Ok(None),
        // Another call has learnt it while this one read the list.
        Some(ShownElsewhere::InGroupsWhenAskedFor) if endpoint.attributes.is_empty() => {
            return Ok(Some(asked_by_name(endpoint)));
        }
        Some(ShownElsewhere::InUsers) if reads_users => return Ok(None),
        Some(_) | None => {}
    }
    check_singles(session, doing, endpoint, groups).await?;
    if endpoint.attributes.is_empty() {
        let by_name = asked_by_name(endpoint);
        let some = match session.client.first(&by_name, None, SAMPLE).await {
            Ok(some) => some,
            Err(error) if is_status(&error, REFUSALS) => Vec::new(),
            Err(error) => return Err(translate(doing, error)),
        };
        if some.iter().any(|group| !group_members(group).is_empty()) {
            tracing::info!("the provider shows the members of groups only where they are asked for by name");
            // Another call may have learnt it meanwhile, or something else with other settings: this list is read so all the same.
            session.source.members_shown_elsewhere.set(ShownElsewhere::InGroupsWhenAskedFor).ok();
            return Ok(Some(by_name));
        }
        check_singles(session, doing, &by_name, groups).await?;
    }
    check_users(session, doing).await.map(|()| None)
}

/// A list without members is not believed where a group that is read by itself has some.
async fn check_singles(session: &Session, doing: &str, endpoint: &Endpoint, groups: &[String]) -> Result<(), Failure> {
    for group in groups.iter().take(GROUPS_READ_SINGLY) {
        match session.client.read(endpoint, group).await {
            Ok(group) if group_members(&group).is_empty() => {}
            Ok(_) => return Err(refuse(own::MEMBERS_NOT_LISTED, doing, &[])),
            // It may be gone by now, and not every provider gives single groups.
            Err(error) if is_status(&error, REFUSALS) => {}
            Err(error) => return Err(translate(doing, error)),
        }
    }
    Ok(())
}

/// Groups without members are not believed where a filter finds one by a user, unless the users show their groups.
async fn check_users(session: &Session, doing: &str) -> Result<(), Failure> {
    let Some(users) = users_to_ask_for(session, doing).await? else { return Ok(()) };
    for user in users.iter().take(USERS_ASKED_FOR) {
        if finds_group(session, doing, user).await? {
            return Err(refuse(own::MEMBERS_BY_FILTER_ONLY, doing, &[]));
        }
    }
    Ok(())
}

/// Some users by whom groups can be found; `None` where they show their groups themselves, or where nothing can be found.
async fn users_to_ask_for(session: &Session, doing: &str) -> Result<Option<Vec<String>>, Failure> {
    let profile = &session.config.profile;
    let (_, reads_users) = membership_sources(session);
    let users = session.client.first(&profile.users, None, SAMPLE).await.map_err(|error| translate(doing, error))?;
    let mapper = AccountMapper::new(&session.table, profile, None);
    let shows_groups = |user: &Value| mapper.map("", user).groups.is_some_and(|groups| groups > 0);
    if reads_users && users.iter().any(shows_groups) {
        // Another call may have learnt it meanwhile.
        session.source.members_shown_elsewhere.set(ShownElsewhere::InUsers).ok();
        return Ok(None);
    }
    let ids: Vec<String> = users.iter().filter_map(resource::id).map(String::from).collect();
    let Some(nobody) = ids.first().map(|id| made_up(id)) else { return Ok(None) };
    // A provider that does not look at the filter finds groups for nobody, too.
    let is_known_not_to_look = *session.source.filters_members.lock().await == Some(false);
    let finds_nothing = is_known_not_to_look || !profile.groups.filters.understand(&by_member(""));
    Ok((!finds_nothing && !finds_group(session, doing, &nobody).await?).then_some(ids))
}

/// Where several groups have the most members, or a round number of them, the provider may show no more of any. Then some
/// users are asked for by filter: those first that are in few groups.
///
/// # Errors
/// When that finds a group that does not show the user: the accounts would look like revoked access.
pub async fn check_none_is_cut(session: &Session, doing: &str, memberships: &Memberships) -> Result<(), Failure> {
    let (most, fullest) = memberships.fullest();
    let is_round = most.is_multiple_of(ROUND);
    let (_, reads_users) = membership_sources(session);
    let users_tell = reads_users && session.source.members_shown_elsewhere.get() == Some(&ShownElsewhere::InUsers);
    let is_known = session.config.profile.members.at_most.is_some() || users_tell;
    if most == 0 || is_known || (fullest.len() < 2 && !is_round) {
        return Ok(());
    }
    let Some(mut users) = users_to_ask_for(session, doing).await? else { return Ok(()) };
    users.sort_by_key(|user| memberships.groups_of(user).count());
    for user in users.iter().take(USERS_ASKED_FOR) {
        let found = match groups_with(session, user).await {
            Ok(found) => found,
            Err(error) if is_status(&error, REFUSALS) => return Ok(()),
            Err(error) => return Err(translate(doing, error)),
        };
        let is_hidden =
            |group: &&String| fullest.contains(&group.as_str()) && memberships.groups_of(user).all(|one| one != *group);
        if let Some(group) = found.iter().find(is_hidden)
            && !may_have_joined(session, doing, group, user, most).await?
        {
            let values = [("subject", group.as_str()), ("limit", &most.to_string())];
            return Err(refuse(own::MEMBERS_HIDDEN, doing, &values));
        }
    }
    if is_round {
        tracing::warn!(
            members = most,
            "the largest groups show a round number of members: if the provider shows no more of any, set the providerSettings members.atMost"
        );
    }
    Ok(())
}

/// Whether the user became a member after the groups had been listed, of a group that had so many then.
async fn may_have_joined(session: &Session, doing: &str, group: &str, user: &str, had: usize) -> Result<bool, Failure> {
    match session.client.read(&of_groups(session), group).await {
        Ok(found) => {
            let members = group_members(&found);
            Ok(members.iter().any(|member| member == user) && members.len() <= had + 1)
        }
        Err(error) if is_status(&error, REFUSALS) => Ok(true),
        Err(error) => Err(translate(doing, error)),
    }
}

async fn finds_group(session: &Session, doing: &str, member: &str) -> Result<bool, Failure> {
    match session.client.finds(&session.config.profile.groups, &by_member(member)).await {
        Ok(finds) => Ok(finds),
        Err(error) if is_status(&error, REFUSALS) => Ok(false),
        Err(error) => Err(translate(doing, error)),
    }
}

/// So many characters of an id must be made up for nobody to have it; as many digits are a number of 32 bits still.
const MADE_UP: usize = 9;

/// An id that looks like this one, and that nobody has. A short one is made longer: where users are counted from 1, another
/// digit is another user.
pub fn made_up(id: &str) -> String {
    let other = |c: char| match c {
        '0'..='9' => char::from(b'0' + b'9' - c as u8),
        'a'..='f' => char::from(b'a' + b'f' - c as u8),
        _ => c,
    };
    let made: String = id.chars().map(other).collect();
    let changed = id.chars().filter(|c| other(*c) != *c).count();
    made + &"9".repeat(MADE_UP.saturating_sub(changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("1", "899999999")]
    #[case("u-12", "u-879999999")]
    #[case("", "999999999")]
    #[case("2819c223-7f76-453a-919d-413861904646", "7180d776-2a23-546f-080c-586138095353")]
    fn nobody_has_an_id_that_is_made_up(#[case] id: &str, #[case] expected: &str) {
        assert_eq!(made_up(id), expected);
    }
}
