//! `std:account:create`: one POST, what is granted after it, then the account as read back.
//!
//! It may be sent twice, also by another process: an account that is just what was asked for and new counts as created by
//! the call before, whose answer was lost.

use super::error::{own, refuse, translate};
use super::existing::{Existing, judge};
use super::groups::account;
use super::kinds::refuse_read_only;
use super::lookup::{is_name_taken, is_taken, user_named};
use super::profiles::profile_id;
use super::session::Session;
use super::sweep::membership_sources;
use super::updating::{Outcome, Updating, unusable, with_results};
use super::writer::Writer;
use crate::mapping::table::{Column, GROUPS};
use crate::mapping::{Account, AccountMapper, Creation, agree};
use crate::protocol::{AccountCreate, Action, Change, Failure, dry_run};
use crate::scim::{self, resource};
use crate::transport::Fault;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use std::time::Duration;

/// When to look whether a creation was carried out whose answer was lost.
const LOOKS: [Duration; 4] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    let is_dry = dry_run(&input)?;
    let input = AccountCreate::parse(&input)?;
    let mut creation = Creation::parse(&input.attributes, &session.table, &session.config.profile).map_err(unusable)?;
    let Some(user_name) = creation.user_name().map(str::to_owned) else {
        let problem = "input.attributes.userName is missing: it must be the new account's user name";
        return Err(refuse(own::INVALID_INPUT, "", &[("problem", problem)]));
    };
    let doing = format!("Creating {user_name}");
    let new = New { session: &session, doing: &doing, user_name: &user_name, input: &input, is_dry };
    let profile = new.profile(&creation).await?;
    let later = creation.split_grants(&session.config.profile);
    let asked = creation.attributes().to_vec();
    refuse_read_only(&session, later.iter().map(|change| change.attribute.as_str()), &doing)?;
    let body = creation.into_user(profile, &session.config.profile).map_err(unusable)?;
    match user_named(&session, &user_name, &doing).await? {
        Some(user) => new.take_existing(user, &later).await,
        None => new.create(&body, &asked, &later).await,
    }
}

/// An attribute that was asked for.
type Asked = (Arc<Column>, Value);

/// An attribute that did not become what was asked for.
type Problem = (String, Failure);

/// One creation.
struct New<'a> {
    session: &'a Session,
    doing: &'a str,
    user_name: &'a str,
    input: &'a AccountCreate,
    is_dry: bool,
}

