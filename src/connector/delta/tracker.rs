//! One list under way: what it has of each object, what of it goes out, and the state that comes of it.

use super::ids::Ids;
use super::seen::{Seen, of_id, of_line};
use super::state::{OVERLAP, State};
use crate::connector::session::Session;
use crate::protocol::Event;
use crate::scim::{Json, Plan, resource};
use chrono::{DateTime, Utc};
use scim_v2::filter::AttrPath;
use std::collections::BTreeSet;

const META: &str = "meta";
const LAST_MODIFIED: &str = "lastModified";

/// What is to be known of an object besides its line.
#[derive(Debug, Clone)]
pub struct Mark {
    id: Box<str>,
    id_hash: u64,
    line_hash: u32,
    modified: Option<DateTime<Utc>>,
    /// Whether no filter string leaves it out.
    is_kept: bool,
    has_untold_groups: bool,
}

impl Mark {
    /// What it looks at in an object.
    pub fn plan() -> Plan {
        Plan::id().with_member(&[META, LAST_MODIFIED])
    }

    /// `line` is empty where a filter string leaves it out.
    pub fn new<'v>(id: &str, found: impl Json<'v>, line: &[u8], has_untold_groups: bool) -> Self {
        Self {
            id: id.into(),
            id_hash: of_id(id),
            line_hash: of_line(line),
            modified: modified(found),
            is_kept: !line.is_empty(),
            has_untold_groups,
        }
    }
}

impl Mark {
    /// Whether the object says when it was changed.
    pub fn is_dated(&self) -> bool {
        self.modified.is_some()
    }
}

/// When an object was changed last, if it says so.
pub fn modified<'v>(found: impl Json<'v>) -> Option<DateTime<Utc>> {
    let date = resource::text(resource::get(resource::get(found, META)?, LAST_MODIFIED)?)?;
    DateTime::parse_from_rfc3339(&date).ok().map(Into::into)
}

/// `meta.lastModified`
pub fn last_modified() -> AttrPath {
    AttrPath::with_sub_attr(META, LAST_MODIFIED)
}

/// A list under way.
pub struct Tracker {
    pub(super) of: String,
    /// What was asked of the provider to find out whether it finds objects by their last change.
    pub(super) question: String,
    pub(super) entitlement_type: Option<String>,
    /// What the last list left, where it is of use.
    pub(super) before: State,
    /// Whether all objects are read, not only those that changed.
    pub(super) reads_all: bool,
    /// Whether what the platform has as it is now is left out.
    pub(super) is_difference: bool,
    /// The provider's time before the list was read.
    pub(super) now: Option<DateTime<Utc>>,
    /// Ours.
    pub(super) clock: DateTime<Utc>,
    /// For the state.
    pub(super) told: String,
    /// Of what the groups showed.
    pub(super) memberships: Option<u64>,
    pub(super) seen: Seen,
    pub(super) ids: Option<Ids>,
    /// The ids of what came, where deletions are told after a list of changes.
    pub(super) taken: BTreeSet<Box<str>>,
    /// When the last of all objects was changed.
    pub(super) latest: Option<DateTime<Utc>>,
    /// Whether some object does not say when it was changed.
    pub(super) has_undated: bool,
    /// Changed objects that a filter string leaves out.
    pub(super) left_out: u64,
    /// Objects that the platform has as they are.
    pub(super) unchanged: u64,
    pub(super) sent: u64,
}

impl Tracker {
    /// Whether the object's line goes out. From now on the platform has it, or has it no more.
    pub fn take(&mut self, mark: &Mark) -> bool {
        self.latest = self.latest.max(mark.modified);
        self.has_undated |= mark.modified.is_none();
        if mark.has_untold_groups {
            self.memberships = None;
        }
        if !mark.is_kept {
            self.left_out += 1;
            self.seen.remove(mark.id_hash);
            if let Some(ids) = &mut self.ids {
                ids.remove(&mark.id);
            }
            return false;
        }
        self.seen.put(mark.id_hash, mark.line_hash, mark.modified.map_or(i64::MIN, |modified| modified.timestamp()));
        if let Some(ids) = &mut self.ids {
            ids.insert(&mark.id);
            if !self.reads_all {
                self.taken.insert(mark.id.clone());
            }
        }
        // What was changed after the state was made may have been told otherwise meanwhile, by a command or by a list that
        // failed: that it is as it was in the state does not say that the platform has it so.
        let is_older = mark.modified.is_some_and(|modified| Some(modified) <= self.before.since);
        let is_same = self.is_difference && is_older && self.before.seen.has(mark.id_hash, mark.line_hash);
        *(if is_same { &mut self.unchanged } else { &mut self.sent }) += 1;
        !is_same
    }

