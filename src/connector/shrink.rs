//! The guard against lists that shrink: a service account that lost its view of most users gets a small list that is
//! consistent in itself, and the platform would take all others for deleted.
//!
//! A list fails when it has more than `shrinkLimitPercent` less than the last complete one, and at least
//! [`MIN_LOSS`] less: of a few, one may go at any time. It is judged by what the provider states before its first line, and
//! again by what came. The same holds of memberships, which have no list of their own.
//!
//! The figures are kept in the [`Source`], and by the platform among the settings; of the two the newer counts. A list that
//! passes replaces them, so that one aggregation without the guard is enough after a real mass deletion.

use super::error::{own, refuse};
use super::session::Session;
use super::source::Source;
use crate::config::{LAST_COUNTS, LastCount, LastCounts};
use crate::protocol::{ConfigChange, Failure};
use crate::scim::filter::to_query;
use sha2::{Digest as _, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// So many must be missing before a list is suspected.
const MIN_LOSS: u64 = 10;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    Accounts,
    Groups,
    /// The groups that the provider is asked for where `groupFilter` is set; memberships are read from all groups.
    FilteredGroups,
    Entitlements,
    /// The members of all groups, as the groups list them.
    Members,
    /// The groups of all accounts, as the accounts show them.
    GroupsOfAccounts,
    /// The entitlements of a further type.
    OfType(Arc<str>),
}

impl Counted {
    const ALL: [Self; 6] =
        [Self::Accounts, Self::Groups, Self::FilteredGroups, Self::Entitlements, Self::Members, Self::GroupsOfAccounts];

