//! What the list commands share: pages of lines into events, and the sweep over groups.

use super::error::{own, refuse, translate};
use super::filters::Sieve;
use super::members;
use super::session::Session;
use super::shrink::{self, Counted, Guard};
use crate::mapping::{
    Account, AccountMapper, Entitlement, EntitlementMapper, Memberships, ShownAccount, group_members, members_plan,
};
use crate::protocol::{Event, Events, Failure, LineTooLong, Lines};
use crate::scim::provider::{Endpoint, MembersShown, Memberships as Membership};
use crate::scim::{Batch, Node, Plan, Query, Read, Rows, resource};
use async_stream::try_stream;
use futures::{Stream, StreamExt as _};
use serde::Serialize;
use std::pin::pin;
use std::sync::Arc;
use tokio::time::Instant;

/// What a list has lines of.
pub trait Listed: Serialize {
    /// How many groups it shows that it is in; `None` where it shows none at all.
    fn groups(&self) -> Option<u64> {
        None
    }

    /// A value of it that is not of its attribute's type, in a sentence part.
    fn misfit(&self) -> Option<&str> {
        None
    }
}

impl Listed for Entitlement {}

/// Makes of a resource what is listed.
pub trait Mapper: Send + Sync + 'static {
    type Listed<'a>: Listed
    where
        Self: 'a;

    /// What it looks at in a resource.
    fn plan(&self) -> Plan;

    fn listed<'a>(&'a self, id: &'a str, found: Node<'a>) -> Self::Listed<'a>;
}

impl Mapper for AccountMapper {
    type Listed<'a> = ShownAccount<'a>;

    fn plan(&self) -> Plan {
        self.plan()
    }

    fn listed<'a>(&'a self, id: &'a str, found: Node<'a>) -> ShownAccount<'a> {
        self.show(id, found)
    }
}

impl Mapper for EntitlementMapper {
    type Listed<'a> = Entitlement;

    fn plan(&self) -> Plan {
        self.plan()
    }

    fn listed<'a>(&'a self, id: &'a str, found: Node<'a>) -> Entitlement {
        self.map(id, found)
    }
}

impl<I: Serialize, A: Serialize> Listed for Account<I, A> {
    fn groups(&self) -> Option<u64> {
        self.groups
    }

    fn misfit(&self) -> Option<&str> {
        self.misfit.as_deref()
    }
}

/// What a list is of.
pub struct Listing {
    /// Names the command: "Listing accounts".
    pub doing: &'static str,
    pub counted: Counted,
    pub endpoint: Arc<Endpoint>,
    pub query: Query,
    pub sieve: Sieve,
    /// Whether some must have a group, since the groups have members.
    pub has_members: bool,
}

/// So many bytes of lines leave at once: a large page is not held a second time as one event.
const EVENT_BYTES: usize = 1024 * 1024;

/// The line of a resource, and how many groups it shows that it is in.
type Row = Result<(Lines, Option<u64>), Failure>;

