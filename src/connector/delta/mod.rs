//! Lists that tell what changed since the last one, and the state by which they know.
//!
//! **What is asked.** The provider is asked for what has `meta.lastModified` from some time on, in parentheses with the
//! source's own filter. That time is the provider's, never ours: the smaller of the `Date` header of an answer from before
//! the list was read, and the last change that any object shows. The header may be a proxy's, and a change may be shown late;
//! the last change alone may be one that came while the list was read. It is asked for [`state::OVERLAP`] more, and what the
//! platform has by then as it is now (`seen`) is not sent again.
//!
//! **Whether the answer is believed** (`plan`). With each list a filter that nothing can match must give nothing; once a
//! source, one that everything matches must give something; each object must match by what it shows of itself. If not, and
//! where the filter is refused, everything is listed, and the log says so.
//!
//! **What `meta.lastModified` misses** the provider's profile says (`lastModifiedMisses`): attributes of users that change
//! without it, by the standard their `groups`, at Salesforce permission sets as well. As long as an account shows one of
//! these, users are not asked for by their change, unless it is `groups` and the groups themselves tell: where the members
//! of all groups are read anyway, their digest says whether any membership changed, and no account showed a group that the
//! groups do not tell of. Else all users are read and compared with what was sent: what differs goes out. That needs the
//! hashes of all lines; beyond [`seen::MOST`] objects everything goes out. Removed members are found so, too, whom no change
//! of a group would name. Not found are names that an account shows of other objects (its manager's, its profile's) when
//! those are renamed: the next list without a state has them.
//!
//! **What is gone** (`gone`) is told where the source wants it (`deltaDeletions`): ids that the platform has and that a complete
//! list of ids does not have any more. An object that a filter string leaves out from now on is gone as well, and so is
//! one that the source's filter does not match any more. Without it neither is told, which the log says of the first: the
//! platform keeps them until a list without a state.
//!
//! **What else the platform was told** of accounts, by commands and by lists that keep no state or failed, is in
//! [`super::told`]: the state is not believed of these. Where nothing but hashes says what the platform has, and this process does
//! not know what else was told, everything goes out.
//!
//! **The state** is bound to what it was made with, by a hash of the address, the client, the provider, the filters, the type and the
//! attributes. One of another list, of another version, or damaged, is answered with everything, and the log says so. A list
//! of changes is no complete list: the guard against lists that shrink does not look at it.

mod gone;
mod ids;
mod plan;
mod seen;
mod state;
mod tracker;

pub use gone::tell_gone;
pub use plan::Reading;
pub use tracker::{Mark, Tracker};

use super::session::Session;
use super::told::Begun;
use crate::config::ListFilters;
use crate::mapping::Memberships;
use crate::protocol::{Event, Schema, Stateful};
use crate::scim::filter::to_query;
use serde_json::Value;
use state::{State, mark, short};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Whether a list keeps a state, and all that it is to know for it.
pub struct Delta(Option<Asked>);

/// A list that keeps one.
struct Asked {
    state: Option<Value>,
    /// Which accounts were told otherwise. Of entitlements nothing is told that their last change does not show.
    told: Begun,
    /// Tells apart what the state is of.
    of: String,
    misses: Misses,
    /// The type, where what is listed are entitlements.
    entitlement_type: Option<String>,
}

/// What a change of the objects' `meta.lastModified` does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misses {
    Nothing,
    /// Memberships, of which the groups have this digest.
    Memberships(u64),
    /// Something that only reading all objects shows.
    Values,
}

/// Which questions a provider answers as it should.
#[derive(Default)]
pub struct Learnt(Mutex<HashMap<String, bool>>);

impl Learnt {
    fn get(&self, question: &str) -> Option<bool> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).copied()
    }

    fn learn(&self, question: &str, answers: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(question.to_owned(), answers);
    }
}

impl Misses {
    /// `reads`: whether accounts show what they do of this attribute of a user; `swept`: the members of all groups, where
    /// they were read.
    pub fn of_accounts(session: &Session, reads: impl Fn(&str) -> bool, swept: Option<&Memberships>) -> Self {
        let mut missed = session.config.profile.last_modified_misses.iter().filter(|name| reads(name));
        match (missed.next(), missed.next(), swept) {
            (None, ..) => Self::Nothing,
            (Some(name), None, Some(swept)) if name.eq_ignore_ascii_case("groups") => Self::Memberships(swept.digest()),
            _ => Self::Values,
        }
    }
}

impl Delta {
    /// `entitlement_type` is that of what is listed; `None` for accounts.
    pub fn new(
        session: &Session,
        asked: Stateful,
        (entitlement_type, filters, schema): (Option<&str>, &ListFilters, Option<&Schema>),
        misses: Misses,
    ) -> Self {
        let told = session.source.told.since(mark(asked.state.as_ref()));
        if !asked.is_stateful || !session.config.delta.keeps_state {
            if entitlement_type.is_none() {
                session.source.told.list_begins(&told);
            }
            return Self(None);
        }
        let of = binding(session, entitlement_type, filters, schema);
        let entitlement_type = entitlement_type.map(str::to_owned);
        Self(Some(Asked { state: asked.state, told, of, misses, entitlement_type }))
    }

    /// The end of a list that can only be read as a whole.
    pub fn end(&self) -> Option<Event> {
        self.0.as_ref().map(|asked| Event::State(State::default().write(&asked.of)))
    }
}

/// Everything that lines depend on, in short; no secrets.
fn binding(session: &Session, of: Option<&str>, filters: &ListFilters, schema: Option<&Schema>) -> String {
    let config = &session.config;
    let table = session.table.columns().iter().map(|column| {
        let read: Vec<String> = column.read.iter().map(ToString::to_string).collect();
        format!("{} {:?} {} {}", column.name, column.kind, column.is_multi, read.join(" "))
    });
    let mut wanted: Vec<&str> =
        schema.into_iter().flat_map(Schema::wanted).map(|wanted| wanted.name.as_str()).collect();
    wanted.sort_unstable();
    let asked_for = filters.asked_for.as_ref().map(|asked_for| to_query(&asked_for.filter));
    let texts = [
        session.base_url.to_string(),
        // Another client may see more, or less.
        config.auth.client().to_owned(),
        config.auth.user().unwrap_or_default().to_owned(),
        config.profile.name.clone(),
        format!("{of:?}"),
        of.map_or_else(String::new, |of| session.kinds.listed_by(of)),
        format!("{:?} {:?}", config.memberships, config.profile.members),
        asked_for.unwrap_or_default(),
        format!("{:?}", filters.left_out.as_ref().map(|left_out| &left_out.filter)),
        wanted.join(" "),
    ];
    short(texts.into_iter().chain(table))
}