    pub fn reads_all(&self) -> bool {
        self.reads_all
    }

    /// How many the platform has, as far as it is known.
    pub fn known(&self) -> Option<u64> {
        let before = self.before.ids.as_ref().and_then(Ids::kept);
        before.map(|ids| ids.len() as u64)
    }

    /// The provider does not do what the filter says, now and later: all is to be read after all.
    pub fn distrust(&mut self, session: &Session) {
        tracing::warn!(
            "the provider gave objects that have not changed when it was asked for those that have: everything is read"
        );
        session.source.filters_changes.learn(&self.question, false);
        self.reads_all = true;
        self.is_difference = false;
        self.start();
    }

    /// Nothing came. Yet what was changed last has not changed since, unless it is gone: all is read to find out.
    pub fn doubt(&mut self) {
        tracing::info!("not even what was changed last came when changes were asked for: everything is read");
        self.reads_all = true;
        self.start();
    }

    /// Whether an object came.
    pub fn has_taken(&self) -> bool {
        self.sent + self.unchanged + self.left_out > 0
    }

    /// Begins with nothing, or with what the last list left.
    pub(super) fn start(&mut self) {
        self.seen = if self.reads_all { Seen::default() } else { self.before.seen.clone() };
        self.ids = self.ids.as_ref().map(|_| match &self.before.ids {
            Some(ids) if !self.reads_all => ids.clone(),
            _ => Ids::default(),
        });
        self.has_undated = false;
    }

    /// What the platform had, as far as it is known, and has no more.
    pub(super) fn gone(&self) -> Vec<String> {
        let before = self.before.ids.as_ref().and_then(Ids::kept);
        let (Some(before), Some(now)) = (before, &self.ids) else { return Vec::new() };
        let none = BTreeSet::new();
        before.difference(now.kept().unwrap_or(&none)).cloned().collect()
    }

    /// The state, when the list is complete.
    pub fn end(self) -> Event {
        let since = self.since();
        if self.reads_all {
            let (sent, unchanged) = (self.sent, self.unchanged);
            tracing::info!(sent, unchanged, since = ?since, "everything was read; the state says since when changes can be asked for");
        } else {
            let (sent, unchanged, left_out) = (self.sent, self.unchanged, self.left_out);
            tracing::info!(sent, unchanged, left_out, since = ?since, "changes complete");
            if left_out > 0 && self.ids.is_none() {
                tracing::warn!(
                    left_out,
                    "changed objects are left out by the filter string: those that the platform has stay there until a list without a state, or with deltaDeletions"
                );
            }
        }
        let memberships = self.memberships;
        let state = State { since, memberships, seen: self.seen, told: self.told, ids: self.ids };
        let written = state.write(&self.of);
        if written.contains_key("idsLeftOut") {
            tracing::warn!("there are more ids than a state can hold: lists of changes will tell of no deletions");
        }
        Event::State(written)
    }

    /// Before which all changes are told.
    fn since(&self) -> Option<DateTime<Utc>> {
        if self.has_undated {
            tracing::info!(
                "some objects do not say when they were changed (meta.lastModified): everything is read each time"
            );
            return None;
        }
        // Our own clock is but a bound, where the provider has none.
        let latest = self.latest.max(self.before.since)?;
        Some(latest.min(self.now.unwrap_or(self.clock)))
    }

    /// From when on changes are asked for.
    pub(super) fn start_of_changes(&self) -> Option<DateTime<Utc>> {
        self.before.since.and_then(|since| since.checked_sub_signed(OVERLAP))
    }
}
