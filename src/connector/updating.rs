//! How an account is brought to what was asked for: planned against what it is, sent, read back, compared.

use super::error::{self, own, refuse, translate};
use super::groups::account;
use super::joining::{Joined, Joining, groups_after};
use super::kinds::{Kind, refuse_read_only};
use super::lookup::{Lookup, find, is_status};
use super::members::of_groups;
use super::profiles::profile_id;
use super::session::Session;
use super::writer::Writer;
use crate::mapping::table::{Column, ENTITLEMENT, GROUP};
use crate::mapping::{
    Account, AccountMapper, Delta, Grants, ProfileIds, Update, UpdateError, agree, may_lose_profile, profile_named,
};
use crate::protocol::{Change, Failure, Schema};
use crate::scim::patch::{self, Assignment};
use crate::scim::path::Path;
use crate::scim::provider::{Endpoint, Grants as Place, PatchForm};
use crate::scim::resource;
use serde_json::{Value, json};
use std::sync::Arc;

/// So much of what became of each part is said in one message, in characters.
const MAX_PROBLEMS: usize = 800;

/// One update of one account.
pub struct Updating<'a> {
    pub session: &'a Session,
    /// What it is called in messages: "Updating ada@example.com".
    pub doing: &'a str,
    pub is_dry: bool,
}

/// What became of it.
pub enum Outcome {
    /// Nothing differed, and nothing was sent.
    Unchanged,
    /// A dry run's requests.
    Shown(Vec<Value>),
    Changed(Changed),
}

/// An account that was changed, and what was not done of what was asked for.
pub struct Changed {
    /// The user as the provider has it now.
    pub user: Value,
    groups: Vec<String>,
    /// Attributes with what was not done of them.
    pub problems: Vec<(String, Failure)>,
    /// What was done beyond what was asked for: groups that lost all their members.
    harm: Vec<String>,
    /// How many things were asked for.
    asked: usize,
}

impl Changed {
    /// When harm was done, or nothing at all of what was asked for: one failure with everything that was said of it.
    pub fn total_failure(&mut self, session: &Session, doing: &str) -> Option<Failure> {
        if !self.harm.is_empty() {
            return Some(refuse(own::GROUP_EMPTIED, doing, &[("problem", &self.harm.join("; "))]));
        }
        if self.problems.len() < self.asked || self.problems.is_empty() {
            return None;
        }
        if self.problems.len() == 1 {
            return self.problems.pop().map(|(_, failure)| failure);
        }
        let problems = self.problems.drain(..).map(|(_, failure)| session.message(failure));
        // What they have in common is said once.
        let again = [format!("{doing} failed: "), format!("{doing}, ")];
        let part = |message: String| {
            again.iter().find_map(|again| message.strip_prefix(again)).map_or(message.clone(), str::to_owned)
        };
        let said: Vec<String> = problems.map(part).collect();
        Some(refuse(own::NOTHING_CHANGED, doing, &[("problem", &error::list(&said, MAX_PROBLEMS))]))
    }

    /// The account as it is now, with a result for each thing that was not done.
    pub fn into_output(self, session: &Session, schema: Option<&Schema>) -> Value {
        let mapper = AccountMapper::new(&session.table, &session.config.profile, schema);
        let shows_groups = mapper.wants_groups();
        let mut account = mapper.map(&resource::id(&self.user).unwrap_or_default(), &self.user);
        if shows_groups {
            account.attributes.insert("groups".to_owned(), json!(self.groups));
        }
        with_results(session, json!(account), self.problems)
    }
}

