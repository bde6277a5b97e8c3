//! How a list is read: as a whole, or by what changed. Asked of the provider first, who may know no such filter.

use super::ids::Ids;
use super::seen::{Seen, of_id};
use super::state::{OVERLAP, State};
use super::tracker::{Tracker, last_modified, modified};
use super::{Asked, Delta, Misses};
use crate::connector::error::translate;
use crate::connector::lookup::is_status;
use crate::connector::session::Session;
use crate::protocol::Failure;
use crate::scim::Error;
use crate::scim::filter::{at_least, greater, to_query};
use crate::scim::provider::Endpoint;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use scim_v2::filter::Filter;
use serde_json::Value;
use std::collections::BTreeSet;

/// How a list is read.
pub enum Reading {
    All,
    /// By this filter, which is met by what has changed.
    Changed(Filter),
}

/// What providers answer to a filter that they do not know. Anything else is a failure like any other.
const UNKNOWN: &[u16] = &[400, 404, 405, 413, 414, 422, 501];

/// No object is changed so far in the future.
const NEVER: TimeDelta = TimeDelta::days(3_650);

impl Delta {
    /// Decides how the list is read, and makes the tracker that goes with it. `filter` is the source's own.
    ///
    /// # Errors
    /// When the provider cannot be asked.
    pub async fn begin(
        self,
        session: &Session,
        doing: &str,
        endpoint: &Endpoint,
        filter: Option<&Filter>,
    ) -> Result<(Option<Tracker>, Reading), Failure> {
        let Some(asked) = self.0 else { return Ok((None, Reading::All)) };
        let (mut tracker, is_of_use) = tracker(session, &asked);
        let prober = Prober { session, doing, endpoint, own: filter };
        let mut reading = Reading::All;
        if is_of_use {
            match prober.decide(&mut tracker, asked.misses, asked.told.since.as_deref()).await? {
                Ok(changed) => reading = Reading::Changed(changed),
                Err(why) => tracing::info!(why, "everything is read, though a state came with the command"),
            }
        }
        if asked.entitlement_type.is_none() {
            tracker.told = session.source.told.list_begins(&asked.told);
        }
        tracker.reads_all = matches!(reading, Reading::All);
        tracker.start();
        if tracker.now.is_none() {
            let (now, _) = prober.ask(None).await.map_err(|error| translate(doing, error))?;
            tracker.now = now;
        }
        Ok((Some(tracker), reading))
    }
}

/// A tracker that reads everything, and whether there is a state by which it could read less.
fn tracker(session: &Session, asked: &Asked) -> (Tracker, bool) {
    let before = asked.state.as_ref().map(|state| State::read(state, &asked.of));
    let before = before.and_then(|read| {
        let refused = |why: &&str| {
            tracing::warn!(
                why,
                "the state that came with the command is of no use: everything is listed, and what was deleted since is not told"
            );
        };
        read.inspect_err(refused).ok()
    });
    let is_of_use = before.is_some();
    let mut before = before.unwrap_or_default();
    let told = asked.told.since.as_ref().filter(|_| asked.entitlement_type.is_none());
    for account in told.into_iter().flatten() {
        before.seen.remove(of_id(account));
        if let Some(ids) = &mut before.ids {
            ids.insert(account);
        }
    }
    let memberships = if let Misses::Memberships(digest) = asked.misses { Some(digest) } else { None };
    let tracker = Tracker {
        of: asked.of.clone(),
        question: String::new(),
        entitlement_type: asked.entitlement_type.clone(),
        before,
        reads_all: true,
        is_difference: false,
        now: None,
        clock: session.source.clock.now(),
        told: String::new(),
        memberships,
        seen: Seen::default(),
        ids: session.config.delta.finds_deletions.then(Ids::default),
        taken: BTreeSet::new(),
        latest: None,
        has_undated: false,
        left_out: 0,
        unchanged: 0,
        sent: 0,
    };
    (tracker, is_of_use)
}

struct Prober<'a> {
    session: &'a Session,
    doing: &'a str,
    endpoint: &'a Endpoint,
    /// The source's own filter.
    own: Option<&'a Filter>,
}