impl New<'_> {
    /// The id of the new account's profile: the plan's, else the setting's.
    async fn profile(&self, creation: &Creation) -> Result<Option<String>, Failure> {
        let provider = &self.session.config.profile;
        if !provider.has_profiles() {
            return Ok(None);
        }
        let named = creation.profile.as_ref();
        if named.is_none() && creation.has_profile(provider) {
            return Ok(None);
        }
        let Some(name) = named.or(self.session.config.provisioning.default_profile.as_ref()) else {
            return Err(refuse(own::PROFILE_NOT_NAMED, self.doing, &[]));
        };
        profile_id(self.session, name, self.doing).await.map(Some)
    }

    async fn create(&self, body: &Value, asked: &[Asked], later: &[Change]) -> Result<Vec<Value>, Failure> {
        let fail = |error| translate(self.doing, error);
        let request = self.session.client.creation(&self.session.config.profile.users, body).map_err(fail)?;
        let mut writer = Writer::new(self.session, self.is_dry);
        let created = match writer.send_and_look(request.clone()).await {
            Err(error) if is_unknown(&error) => match self.look_for_it().await {
                Ok(Some(user)) => Ok(user),
                // The connection broke, and there is no such user. User names are unique, so a second try is safe.
                Ok(None) if is_broken(&error) => match writer.send_and_look(request).await {
                    // The first may have been carried out where look-ups do not show it.
                    Err(again) if is_taken(&again) && !matches!(self.look_for_it().await, Ok(Some(_))) => Err(error),
                    answered => answered,
                },
                // A look-up that failed says nothing of the creation.
                Ok(None) | Err(_) => Err(error),
            },
            answered => answered,
        };
        if writer.is_dry() {
            return Ok(shown(writer.into_shown(), later));
        }
        match created {
            Ok(created) => {
                let (user, is_whole) = self.read_back(created).await?;
                let asked = if is_whole { asked } else { &[] };
                let problems = self.shortfalls(asked, &user);
                self.finish(user, &[], later, problems).await
            }
            Err(error) if is_taken(&error) => match user_named(self.session, self.user_name, self.doing).await? {
                Some(user) => self.take_existing(user, later).await,
                None => Err(self.taken_elsewhere(error)),
            },
            Err(error) => Err(fail(error)),
        }
    }

    /// Whether a creation whose answer was lost was carried out.
    async fn look_for_it(&self) -> Result<Option<Value>, Failure> {
        let mut seen = Ok(None);
        for delay in LOOKS {
            tokio::time::sleep(delay).await;
            seen = user_named(self.session, self.user_name, self.doing).await;
            if let Ok(Some(_)) = seen {
                break;
            }
        }
        seen
    }

    /// The user of that name is there already.
    async fn take_existing(&self, user: Value, later: &[Change]) -> Result<Vec<Value>, Failure> {
        let existing = account(self.session, &user, None, self.doing).await?;
        match judge(self.session, &self.input.attributes, &existing, &user) {
            Existing::JustCreated => self.finish(user, &[], later, Vec::new()).await,
            Existing::Adopt(changes) => self.finish(user, &changes, later, Vec::new()).await,
            Existing::Foreign(why) => {
                Err(refuse(own::ALREADY_THERE, self.doing, &[("user", self.user_name), ("problem", &why)]))
            }
        }
    }

    /// Makes an adopted account what was asked for, grants what is granted after the user was made, and gives the account
    /// as it is then. The account is there: a grant that fails must not look like a refusal. `problems` are known before.
    async fn finish(
        &self,
        mut user: Value,
        adopted: &[Change],
        later: &[Change],
        mut problems: Vec<Problem>,
    ) -> Result<Vec<Value>, Failure> {
        let updating = Updating { session: self.session, doing: self.doing, is_dry: self.is_dry };
        let mut requests = Vec::new();
        let steps = std::iter::once(adopted).filter(|changes| !changes.is_empty());
        for changes in steps.chain(later.chunks(1)) {
            match updating.run(user.clone(), changes).await {
                Ok(Outcome::Unchanged) => {}
                Ok(Outcome::Shown(shown)) => requests.extend(shown),
                Ok(Outcome::Changed(changed)) => {
                    problems.extend(changed.problems);
                    user = changed.user;
                }
                Err(failure) if changes == adopted => return Err(failure),
                Err(failure) => {
                    // Each step is one change, since those that were adopted went before.
                    problems.extend(changes.first().map(|change| (change.attribute.clone(), failure)));
                }
            }
        }
        if self.is_dry {
            return Ok(requests);
        }
        let account = match account(self.session, &user, self.input.schema.as_ref(), self.doing).await {
            Ok(account) => account,
            Err(failure) => {
                let account = self.without_memberships(&user);
                if account.misfit.is_some() {
                    return Err(failure);
                }
                if !problems.iter().any(|(attribute, _)| attribute == GROUPS) {
                    problems.push((GROUPS.to_owned(), failure));
                }
                account
            }
        };
        Ok(vec![with_results(self.session, json!(account), problems)])
    }

    /// The account as far as the user itself tells, where the groups cannot be asked.
    fn without_memberships(&self, user: &Value) -> Account {
        let (session, schema) = (self.session, self.input.schema.as_ref());
        let (_, reads_own) = membership_sources(session);
        let mapper = AccountMapper::new(&session.table, &session.config.profile, schema);
        mapper.with_memberships(Arc::default(), reads_own).map(&resource::id(user).unwrap_or_default(), user)
    }

    /// What the provider took and did not keep.
    fn shortfalls(&self, asked: &[Asked], user: &Value) -> Vec<Problem> {
        let mapper = AccountMapper::new(&self.session.table, &self.session.config.profile, None);
        let now = mapper.map(&resource::id(user).unwrap_or_default(), user).attributes;
        let shortfall = |(column, wanted): &Asked| {
            let (name, is) = (&column.name, now.get(&column.name));
            let is_kept = !column.is_shown() || agree(column, is, Some(wanted));
            let problem = is.map_or_else(|| format!("{name} has no value"), |is| format!("{name} is {is}"));
            (!is_kept).then(|| (name.clone(), refuse(own::NOT_CHANGED, self.doing, &[("problem", &problem)])))
        };
        asked.iter().filter_map(shortfall).collect()
    }

    /// The user as the provider has it now, and whether that is all of it. What the provider answered to the creation is the
    /// user too; some show it elsewhere only after a while.
    async fn read_back(&self, created: Value) -> Result<(Value, bool), Failure> {
        let Some(id) = resource::id(&created).map(String::from) else {
            let found = self.look_for_it().await.ok().flatten();
            return found.map(|user| (user, true)).ok_or_else(|| refuse(own::NOT_SHOWN, self.doing, &[]));
        };
        match self.session.client.read(&self.session.config.profile.users, &id).await {
            Ok(user) => Ok((user, true)),
            Err(error) => {
                tracing::warn!(%error, "the new account could not be read back; what the provider answered to the creation is used");
                Ok((created, false))
            }
        }
    }

    /// A conflict, and nobody to be seen with that user name. That it is the name is sure only where the provider says so.
    fn taken_elsewhere(&self, error: scim::Error) -> Failure {
        if !is_name_taken(&error) {
            return translate(self.doing, error);
        }
        let place = if self.session.config.profile.has_profiles() {
            "in another Salesforce org: user names are unique across all of them"
        } else {
            "by a user that the provider does not show to this connector"
        };
        let values = [("user", self.user_name), ("problem", place)];
        refuse(own::USER_NAME_TAKEN_ELSEWHERE, self.doing, &values).caused_by(error)
    }
}

/// A dry run's requests, with what would be granted to the user that is not there yet.
fn shown(mut requests: Vec<Value>, later: &[Change]) -> Vec<Value> {
    requests.extend(later.iter().filter_map(|change| match &change.action {
        Action::Add(ids) => Some(json!({"after": "the creation", "attribute": change.attribute, "add": ids})),
        _ => None,
    }));
    requests
}

fn is_unknown(error: &scim::Error) -> bool {
    matches!(error, scim::Error::Send(error) if error.outcome_unknown)
}

fn is_broken(error: &scim::Error) -> bool {
    matches!(error, scim::Error::Send(error) if matches!(error.fault, Fault::Broken(_)))
}