/// Lists an endpoint; each page becomes an event with a line for each resource, or several. What the platform is to know of
/// the list the next time is left to be told.
///
/// It ends with an error when it is much shorter than the last one: before the first line where the provider states how
/// long it is, or where one page is all. It does so too when the groups have members and yet nobody listed is in a group:
/// then the members' ids are not those of the users, and the accounts would look like revoked access.
pub fn list_lines(session: &Arc<Session>, listing: Listing, mapper: impl Mapper) -> Events {
    let Listing { doing, counted, endpoint, query, sieve, has_members } = listing;
    let sieved = sieve.clone();
    let plan = mapper.plan().with(sieve.plan());
    let read: Read<Row> = Read::new(plan, move |found| {
        let id = resource::id(found).unwrap_or_default();
        let listed = mapper.listed(&id, found);
        check_types(doing, &id, &listed)?;
        let mut line = Lines::default();
        if sieve.keeps(&id, found)? {
            line.push(&listed).map_err(|error| too_long(&format!("{doing}: the object \"{id}\""), error))?;
        }
        Ok((line, listed.groups()))
    });
    let pages = session.client.list(&endpoint, query, read);
    let session = Arc::clone(session);
    try_stream! {
        let mut watch = Watch::new(&session, doing, counted, &endpoint);
        let mut groups: Option<u64> = None;
        let mut held: Vec<Rows<Row>> = Vec::new();
        let mut pages = pin!(pages);
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| translate(doing, error))?;
            watch.take(&page)?;
            held.push(page.rows);
            // The first page waits for more, or the end, where it does not say how many there are.
            if watch.may_begin() {
                let mut events = pin!(events(std::mem::take(&mut held), doing));
                while let Some(event) = events.next().await {
                    let (lines, of_these) = event?;
                    groups = sum(groups, of_these);
                    if !lines.is_empty() {
                        yield Event::Outputs(lines);
                    }
                }
            }
        }
        watch.end()?;
        let counted = sieved.counted();
        for rows in &held {
            let count = |row: &Row| groups = sum(groups, row.as_ref().ok().and_then(|(_, of_one)| *of_one));
            rows.visit(count).await.map_err(|error| translate(doing, error))?;
        }
        // What was read for that only is read once more when it goes out.
        sieved.recount(counted);
        if let Some(groups) = groups {
            if groups == 0 && has_members {
                Err(members_are_strangers(doing))?;
            }
            Guard::new(&session, doing, Counted::GroupsOfAccounts).ends(groups)?;
        }
        let mut events = pin!(events(held, doing));
        while let Some(event) = events.next().await {
            let (lines, _) = event?;
            if !lines.is_empty() {
                yield Event::Outputs(lines);
            }
        }
        sieved.tell();
        if let Some(change) = shrink::change(&session) {
            session.tell(change);
        }
    }
    .boxed()
}

/// The lines of these resources, some at a time, and how many groups they show. Those that are left out have no line, and
/// count all the same. A page of which every resource was given out before has none.
fn events(
    held: Vec<Rows<Row>>,
    doing: &'static str,
) -> impl Stream<Item = Result<(Lines, Option<u64>), Failure>> + Send {
    try_stream! {
        for part in held.into_iter().flat_map(Rows::into_parts) {
            let (mut lines, mut groups) = (Lines::default(), None);
            for row in part.read().await.map_err(|error| translate(doing, error))? {
                let (line, of_one) = row?;
                lines.append(&line);
                groups = sum(groups, of_one);
                if lines.bytes() >= EVENT_BYTES {
                    yield (std::mem::take(&mut lines), groups.take());
                }
            }
            if !lines.is_empty() || groups.is_some() {
                yield (lines, groups);
            }
        }
    }
}

/// Of two numbers that may not be known.
fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    other.map(|other| other + one.unwrap_or(0)).or(one)
}

/// Follows a list to its end: how many came, whether they can be all, and what the operator is told of it.
struct Watch {
    guard: Guard,
    path: Arc<str>,
    started: Instant,
    pages: u64,
    /// Those of them that had resources.
    filled_pages: u64,
    resources: u64,
    distinct: u64,
    /// How many came in the reading that is under way.
    of_reading: u64,
    readings: u32,
    is_stated: bool,
}

impl Watch {
    fn new(session: &Session, doing: &str, counted: Counted, endpoint: &Endpoint) -> Self {
        let guard = Guard::new(session, doing, counted);
        let (path, started, is_stated) = (endpoint.path.clone(), Instant::now(), false);
        let (pages, filled_pages, resources, distinct, of_reading, readings) = (0, 0, 0, 0, 0, 1);
        Self { guard, path, started, pages, filled_pages, resources, distinct, of_reading, readings, is_stated }
    }

    fn take<T>(&mut self, page: &Batch<T>) -> Result<(), Failure> {
        self.pages += 1;
        self.filled_pages += u64::from(page.received > 0);
        self.resources += page.received;
        self.distinct += page.rows.count() as u64;
        if page.reading > self.readings {
            (self.readings, self.of_reading) = (page.reading, 0);
        }
        self.of_reading += page.received;
        if let Some(total) = page.stated {
            self.guard.states(total)?;
            self.is_stated = true;
        }
        Ok(())
    }

    /// Whether it is known by now that the list is long enough to begin.
    fn may_begin(&self) -> bool {
        self.is_stated || self.filled_pages > 1
    }