    /// The name under which the platform keeps the count. It never changes.
    fn name(&self) -> Cow<'static, str> {
        match self {
            Self::Accounts => "accounts".into(),
            Self::Groups => "groups".into(),
            Self::FilteredGroups => "filteredGroups".into(),
            Self::Entitlements => "entitlements".into(),
            Self::Members => "members".into(),
            Self::GroupsOfAccounts => "groupsOfAccounts".into(),
            Self::OfType(name) => format!("entitlementTypes.{name}").into(),
        }
    }

    /// For a person, after a number.
    fn noun(&self) -> Cow<'static, str> {
        match self {
            Self::Accounts => "accounts".into(),
            Self::Groups | Self::FilteredGroups => "groups".into(),
            Self::Entitlements => "entitlements".into(),
            Self::Members => "memberships in groups".into(),
            Self::GroupsOfAccounts => "groups of accounts".into(),
            Self::OfType(name) => format!("entitlements of the type {name}").into(),
        }
    }

    /// Tells apart what a source with other settings counts under the same name.
    fn of(&self, session: &Session) -> String {
        let config = &session.config;
        let mut of = format!("{} {} {}", self.name(), config.profile.name, session.base_url);
        if *self == Self::GroupsOfAccounts {
            // The setting says whose word counts.
            let _ = write!(of, " {:?}", config.memberships);
        }
        let asked_for = match self {
            Self::Accounts | Self::GroupsOfAccounts => &config.filters.accounts.asked_for,
            Self::FilteredGroups => &config.filters.groups.asked_for,
            Self::Entitlements => &config.filters.entitlements.asked_for,
            Self::Groups | Self::Members | Self::OfType(_) => &None,
        };
        if let Self::OfType(name) = self {
            // The card says what is listed.
            let _ = write!(of, " {}", session.kinds.listed_by(name));
        }
        if let Some(asked_for) = asked_for {
            let _ = write!(of, " {}", to_query(&asked_for.filter));
        }
        let digest = Sha256::digest(of.as_bytes());
        digest.iter().take(8).fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// The last counts that one source knows by itself.
#[derive(Default)]
pub struct Counts(Mutex<BTreeMap<Cow<'static, str>, LastCount>>);

impl Counts {
    fn get(&self, name: &str) -> Option<LastCount> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn keep(&self, name: Cow<'static, str>, last: LastCount) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name, last);
    }
}

/// Judges one count.
pub struct Guard {
    source: Arc<Source>,
    counted: Counted,
    of: String,
    doing: String,
    /// In percent; 0: nothing is judged.
    limit: u64,
    last: Option<u64>,
    /// The most that the list itself has claimed to have.
    stated: Option<u64>,
}

impl Guard {
    /// `doing` names the command: "Listing accounts".
    pub fn new(session: &Session, doing: &str, counted: Counted) -> Self {
        let last = last(session, &counted).map(|last| last.count);
        let of = counted.of(session);
        let limit = session.config.shrink_limit.into();
        let source = Arc::clone(&session.source);
        Self { source, counted, of, doing: doing.to_owned(), limit, last, stated: None }
    }

    /// There were at least so many the last time, as the platform knows from elsewhere.
    pub fn know(&mut self, count: u64) {
        self.last = self.last.max(Some(count));
    }

    /// Of what the platform has of the list, so much is still there.
    ///
    /// # Errors
    /// When that is too little.
    pub fn keeps(&self, before: u64, now: u64) -> Result<(), Failure> {
        if self.is_too_few(before, now) { Err(self.shrunk(before, "that the platform has", now)) } else { Ok(()) }
    }

    /// The list claims to have so many.
    ///
    /// # Errors
    /// When those are too few.
    pub fn states(&mut self, total: u64) -> Result<(), Failure> {
        self.judge(total)?;
        self.stated = self.stated.max(Some(total));
        Ok(())
    }

    /// The list is complete and had so many, which is what the next one is compared with.
    ///
    /// # Errors
    /// When those are too few.
    pub fn ends(&self, count: u64) -> Result<(), Failure> {
        self.judge(count)?;
        let last = LastCount { count, of: self.of.clone(), at: self.source.clock.now() };
        self.source.counts.keep(self.counted.name(), last);
        Ok(())
    }

    fn judge(&self, count: u64) -> Result<(), Failure> {
        let is_too_few = |known: &u64| self.is_too_few(*known, count);
        match (self.last.filter(is_too_few), self.stated.filter(is_too_few)) {
            (Some(last), _) => Err(self.shrunk(last, "in the last complete list", count)),
            (None, Some(stated)) => Err(self.shrunk(stated, "at the beginning of this list", count)),
            (None, None) => Ok(()),
        }
    }

    fn is_too_few(&self, known: u64, count: u64) -> bool {
        let loss = known.saturating_sub(count);
        self.limit > 0 && loss >= MIN_LOSS && loss.saturating_mul(100) > known.saturating_mul(self.limit)
    }

    /// `before` says where that many were known.
    fn shrunk(&self, known: u64, before: &str, count: u64) -> Failure {
        let Self { doing, limit, .. } = self;
        let noun = self.counted.noun();
        let percent = (known - count).saturating_mul(100).div_ceil(known);
        let problem = format!("of {known} {noun} {before} the provider shows {count} now");
        let values = [("problem", &*problem), ("limit", &limit.to_string()), ("known", &percent.to_string())];
        refuse(own::LIST_SHRUNK, doing, &values)
    }
}

/// What is known of the last count: the newer of what the source and the platform know, if it is of the same list.
fn last(session: &Session, counted: &Counted) -> Option<LastCount> {
    let of = counted.of(session);
    let own = session.source.counts.get(&counted.name()).filter(|last| last.of == of);
    let kept = kept(session, counted, &of);
    match (own, kept) {
        (Some(own), Some(kept)) => Some(if kept.at > own.at { kept } else { own }),
        (own, kept) => own.or(kept),
    }
}

fn kept(session: &Session, counted: &Counted, of: &str) -> Option<LastCount> {
    let kept = session.config.last_counts.as_ref()?.0.get(&*counted.name())?;
    (kept.of == of).then(|| kept.clone())
}

/// What the platform is to keep, where it differs so much from what it has that it matters: by a hundredth and by
/// [`MIN_LOSS`]. A change of the settings is no light thing.
pub fn change(session: &Session) -> Option<ConfigChange> {
    let of_types = session.kinds.further().map(|kind| Counted::OfType(Arc::clone(&kind.name)));
    let with_last = |counted: Counted| last(session, &counted).map(|last| (counted, last));
    let lasts: Vec<(Counted, LastCount)> = Counted::ALL.into_iter().chain(of_types).filter_map(with_last).collect();
    let matters = |(counted, last): &(Counted, LastCount)| {
        let kept = kept(session, counted, &last.of).map_or(0, |kept| kept.count);
        last.count.abs_diff(kept) >= MIN_LOSS.max(kept / 100)
    };
    if !lasts.iter().any(matters) {
        return None;
    }
    let counts = LastCounts(lasts.into_iter().map(|(counted, last)| (counted.name().into_owned(), last)).collect());
    Some(ConfigChange { key: LAST_COUNTS, is_set: session.config.last_counts.is_some(), value: counts.to_value() })
}
