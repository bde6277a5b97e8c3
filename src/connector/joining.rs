//! Memberships of one account, in groups and in whatever else has members: each is changed by itself, by member, never as
//! a whole.

use super::error::{own, refuse, translate};
use super::groups::is_found_by;
use super::kinds::Kind;
use super::lookup::is_status;
use super::members::may_be_cut;
use super::session::Session;
use super::sweep::membership_sources;
use super::writer::Writer;
use crate::mapping::table::GROUP;
use crate::mapping::{Account, AccountMapper, Delta, members_in};
use crate::protocol::Failure;
use crate::scim::provider::Endpoint;
use crate::scim::{self, patch};
use serde_json::Value;

/// The memberships of one user in entitlements of one type.
pub struct Joining<'a> {
    pub session: &'a Session,
    pub doing: &'a str,
    /// What the user joins or leaves.
    pub kind: &'a Kind,
    pub endpoint: &'a Endpoint,
    /// The attribute of that in which its members are.
    pub list: &'a str,
    /// The account attribute that shows it.
    pub attribute: &'a str,
    /// The user's id.
    pub user: &'a str,
    /// What people call the user.
    pub display: &'a str,
}

/// What became of the memberships that were to change.
#[derive(Default)]
pub struct Joined {
    pub done: Delta,
    /// One for each that did not become what it should.
    pub problems: Vec<(String, Failure)>,
    /// Those of the problems where the other members went along.
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
    /// Changes one after the other. One that fails does not keep the others from being tried.
    pub async fn run(&self, writer: &mut Writer<'_>, delta: &Delta) -> Joined {
        let mut joined = Joined::default();
        for (id, joins) in delta.add.iter().map(|id| (id, true)).chain(delta.remove.iter().map(|id| (id, false))) {
            match self.change(writer, id, joins).await {
                Ok(Membership::AsAsked) if joins => joined.done.add.push(id.clone()),
                Ok(Membership::AsAsked) => joined.done.remove.push(id.clone()),
                Ok(Membership::NotAsAsked(failure)) => {
                    joined.problems.push((self.attribute.to_owned(), failure));
                }
                Ok(Membership::Emptied(problem)) => {
                    joined.done.remove.push(id.clone());
                    let failure = refuse(own::GROUP_EMPTIED, self.doing, &[("problem", &problem)]);
                    joined.problems.push((self.attribute.to_owned(), failure));
                    joined.emptied.push(problem);
                }
                Err(error) => {
                    let doing = format!("{}, {} {id}", self.doing, self.kind.name);
                    joined.problems.push((self.attribute.to_owned(), translate(&doing, error)));
                }
            }
        }
        joined
    }

    /// Lets the user join or leave, and looks at the entitlement afterwards.
    async fn change(&self, writer: &mut Writer<'_>, id: &str, joins: bool) -> Result<Membership, scim::Error> {
        let (endpoint, members, client) = (self.endpoint, self.list, &self.session.client);
        let called = format!("the {} {id}", self.kind.name);
        let writing = &self.session.config.profile.writing.members;
        // What is left of the others is compared after a removal, which on some servers takes them along.
        let looks_before = !joins && !writer.is_dry();
        let removal =
            looks_before.then(|| self.session.source.leaving.begin(format!("{}/{id}", endpoint.path), self.user));
        let before = if looks_before { members_in(&client.read(endpoint, id).await?, members) } else { Vec::new() };
        let add = || patch::add_member(writing, members, self.user, self.display);
        let operation = if joins { add() } else { patch::remove_member(writing, members, self.user) };
        let refusal = match writer.send_and_look(client.patch(endpoint, id, &[operation])?).await {
            Ok(_) => None,
            // Never the group as a whole: that could take other members along.
            Err(error) if is_status(&error, &[405, 501]) => {
                return Ok(Membership::NotAsAsked(refuse(own::NO_GROUP_PATCH, self.doing, &[("subject", &called)])));
            }
            // It may be done already: by an attempt whose answer was lost, or by somebody else.
            Err(error) if is_status(&error, &[400, 404, 409]) => Some(error),
            Err(error) => return Err(error),
        };
        if writer.is_dry() {
            return Ok(Membership::AsAsked);
        }
        let has_user = |members: &[String]| members.iter().any(|member| member == self.user);
        let after = client.read(endpoint, id).await.map(|found| members_in(&found, members));
        let after = match (refusal, after) {
            (None, after) => after?,
            // One that shows no members tells nothing.
            (Some(_), Ok(after)) if has_user(&after) == joins && !(before.is_empty() && after.is_empty()) => after,
            (Some(refusal), _) => return Err(refusal),
        };
        let is_member = has_user(&after);
        let is_lost = |member: &&String| removal.as_ref().is_some_and(|removal| !removal.explains(member));
        let lost = if after.is_empty() { before.iter().filter(is_lost).count() } else { 0 };
        let may_have_more = (after.is_empty() && !self.shows_members().await) || may_be_cut(self.session, after.len());
        Ok(match (joins, is_member) {
            // Some providers show the first members of a group only (FusionAuth).
            (true, false) if !may_have_more && !self.is_shown_elsewhere(id).await => {
                Membership::NotAsAsked(self.not_changed(&format!("the account is not a member of {called}")))
            }
            (false, true) => {
                Membership::NotAsAsked(self.not_changed(&format!("the account is still a member of {called}")))
            }
            (false, false) if lost > 0 => {
                Membership::Emptied(format!("{called} had {lost} other members and shows none now"))
            }
            _ => Membership::AsAsked,
        })
    }

    /// Whether groups are known to show members: then one that shows none has none.
    async fn shows_members(&self) -> bool {
        // Whether they are found by a member is tried with a member that one of them shows.
        &*self.kind.name == GROUP && self.session.source.filters_members.lock().await.is_some()
    }

    /// Whether the user says itself that it is in the group, or the provider finds the group by it.
    async fn is_shown_elsewhere(&self, id: &str) -> bool {
        self.user_shows(id).await || (&*self.kind.name == GROUP && is_found_by(self.session, id, self.user).await)
    }

    /// Whether the user says itself that it has it.
    async fn user_shows(&self, id: &str) -> bool {
        let users = &self.session.config.profile.users;
        let Ok(user) = self.session.client.read(users, self.user).await else { return false };
        let account = AccountMapper::new(&self.session.table, &self.session.config.profile, None).map(self.user, &user);
        let held = account.attributes.get(self.attribute).and_then(Value::as_array);
        held.is_some_and(|held| held.iter().any(|own| own == id))
    }

    fn not_changed(&self, problem: &str) -> Failure {
        refuse(own::NOT_CHANGED, self.doing, &[("problem", problem)])
    }
}

/// The account's groups after the changes: as the user shows them where it does, else as they were, with what changed.
pub fn groups_after(session: &Session, before: &Account, user: &Value, done: &Delta) -> Vec<String> {
    let (sweeps, _) = membership_sources(session);
    let of = |attributes: &serde_json::Map<String, Value>| -> Vec<String> {
        let groups = attributes.get("groups").and_then(Value::as_array);
        groups.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    if !sweeps {
        let mapper = AccountMapper::new(&session.table, &session.config.profile, None);
        return of(&mapper.map(&before.identity, user).attributes);
    }
    let mut groups = of(&before.attributes);
    groups.retain(|group| !done.remove.contains(group));
    groups.extend(done.add.iter().cloned());
    groups.sort_unstable();
    groups.dedup();
    groups
}