    fn end(&self) -> Result<(), Failure> {
        // A second reading may have had fewer than were given out in the first: that is how many there are.
        self.guard.ends(self.distinct.min(self.of_reading))?;
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Self { path, pages, resources, distinct, readings, .. } = self;
        tracing::info!(list = &**path, pages, resources, distinct, readings, elapsed, "list complete");
        Ok(())
    }
}

fn members_are_strangers(doing: &str) -> Failure {
    refuse(own::MEMBERS_UNKNOWN, doing, &[])
}

/// Whether an account's groups are also read from the groups, and whether from the user itself.
pub fn membership_sources(session: &Session) -> (bool, bool) {
    match session.config.memberships {
        Membership::User => (false, true),
        Membership::Group => (true, false),
        Membership::Both => (true, true),
    }
}

/// Reads the members of all groups.
///
/// # Errors
/// When the groups cannot be read completely, or they or their members are much fewer than the last time: accounts without
/// their groups would look like revoked access.
pub async fn sweep(session: &Session, doing: &str) -> Result<Arc<Memberships>, Failure> {
    let doing = format!("{doing} (reading the members of all groups)");
    let memberships = match session.config.profile.members.shown {
        MembersShown::InLists => {
            let groups = members::of_groups(session);
            let mut listed = members_listed(session, &groups, &doing).await?;
            if listed.is_empty()
                && let Some(by_name) = members::show_when_asked(session, &doing, &groups, listed.groups()).await?
            {
                listed = members_listed(session, &by_name, &doing).await?;
            }
            listed.seal();
            members::check_none_is_cut(session, &doing, &listed).await?;
            listed
        }
        MembersShown::InSingles => {
            let listed = members_listed(session, &members::of_groups(session), &doing).await?;
            members::of_singles(session, listed.groups(), &doing).await?
        }
        MembersShown::ByFilter => members::of_accounts(session, &doing).await?,
        MembersShown::Nowhere => return Err(members::shown_nowhere(session, &doing)),
    };
    whole(session, &doing, memberships)
}

/// All groups, with the members that the list of groups shows.
async fn members_listed(session: &Session, groups: &Arc<Endpoint>, doing: &str) -> Result<Memberships, Failure> {
    let read: Read<(String, Vec<String>)> =
        Read::new(members_plan(), |group| (resource::id(group).unwrap_or_default().into_owned(), group_members(group)));
    let without = (session.config.profile.members.shown == MembersShown::InSingles).then_some("members");
    let mut pages =
        pin!(session.client.list(groups, Query { without: without.map(Into::into), ..Query::default() }, read));
    let mut memberships = Memberships::default();
    let mut watch = Watch::new(session, doing, Counted::Groups, groups);
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| translate(doing, error))?;
        watch.take(&page)?;
        for part in page.rows.into_parts() {
            for (group, members) in part.read().await.map_err(|error| translate(doing, error))? {
                members::check_all_are_shown(session, &group, members.len(), doing)?;
                memberships.add(&group, members.iter().map(String::as_str));
            }
        }
    }
    watch.end()?;
    Ok(memberships)
}

/// All memberships, unless there are much fewer than the last time.
fn whole(session: &Session, doing: &str, mut memberships: Memberships) -> Result<Arc<Memberships>, Failure> {
    Guard::new(session, doing, Counted::Members).ends(memberships.len() as u64)?;
    memberships.seal();
    Ok(Arc::new(memberships))
}

/// A value that is not of its attribute's type ends the command: left out, it would look as if it had gone.
pub fn check_types(doing: &str, id: &str, listed: &impl Listed) -> Result<(), Failure> {
    let refused = |problem| refuse(own::NOT_OF_TYPE, doing, &[("user", id), ("problem", problem)]);
    listed.misfit().map_or(Ok(()), |problem| Err(refused(problem)))
}

/// A result that does not fit in a line.
pub fn too_long(what: &str, error: LineTooLong) -> Failure {
    refuse(own::LINE_TOO_LONG, "", &[("subject", what), ("problem", &error.to_string())])
}

#[cfg(test)]
mod tests;
