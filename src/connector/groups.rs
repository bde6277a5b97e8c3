//! The groups of one account, read without a sweep over all groups where the provider can tell.

use super::error::translate;
use super::lists::check_types;
use super::lookup::is_status;
use super::members::{made_up, of_groups, shown_nowhere};
use super::session::Session;
use super::sweep::{membership_sources, sweep};
use crate::mapping::{Account, AccountMapper, Memberships, group_members, has_groups_in_it, members_plan};
use crate::protocol::{Failure, Schema};
use crate::scim::filter::by_member;
use crate::scim::provider::{Members, MembersShown};
use crate::scim::{self, Gap, Query, Read, resource};
use serde_json::Value;
use std::sync::Arc;

/// What servers answer to a filter that they do not know, or trip over.
pub const REFUSALS: &[u16] = &[400, 403, 404, 405, 500, 501];

/// The account of a user, the same as its row in a list.
pub async fn account(
    session: &Session,
    user: &Value,
    schema: Option<&Schema>,
    doing: &str,
) -> Result<Account, Failure> {
    let mut mapper = AccountMapper::new(&session.table, &session.config.profile, schema);
    let id = resource::id(user).unwrap_or_default();
    let (sweeps, reads_own) = membership_sources(session);
    if sweeps && mapper.wants_groups() {
        mapper = mapper.with_memberships(memberships(session, &id, doing).await?, reads_own);
    }
    let account = mapper.map(&id, user);
    check_types(doing, &id, account.misfit.as_deref())?;
    session.source.told.tell(&id);
    Ok(account)
}

/// What the groups say of one user.
async fn memberships(session: &Session, id: &str, doing: &str) -> Result<Arc<Memberships>, Failure> {
    let is_told_by_filter = match session.config.profile.members.shown {
        MembersShown::ByFilter => true,
        MembersShown::Nowhere => return Err(shown_nowhere(session, doing)),
        MembersShown::InLists | MembersShown::InSingles => false,
    };
    if !is_told_by_filter && !can_filter(session, doing).await? {
        return sweep(session, doing).await;
    }
    let groups = match groups_with(session, id).await {
        Ok(groups) => groups,
        Err(error) if is_told_by_filter => return Err(translate(doing, error)),
        // What was found by one member may be refused for another: scimmy fails where any group has no members.
        Err(error) if is_status(&error, REFUSALS) => return sweep(session, doing).await,
        Err(error) => return Err(translate(doing, error)),
    };
    let mut memberships = Memberships::default();
    for group in groups {
        memberships.add(&group, [id]);
    }
    memberships.seal();
    Ok(Arc::new(memberships))
}

/// The groups that the provider finds by their member. Some do not show it, since they show their first members only. One
/// with groups in it must: it may have been found by the members of those.
pub async fn groups_with(session: &Session, id: &str) -> Result<Vec<String>, scim::Error> {
    let member = id.to_owned();
    let Members { shown, at_most } = session.config.profile.members.clone();
    let read: Read<Option<String>> = Read::new(members_plan(), move |group| {
        let id = resource::id(group)?.into_owned();
        let members = group_members(group);
        let is_cut = at_most.is_some_and(|most| members.len() >= most.get());
        let must_show = shown == MembersShown::InLists && !is_cut && has_groups_in_it(group);
        (!must_show || members.contains(&member)).then_some(id)
    });
    let query = Query { filter: Some(by_member(id)), ..Query::default() };
    match session.client.list_whole(&of_groups(session), query, read).await {
        Ok(groups) => Ok(groups.into_iter().flatten().collect()),
        // The provider states no totals, and found nothing twice.
        Err(scim::Error::Incomplete(incomplete)) if incomplete.reason == Gap::NothingStated => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// Whether the provider finds the group by this user, where it is known to look at such filters.
pub async fn is_found_by(session: &Session, group: &str, user: &str) -> bool {
    let is_told_by_filter = session.config.profile.members.shown == MembersShown::ByFilter;
    if !is_told_by_filter && *session.source.filters_members.lock().await != Some(true) {
        return false;
    }
    groups_with(session, user).await.is_ok_and(|groups| groups.iter().any(|found| found == group))
}

/// Whether the provider finds groups by a member. Tried once a source, with a member that a group is known to have: a
/// server that does not know such filters may answer that there are none.
async fn can_filter(session: &Session, doing: &str) -> Result<bool, Failure> {
    if !session.config.profile.groups.filters.understand(&by_member("")) {
        return Ok(false);
    }
    let mut known = session.source.filters_members.lock().await;
    if let Some(known) = *known {
        return Ok(known);
    }
    let groups = &of_groups(session);
    let some = session.client.first(groups, None, 20).await.map_err(|error| translate(doing, error))?;
    let Some((group, member)) = some
        .iter()
        .find_map(|group| Some((resource::id(group)?.into_owned(), group_members(group).into_iter().next()?)))
    else {
        // Nothing to try it with; there is little to sweep either.
        return Ok(false);
    };
    let finds = async |member: &str| match session.client.first(groups, Some(&by_member(member)), 200).await {
        Ok(found) => Ok(found.iter().any(|found| resource::id(found).as_deref() == Some(&group))),
        Err(error) if is_status(&error, REFUSALS) => Ok(false),
        Err(error) => Err(translate(doing, error)),
    };
    // Where filters are not looked at, nobody is found as well.
    let works = finds(&member).await? && !finds(&made_up(&member)).await?;
    if !works {
        tracing::info!("the provider does not find groups by their members: reading one account reads all groups");
    }
    *known = Some(works);
    Ok(works)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::config::Config;
    use crate::connector::SourcePool;
    use crate::mapping::table::Table;
    use crate::scim::provider::Profiles;
    use crate::transport::{Lane, NetworkPolicy};
    use serde_json::json;
    use wiremock::matchers::{path, query_param, query_param_is_missing};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    #[tokio::test]
    async fn a_refused_look_up_by_member_is_answered_by_all_groups() {
        let server = MockServer::start().await;
        let groups = [json!({"id": "g1", "members": [{"value": "u1"}, {"value": "u2"}]}), json!({"id": "g2"})];
        let listed = |groups: &[Value]| {
            let body = json!({"totalResults": groups.len(), "Resources": groups});
            ResponseTemplate::new(200).set_body_json(body)
        };
        let filtered =
            |id: &str| Mock::given(path("/v2/Groups")).and(query_param("filter", format!("members.value eq \"{id}\"")));
        Mock::given(path("/v2/Groups"))
            .and(query_param_is_missing("filter"))
            .respond_with(listed(&groups))
            .mount(&server)
            .await;
        filtered("u1").respond_with(listed(&groups[..1])).mount(&server).await;
        filtered("u2").respond_with(ResponseTemplate::new(400)).expect(1).mount(&server).await;

        let settings = json!({"baseUrl": format!("{}/v2", server.uri()), "provider": "generic", "authType": "none"});
        let policy = NetworkPolicy { allow_loopback: true, allow_private: false };
        let config = Config::parse(settings.as_object().unwrap(), &Profiles::built_in()).unwrap();
        let session = SourcePool::new(Clock::system(), [0; 32])
            .open(config, Table::built_in(), policy, Lane::Urgent)
            .await
            .unwrap();
        let read = account(&session, &json!({"id": "u2", "userName": "ada"}), None, "Reading ada").await.unwrap();
        assert_eq!(read.attributes["groups"], json!(["g1"]));
    }
}