impl Prober<'_> {
    /// The filter of what changed, or why all is to be read.
    async fn decide(
        &self,
        tracker: &mut Tracker,
        misses: Misses,
        told: Option<&[Box<str>]>,
    ) -> Result<Result<Filter, &'static str>, Failure> {
        let Some(start) = tracker.start_of_changes() else {
            return Ok(Err("not all objects said when they were changed"));
        };
        if tracker.ids.is_some() && tracker.before.ids.is_none() {
            return Ok(Err("deltaDeletions is new, and the state has no ids"));
        }
        let why = match misses {
            Misses::Memberships(_) if tracker.before.memberships.is_none() => {
                Some("accounts show groups that the groups do not tell of, and may change them unseen")
            }
            Misses::Memberships(digest) if tracker.before.memberships != Some(digest) => {
                Some("memberships have changed")
            }
            Misses::Memberships(_) if told.is_none_or(|told| !told.is_empty()) => {
                Some("the platform may have been told of other memberships since, by a command or by another list")
            }
            Misses::Nothing | Misses::Memberships(_) => None,
            Misses::Values => Some("accounts show what may change without meta.lastModified"),
        };
        if let Some(why) = why {
            // Then all is read, and only what differs goes out, as long as all that was sent is known.
            tracker.is_difference = tracker.before.seen.is_whole() && told.is_some();
            return Ok(Err(why));
        }
        let changed = self.with_own(at_least(last_modified(), &written(start)));
        if !self.endpoint.filters.understand(&changed) {
            return Ok(Err("the provider knows no filter for meta.lastModified"));
        }
        if let Some(why) = self.probe(tracker).await? {
            return Ok(Err(why));
        }
        tracker.is_difference = true;
        Ok(Ok(changed))
    }

    /// Why the provider's filters for `meta.lastModified` are not believed, if they are not.
    async fn probe(&self, tracker: &mut Tracker) -> Result<Option<&'static str>, Failure> {
        const UNBELIEVED: &str = "the provider refuses or ignores filters for meta.lastModified";
        tracker.question = format!("{} {}", self.endpoint.path, self.own.map(to_query).unwrap_or_default());
        let filters = &self.session.source.filters_changes;
        let known = filters.get(&tracker.question);
        if known == Some(false) {
            return Ok(Some(UNBELIEVED));
        }
        let since = tracker.before.since.unwrap_or(tracker.clock);
        let never = since.max(tracker.clock).checked_add_signed(NEVER).unwrap_or(DateTime::<Utc>::MAX_UTC);
        match self.ask(Some(self.with_own(greater(last_modified(), &written(never))))).await {
            Ok((now, found)) if found.is_empty() => tracker.now = now,
            Ok(_) => {
                filters.learn(&tracker.question, false);
                return Ok(Some(UNBELIEVED));
            }
            Err(error) if is_status(&error, UNKNOWN) => {
                filters.learn(&tracker.question, false);
                return Ok(Some(UNBELIEVED));
            }
            Err(error) => return Err(translate(self.doing, error)),
        }
        if tracker.now.is_some_and(|now| since.signed_duration_since(now) > OVERLAP) {
            return Ok(Some("the state is of a time that the provider's clock has not reached"));
        }
        if known == Some(true) {
            return Ok(None);
        }
        match self.ask(Some(self.with_own(at_least(last_modified(), &written(DateTime::UNIX_EPOCH))))).await {
            // Nothing may be what there is.
            Ok((_, found)) if found.is_empty() => Ok(Some("no object is found by its meta.lastModified")),
            Ok((_, found)) => {
                let is_dated = found.iter().all(|one| modified(one).is_some());
                filters.learn(&tracker.question, is_dated);
                Ok((!is_dated).then_some("objects do not say when they were changed"))
            }
            Err(error) if is_status(&error, UNKNOWN) => {
                filters.learn(&tracker.question, false);
                Ok(Some(UNBELIEVED))
            }
            Err(error) => Err(translate(self.doing, error)),
        }
    }

    fn with_own(&self, changed: Filter) -> Filter {
        match self.own {
            Some(own) => Filter::and(own.clone(), changed),
            None => changed,
        }
    }

    /// One object, and the time that the answer bears.
    async fn ask(&self, filter: Option<Filter>) -> Result<(Option<DateTime<Utc>>, Vec<Value>), Error> {
        self.session.client.first_dated(self.endpoint, filter.as_ref(), 1).await
    }
}

/// As it stands in a filter: whole seconds, the earlier ones.
fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