impl Updating<'_> {
    /// Makes the changes to `user`, a user as the provider has it.
    ///
    /// # Errors
    /// When the changes cannot be made as they are, and nothing was sent; or when the user itself could not be changed.
    pub async fn run(&self, user: Value, changes: &[Change]) -> Result<Outcome, Failure> {
        let before = account(self.session, &user, None, self.doing).await?;
        let profiles = self.profiles(changes).await?;
        let (table, provider) = (&self.session.table, &self.session.config.profile);
        let update = Update::plan(changes, &before.attributes, table, provider, &profiles).map_err(unusable)?;
        if update.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        let attributes = update.grants.iter().map(|grants| grants.column.name.as_str());
        refuse_read_only(self.session, attributes, self.doing)?;
        self.check_ids(&update).await?;
        let mut writer = Writer::new(self.session, self.is_dry);
        self.change_user(&mut writer, &update, &user).await?;
        let (groups, joined) = self.join(&mut writer, &update, &before.identity, &display(&user)).await;
        if writer.is_dry() {
            return Ok(Outcome::Shown(writer.into_shown()));
        }
        let user = self.read_back(&before.identity).await?;
        let user = self.insist(&mut writer, &update, user).await?;
        let mut problems = self.shortfalls(&update, &before, &user);
        let groups = groups_after(self.session, &before, &user, &groups);
        problems.extend(joined.problems);
        Ok(Outcome::Changed(Changed { user, groups, problems, harm: joined.emptied, asked: update.len() }))
    }

    /// Changes the memberships, in groups first. Gives back what was done of those, and what there is to say of all.
    async fn join(&self, writer: &mut Writer<'_>, update: &Update, user: &str, display: &str) -> (Delta, Joined) {
        let (mut groups, mut all) = (Delta::default(), Joined::default());
        for (kind, grants) in self.grants(update) {
            let (Some(list), Some(endpoint)) = (kind.members(), &kind.endpoint) else { continue };
            let endpoint = &if &*kind.name == GROUP { of_groups(self.session) } else { Arc::clone(endpoint) };
            let (session, doing, attribute) = (self.session, self.doing, &*grants.column.name);
            let joining = Joining { session, doing, kind, endpoint, list, attribute, user, display };
            let mut joined = joining.run(writer, &grants.delta).await;
            if &*kind.name == GROUP {
                groups = joined.done;
            }
            all.problems.append(&mut joined.problems);
            all.emptied.append(&mut joined.emptied);
        }
        (groups, all)
    }

    /// What is granted and revoked, with the type it is of.
    fn grants<'b>(&'b self, update: &'b Update) -> impl Iterator<Item = (&'b Kind, &'b Grants)> {
        let kinds = &self.session.kinds;
        update.grants.iter().filter_map(|grants| Some((&**kinds.of_column(&grants.column)?, grants)))
    }

    /// Those that are changed in the user itself, with the path.
    fn at_user<'b>(&'b self, update: &'b Update) -> impl Iterator<Item = (&'b Path, &'b Grants)> {
        let granted = self.grants(update).filter(|(kind, _)| kind.grants == Place::AtUser);
        granted.filter_map(|(_, grants)| Some((grants.column.write.as_ref()?, grants)))
    }

    async fn profiles(&self, changes: &[Change]) -> Result<ProfileIds, Failure> {
        let mut ids = ProfileIds::default();
        if !self.session.config.profile.has_profiles() {
            return Ok(ids);
        }
        if let Some(name) = profile_named(changes, &self.session.table) {
            ids.set = Some(profile_id(self.session, &name, self.doing).await?);
        }
        let may_lose = may_lose_profile(changes, &self.session.config.profile);
        if let Some(name) = self.session.config.provisioning.profile_on_revoke.as_ref().filter(|_| may_lose) {
            ids.on_revoke = Some(profile_id(self.session, name, self.doing).await?);
        }
        Ok(ids)
    }

    /// Everything that is to be granted must exist before anything is sent.
    async fn check_ids(&self, update: &Update) -> Result<(), Failure> {
        let mut problems = Vec::new();
        for (kind, grants) in self.grants(update) {
            let Some(endpoint) = &kind.endpoint else { continue };
            for id in &grants.delta.add {
                let says = match find(self.session, endpoint, id, self.doing).await? {
                    Lookup::Found(found) if kind.is_foreign(&found) => format!("is not of the type {}", kind.name),
                    Lookup::Found(_) => continue,
                    Lookup::Absent => "does not exist at the provider".to_owned(),
                };
                problems.push((grants.column.name.clone(), format!("has \"{id}\", which {says}")));
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(unusable(UpdateError { problems })) }
    }

    /// One PATCH with everything that changes in the user itself; where the provider has no PATCH, the whole user.
    async fn change_user(&self, writer: &mut Writer<'_>, update: &Update, user: &Value) -> Result<(), Failure> {
        let others = self.written();
        let assignments = assignments(update, &others);
        let mut operations = patch::operations(self.form(), &assignments, user);
        let attributes = operations.clone();
        operations.extend(self.grant_operations(update, user));
        if operations.is_empty() {
            return Ok(());
        }
        let (users, id) = (self.users(), resource::id(user).unwrap_or_default());
        if self.session.config.profile.writing.replaces_users {
            return self.replace_user(writer, update, &id).await;
        }
        let patch =
            |operations: &[Value]| self.session.client.patch(users, &id, operations).map_err(|error| self.fail(error));
        match writer.send_and_look(patch(&operations)?).await {
            Ok(_) => Ok(()),
            Err(error) if is_status(&error, &[405, 501]) => self.replace_user(writer, update, &id).await,
            Err(error) if is_status(&error, &[400]) && self.has_wrapped_removal(update) => {
                let granted =
                    self.at_user(update).map(|(path, grants)| patch::grant(self.form(), path, &grants.delta.add));
                let revoked =
                    self.at_user(update).map(|(path, grants)| patch::revoke_by_path(path, &grants.delta.remove, user));
                let operations =
                    std::iter::once(attributes).chain(granted).chain(revoked).flatten().collect::<Vec<_>>();
                let is_done = writer.send_and_look(patch(&operations)?).await.is_ok()
                    || self.replace_user(writer, update, &id).await.is_ok();
                if is_done { Ok(()) } else { Err(self.fail(error)) }
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Whether something is revoked in Salesforce's form, of which it is not documented that it is taken.
    fn has_wrapped_removal(&self, update: &Update) -> bool {
        let is_wrapped = |grants: &Grants| !is_whole(update, grants) && !grants.delta.remove.is_empty();
        self.form() == PatchForm::Values && self.at_user(update).any(|(_, grants)| is_wrapped(grants))
    }

    /// PUT of the user with the changes made, as it is by now: one at a time, since two at once would undo each other.
    async fn replace_user(&self, writer: &mut Writer<'_>, update: &Update, id: &str) -> Result<(), Failure> {
        let _alone = self.session.source.replacing.lock().await;
        let user = self.session.client.read_whole(self.users(), id).await.map_err(|error| self.fail(error))?;
        let others = self.written();
        let mut assignments = assignments(update, &others);
        assignments.extend(self.at_user(update).map(|(write, Grants { column, delta })| {
            let mut ids = held(column, &user);
            ids.retain(|id| !delta.remove.contains(id));
            ids.extend(delta.add.iter().cloned());
            Assignment { read: &column.read, write, value: Some(ids.into()), others: &others }
        }));
        let mut changed = patch::assigned(&assignments, &user);
        if let Some(members) = changed.as_object_mut() {
            let read_only = &self.session.config.profile.writing.read_only;
            members.retain(|name, _| !read_only.iter().any(|own| name.eq_ignore_ascii_case(own)));
        }
        let request = self.session.client.replacement(self.users(), id, &changed).map_err(|error| self.fail(error))?;
        writer.send_and_look(request).await.map(drop).map_err(|error| self.fail(error))
    }

    /// All entitlements are sent where the profile changes; else what is granted and revoked, by value.
    fn grant_operations(&self, update: &Update, user: &Value) -> Vec<Value> {
        let form = self.form();
        let mut operations = Vec::new();
        for (path, grants) in self.at_user(update) {
            let Delta { add, remove } = &grants.delta;
            match &update.all_entitlements {
                Some(all) if form == PatchForm::Values && is_whole(update, grants) => {
                    operations.push(json!({"op": "replace", "value": {"entitlements": values(all)}}));
                }
                _ => {
                    operations
                        .extend([patch::grant(form, path, add), patch::revoke(form, path, remove, user)].concat());
                }
            }
        }
        operations
    }

    /// How entitlements are removed in Salesforce's form is not documented. Where the first form did nothing, the second
    /// is tried, then the whole user.
    async fn insist(&self, writer: &mut Writer<'_>, update: &Update, user: Value) -> Result<Value, Failure> {
        let remains = |user: &Value| -> Vec<Value> {
            let of = |(path, grants): (&Path, &Grants)| {
                let held = held(&grants.column, user);
                let left: Vec<String> = grants.delta.remove.iter().filter(|id| held.contains(id)).cloned().collect();
                patch::revoke_by_path(path, &left, user)
            };
            self.at_user(update).flat_map(of).collect()
        };
        let left = remains(&user);
        if left.is_empty() || self.form() != PatchForm::Values {
            return Ok(user);
        }
        let id = resource::id(&user).unwrap_or_default().into_owned();
        let request = self.session.client.patch(self.users(), &id, &left).map_err(|error| self.fail(error))?;
        let mut user = user;
        if writer.send_and_look(request).await.is_ok() {
            user = self.read_back(&id).await?;
        }
        if !remains(&user).is_empty() && self.replace_user(writer, update, &id).await.is_ok() {
            user = self.read_back(&id).await?;
        }
        Ok(user)
    }

    /// What the provider accepted and did not do. A value that was taken away may leave another in its place: the next
    /// address of several.
    fn shortfalls(&self, update: &Update, before: &Account, user: &Value) -> Vec<(String, Failure)> {
        let mapper = AccountMapper::new(&self.session.table, &self.session.config.profile, None);
        let now = mapper.map(&resource::id(user).unwrap_or_default(), user).attributes;
        let mut problems = Vec::new();
        for (column, wanted) in &update.attributes {
            let name = &column.name;
            let is = now.get(name);
            let is_done = agree(column, is, wanted.as_ref())
                || (wanted.is_none() && !agree(column, is, before.attributes.get(name)));
            if column.is_shown() && !is_done {
                let shown = is.map_or("no value".to_owned(), ToString::to_string);
                let state = if agree(column, is, before.attributes.get(name)) { "still" } else { "now" };
                problems.push((name.clone(), self.not_changed(&format!("{name} is {state} {shown}"))));
            }
        }
        for (_, Grants { column, delta }) in self.at_user(update) {
            let held = held(column, user);
            let granted = delta.add.iter().filter(|id| !held.contains(id)).map(|id| (id, "not granted"));
            let revoked = delta.remove.iter().filter(|id| held.contains(id)).map(|id| (id, "still held"));
            for (id, state) in granted.chain(revoked) {
                problems.push((column.name.clone(), self.not_changed(&format!("{id} is {state}"))));
            }
        }
        problems
    }

    fn not_changed(&self, problem: &str) -> Failure {
        refuse(own::NOT_CHANGED, self.doing, &[("problem", problem)])
    }

    async fn read_back(&self, id: &str) -> Result<Value, Failure> {
        let doing = format!("{} (reading it back after the change)", self.doing);
        self.session.client.read(self.users(), id).await.map_err(|error| translate(&doing, error))
    }

    /// Where the table's attributes are written.
    fn written(&self) -> Vec<&Path> {
        self.session.table.columns().iter().filter_map(|column| column.write.as_ref()).collect()
    }

    fn users(&self) -> &Endpoint {
        &self.session.config.profile.users
    }

    fn form(&self) -> PatchForm {
        self.session.config.profile.writing.patch
    }

    fn fail(&self, error: crate::scim::Error) -> Failure {
        translate(self.doing, error)
    }
}

/// `others`: where the attributes of the table are written.
fn assignments<'a>(update: &'a Update, others: &'a [&'a Path]) -> Vec<Assignment<'a>> {
    let assigned = update.attributes.iter().filter_map(|(column, value)| {
        let write = column.write.as_ref()?;
        Some(Assignment { read: &column.read, write, value: value.clone(), others })
    });
    assigned.collect()
}

