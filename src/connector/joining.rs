//! Group memberships of one account: each group is changed by itself, by member, never as a whole.

use super::error::{own, refuse, translate};
use super::groups::is_found_by;
use super::lists::membership_sources;
use super::lookup::is_status;
use super::members::{may_be_cut, of_groups};
use super::session::Session;
use super::writer::Writer;
use crate::mapping::{Account, AccountMapper, Delta, group_members};
use crate::protocol::Failure;
use crate::scim::{self, patch};
use serde_json::Value;

/// The memberships of one user.
pub struct Joining<'a> {
    pub session: &'a Session,
    pub doing: &'a str,
    /// The user's id.
    pub user: &'a str,
    /// What people call the user.
    pub display: &'a str,
}

/// What became of the memberships that were to change.
#[derive(Default)]
pub struct Joined {
    done: Delta,
    /// One for each group that did not become what it should.
    pub problems: Vec<(String, Failure)>,
    /// Those of the problems that are groups whose other members went along.
    pub emptied: Vec<String>,
}

/// What became of one membership.
enum Membership {
    AsAsked,
    NotAsAsked(Failure),
    /// The member left, and all the others with it: what is to be said of that.
    Emptied(String),
}

impl Joining<'_> {
    /// Changes one group after the other. A group that fails does not keep the others from being tried.
    pub async fn run(&self, writer: &mut Writer<'_>, delta: &Delta) -> Joined {
        let mut joined = Joined::default();
        for (group, joins) in delta.add.iter().map(|id| (id, true)).chain(delta.remove.iter().map(|id| (id, false))) {
            match self.change(writer, group, joins).await {
                Ok(Membership::AsAsked) if joins => joined.done.add.push(group.clone()),
                Ok(Membership::AsAsked) => joined.done.remove.push(group.clone()),
                Ok(Membership::NotAsAsked(failure)) => {
                    joined.problems.push(("groups".to_owned(), failure));
                }
                Ok(Membership::Emptied(problem)) => {
                    joined.done.remove.push(group.clone());
                    let failure = refuse(own::GROUP_EMPTIED, self.doing, &[("problem", &problem)]);
                    joined.problems.push(("groups".to_owned(), failure));
                    joined.emptied.push(problem);
                }
                Err(error) => {
                    let doing = format!("{}, group {group}", self.doing);
                    joined.problems.push(("groups".to_owned(), translate(&doing, error)));
                }
            }
        }
        joined
    }

    /// The account's groups after the changes: as the user shows them where it does, else as they were, with what changed.
    pub fn groups_after(&self, before: &Account, user: &Value, joined: &Joined) -> Vec<String> {
        let (sweeps, _) = membership_sources(self.session);
        let of = |attributes: &serde_json::Map<String, Value>| -> Vec<String> {
            let groups = attributes.get("groups").and_then(Value::as_array);
            groups.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        if !sweeps {
            let mapper = AccountMapper::new(&self.session.table, &self.session.config.profile, None);
            return of(&mapper.map(self.user, user).attributes);
        }
        let mut groups = of(&before.attributes);
        groups.retain(|group| !joined.done.remove.contains(group));
        groups.extend(joined.done.add.iter().cloned());
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// Lets the user join or leave, and looks at the group afterwards.
    async fn change(&self, writer: &mut Writer<'_>, group: &str, joins: bool) -> Result<Membership, scim::Error> {
        let (groups, client) = (&of_groups(self.session), &self.session.client);
        let writing = &self.session.config.profile.writing.members;
        // What is left of the others is compared after a removal, which on some servers takes them along.
        let looks_before = !joins && !writer.is_dry();
        let removal = looks_before.then(|| self.session.source.leaving.begin(group, self.user));
        let before = if looks_before { group_members(&client.read(groups, group).await?) } else { Vec::new() };
        let add = || patch::add_member(writing, self.user, self.display);
        let operation = if joins { add() } else { patch::remove_member(writing, self.user) };
        let refusal = match writer.send_and_look(client.patch(groups, group, &[operation])?).await {
            Ok(_) => None,
            // Never the group as a whole: that could take other members along.
            Err(error) if is_status(&error, &[405, 501]) => {
                let subject = format!("the group {group}");
                return Ok(Membership::NotAsAsked(refuse(own::NO_GROUP_PATCH, self.doing, &[("subject", &subject)])));
            }
            // It may be done already: by an attempt whose answer was lost, or by somebody else.
            Err(error) if is_status(&error, &[400, 404, 409]) => Some(error),
            Err(error) => return Err(error),
        };
        if writer.is_dry() {
            return Ok(Membership::AsAsked);
        }
        let has_user = |members: &[String]| members.iter().any(|member| member == self.user);
        let after = client.read(groups, group).await.map(|group| group_members(&group));
        let after = match (refusal, after) {
            (None, after) => after?,
            // A group that shows no members tells nothing.
            (Some(_), Ok(after)) if has_user(&after) == joins && !(before.is_empty() && after.is_empty()) => after,
            (Some(refusal), _) => return Err(refusal),
        };
        let is_member = has_user(&after);
        let is_lost = |member: &&String| removal.as_ref().is_some_and(|removal| !removal.explains(member));
        let lost = if after.is_empty() { before.iter().filter(is_lost).count() } else { 0 };
        let may_have_more = after.is_empty() || may_be_cut(self.session, after.len());
        Ok(match (joins, is_member) {
            // Some providers show the first members of a group only (FusionAuth).
            (true, false)
                if !may_have_more
                    && !self.user_shows(group).await
                    && !is_found_by(self.session, group, self.user).await =>
            {
                Membership::NotAsAsked(self.not_changed(&format!("the account is not a member of the group {group}")))
            }
            (false, true) => {
                Membership::NotAsAsked(self.not_changed(&format!("the account is still a member of the group {group}")))
            }
            (false, false) if lost > 0 => {
                Membership::Emptied(format!("the group {group} had {lost} other members and shows none now"))
            }
            _ => Membership::AsAsked,
        })
    }

    /// Whether the user says itself that it is in the group.
    async fn user_shows(&self, group: &str) -> bool {
        let users = &self.session.config.profile.users;
        let Ok(user) = self.session.client.read(users, self.user).await else { return false };
        let account = AccountMapper::new(&self.session.table, &self.session.config.profile, None).map(self.user, &user);
        let groups = account.attributes.get("groups").and_then(Value::as_array);
        groups.is_some_and(|groups| groups.iter().any(|own| own == group))
    }

    fn not_changed(&self, problem: &str) -> Failure {
        refuse(own::NOT_CHANGED, self.doing, &[("problem", problem)])
    }
}