/// What people call a user: its display name, else its user name.
fn display(user: &Value) -> String {
    let text = |name: &str| resource::get(user, name).and_then(resource::text).filter(|text| !text.trim().is_empty());
    text("displayName").or_else(|| text("userName")).unwrap_or_default().into_owned()
}

/// Whether all entitlements are sent, and not only what changes.
fn is_whole(update: &Update, grants: &Grants) -> bool {
    update.all_entitlements.is_some() && grants.column.entitlement.as_deref() == Some(ENTITLEMENT)
}

fn values(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({"value": id})).collect()
}

/// The ids that a user has in an entitlement attribute.
fn held(column: &Column, user: &Value) -> Vec<String> {
    let values = column.read.iter().flat_map(|path| path.values(user));
    values.filter_map(resource::text).map(String::from).collect()
}

/// The account with a result for each attribute that did not become what was asked for.
pub(super) fn with_results(session: &Session, mut account: Value, problems: Vec<(String, Failure)>) -> Value {
    let result = |(attribute, failure): (String, Failure)| json!({"attribute": attribute, "status": "error", "messages": [{"level": "ERROR", "message": session.message(failure)}]});
    if let Some(members) = account.as_object_mut()
        && !problems.is_empty()
    {
        members.insert("results".to_owned(), problems.into_iter().map(result).collect());
    }
    account
}

/// Changes that cannot be made.
pub(super) fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    refuse(own::INVALID_INPUT, "", &[("problem", &error.to_string())]).caused_by(error)
}
