//! What the list commands share: pages of lines into events, as a whole or by what changed.

mod mapper;

use super::delta::{Delta, Mark, Reading, Tracker, tell_gone};
use super::error::{own, refuse, translate};
use super::filters::Sieve;
use super::session::Session;
use super::shrink::{self, Counted, Guard};
use crate::protocol::{Event, Events, Failure, LineTooLong, Lines};
use crate::scim::filter::refutes;
use crate::scim::provider::Endpoint;
use crate::scim::{self, Batch, Gap, Made, Node, Plan, Query, Read, Rows, resource};
use async_stream::try_stream;
use futures::{Stream, StreamExt as _};
pub use mapper::{Listed, Mapper};
use scim_v2::filter::Filter;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use tokio::time::Instant;

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
    pub delta: Delta,
}

/// So many bytes of lines leave at once: a large page is not held a second time as one event.
const EVENT_BYTES: usize = 1024 * 1024;

/// A resource as it was read.
type Row = Result<Shown, Failure>;

/// What a list shows of a resource, and what else is to be known of it.
struct Shown {
    /// Where its line is in what was written; empty where it has none.
    line: Range<usize>,
    /// How many groups it shows that it is in.
    groups: Option<u64>,
    /// Where the list keeps a state.
    mark: Option<Mark>,
    /// Whether it is not what was asked for: it has not changed.
    is_unchanged: bool,
}

/// Lists an endpoint; each page becomes an event with a line for each resource, or several. What the platform is to know of
/// the list the next time is left to be told, and the state, where one is kept, comes last.
///
/// It ends with an error when it is much shorter than the last one: before the first line where the provider states how
/// long it is, or where one page is all. It does so too when the groups have members and yet nobody listed is in a group:
/// then the members' ids are not those of the users, and the accounts would look like revoked access.
pub fn list_lines(session: &Arc<Session>, listing: Listing, mapper: impl Mapper) -> Events {
    let Listing { doing, counted, endpoint, query, sieve, has_members, delta } = listing;
    let reader = Reader::new(doing, sieve.clone(), mapper);
    let list = List { session: Arc::clone(session), doing, counted, endpoint, query, sieve, has_members, reader };
    try_stream! {
        let filter = list.query.filter.as_ref();
        let (mut tracker, reading) = delta.begin(&list.session, doing, &list.endpoint, filter).await?;
        if let Reading::Changed(filter) = reading {
            let mut events = pin!(list.changed(filter, &mut tracker));
            while let Some(event) = events.next().await {
                yield event?;
            }
        }
        if tracker.as_ref().is_none_or(Tracker::reads_all) {
            let mut events = pin!(list.all(&mut tracker));
            while let Some(event) = events.next().await {
                yield event?;
            }
        }
        if let Some(tracker) = &mut tracker {
            let lines = tell_gone(&list.session, doing, (&list.endpoint, filter, list.counted.clone()), tracker).await?;
            if !lines.is_empty() {
                yield Event::Outputs(lines);
            }
        }
        list.sieve.tell();
        if let Some(tracker) = tracker {
            yield tracker.end();
        }
        if let Some(change) = shrink::change(&list.session) {
            list.session.tell(change);
        }
    }
    .boxed()
}

/// Makes rows of resources.
struct Reader {
    plan: Plan,
    make: Arc<Make>,
}

/// Makes a row of a resource. Where there is a tracker, with a mark; where changes were asked for, whether it is one.
type Make = dyn Fn(Node<'_>, &mut Vec<u8>, bool, Option<&Filter>) -> Row + Send + Sync;

impl Reader {
    fn new(doing: &'static str, sieve: Sieve, mapper: impl Mapper) -> Self {
        let plan = mapper.plan().with(sieve.plan());
        let make = move |found: Node<'_>, written: &mut Vec<u8>, is_marked: bool, changed: Option<&Filter>| {
            let id = resource::id(found).unwrap_or_default();
            let listed = mapper.listed(&id, found);
            check_types(doing, &id, listed.misfit())?;
            let start = written.len();
            if sieve.keeps(&id, found)? {
                listed.write(written).map_err(|error| too_long(&format!("{doing}: the object \"{id}\""), error))?;
            }
            let line = start..written.len();
            let mark = is_marked.then(|| {
                let line = written.get(line.clone()).unwrap_or_default();
                Mark::new(&id, found, line, listed.has_untold_groups())
            });
            let is_dated = mark.as_ref().is_some_and(Mark::is_dated);
            let is_unchanged = changed.is_some_and(|changed| !is_dated || refutes(changed, found));
            Ok(Shown { line, groups: listed.groups(), mark, is_unchanged })
        };
        Self { plan, make: Arc::new(make) }
    }

    /// What reads the resources of a list.
    fn read(&self, is_marked: bool, changed: Option<Filter>) -> Read<Row> {
        let plan = if is_marked { self.plan.clone().with(&Mark::plan()) } else { self.plan.clone() };
        let plan = changed.iter().fold(plan, Plan::with_filter);
        let make = Arc::clone(&self.make);
        Read::writing(plan, move |found, written| make(found, written, is_marked, changed.as_ref()))
    }
}

/// A list under way.
struct List {
    session: Arc<Session>,
    doing: &'static str,
    counted: Counted,
    endpoint: Arc<Endpoint>,
    query: Query,
    sieve: Sieve,
    has_members: bool,
    reader: Reader,
}

impl List {
    /// What has changed by this filter. It proves nothing of the rest, so that nothing is judged by how much it is. Where the
    /// provider gives what has not changed, the tracker is told, and no more comes.
    fn changed<'a>(
        &'a self,
        filter: Filter,
        tracker: &'a mut Option<Tracker>,
    ) -> impl Stream<Item = Result<Event, Failure>> + Send + 'a {
        let read = self.reader.read(true, Some(filter.clone()));
        let query = Query { filter: Some(filter), ..self.query.clone() };
        let pages = self.session.client.list(&self.endpoint, query, read);
        try_stream! {
            let mut pages = pin!(pages);
            while let Some(page) = pages.next().await {
                let page = match page {
                    // A provider that counts nothing shows so that there is nothing.
                    Err(scim::Error::Incomplete(incomplete)) if incomplete.reason == Gap::NothingStated => break,
                    page => page.map_err(|error| translate(self.doing, error))?,
                };
                for part in page.rows.into_parts() {
                    let mut lines = Lines::default();
                    let Made { items, written } = part.read().await.map_err(|error| translate(self.doing, error))?;
                    for row in items {
                        let Shown { line, mark, is_unchanged, .. } = row?;
                        let Some((tracker, mark)) = tracker.as_mut().zip(mark) else { continue };
                        if is_unchanged {
                            tracker.distrust(&self.session);
                            return;
                        }
                        if tracker.take(&mark) {
                            lines.append_line(written.get(line).unwrap_or_default());
                        }
                    }
                    if !lines.is_empty() {
                        yield Event::Outputs(lines);
                    }
                }
            }
            if let Some(tracker) = tracker
                && !tracker.has_taken()
            {
                tracker.doubt();
            }
        }
    }

    /// All of it.
    fn all<'a>(&'a self, tracker: &'a mut Option<Tracker>) -> impl Stream<Item = Result<Event, Failure>> + Send + 'a {
        let read = self.reader.read(tracker.is_some(), None);
        let pages = self.session.client.list(&self.endpoint, self.query.clone(), read);
        try_stream! {
            let doing = self.doing;
            let mut watch = Watch::new(&self.session, doing, self.counted.clone(), &self.endpoint);
            watch.know(tracker.as_ref().and_then(Tracker::known));
            let mut groups: Option<u64> = None;
            let mut held: Vec<Rows<Row>> = Vec::new();
            let mut pages = pin!(pages);
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| translate(doing, error))?;
                watch.take(&page)?;
                held.push(page.rows);
                // The first page waits for more, or the end, where it does not say how many there are.
                if watch.may_begin() {
                    let mut events = pin!(events(std::mem::take(&mut held), doing, tracker));
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
            let counted = self.sieve.counted();
            for rows in &held {
                let count = |row: &Row| groups = sum(groups, row.as_ref().ok().and_then(|shown| shown.groups));
                rows.visit(count).await.map_err(|error| translate(doing, error))?;
            }
            // What was read for that only is read once more when it goes out.
            self.sieve.recount(counted);
            if let Some(groups) = groups {
                if groups == 0 && self.has_members {
                    Err(members_are_strangers(doing))?;
                }
                Guard::new(&self.session, doing, Counted::GroupsOfAccounts).ends(groups)?;
            }
            let mut events = pin!(events(held, doing, tracker));
            while let Some(event) = events.next().await {
                let (lines, _) = event?;
                if !lines.is_empty() {
                    yield Event::Outputs(lines);
                }
            }
        }
    }
}

/// The lines of these resources, some at a time, and how many groups they show. Those that are left out have no line, and
/// count all the same. A page of which every resource was given out before has none.
fn events<'a>(
    held: Vec<Rows<Row>>,
    doing: &'static str,
    tracker: &'a mut Option<Tracker>,
) -> impl Stream<Item = Result<(Lines, Option<u64>), Failure>> + Send + 'a {
    try_stream! {
        for part in held.into_iter().flat_map(Rows::into_parts) {
            let Made { items, written } = part.read().await.map_err(|error| translate(doing, error))?;
            if tracker.is_none() && let Some((count, groups)) = all_written(&items, written.len()) {
                yield (Lines::written(written, count), groups);
                continue;
            }
            let (mut lines, mut groups) = (Lines::default(), None);
            for row in items {
                let Shown { line, groups: of_one, mark, .. } = row?;
                groups = sum(groups, of_one);
                if tracker.as_mut().zip(mark).is_none_or(|(tracker, mark)| tracker.take(&mark)) {
                    lines.append_line(written.get(line).unwrap_or_default());
                }
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

/// How many lines these resources have, and how many groups they show, if their lines are all that was written: then that
/// goes out as it is.
fn all_written(items: &[Row], written: usize) -> Option<(usize, Option<u64>)> {
    let (mut count, mut bytes, mut groups) = (0, 0, None);
    for row in items {
        let Shown { line, groups: of_one, .. } = row.as_ref().ok()?;
        bytes += line.len();
        count += usize::from(!line.is_empty());
        groups = sum(groups, *of_one);
    }
    (bytes == written && written <= EVENT_BYTES).then_some((count, groups))
}

/// Of two numbers that may not be known.
fn sum(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    other.map(|other| other + one.unwrap_or(0)).or(one)
}

/// Follows a list to its end: how many came, whether they can be all, and what the operator is told of it.
pub struct Watch {
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
    pub fn new(session: &Session, doing: &str, counted: Counted, endpoint: &Endpoint) -> Self {
        let guard = Guard::new(session, doing, counted);
        let (path, started, is_stated) = (endpoint.path.clone(), Instant::now(), false);
        let (pages, filled_pages, resources, distinct, of_reading, readings) = (0, 0, 0, 0, 0, 1);
        Self { guard, path, started, pages, filled_pages, resources, distinct, of_reading, readings, is_stated }
    }

    /// There were at least so many the last time.
    fn know(&mut self, count: Option<u64>) {
        if let Some(count) = count {
            self.guard.know(count);
        }
    }

    pub fn take<T>(&mut self, page: &Batch<T>) -> Result<(), Failure> {
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

    pub fn end(&self) -> Result<(), Failure> {
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

/// A value that is not of its attribute's type ends the command: left out, it would look as if it had gone.
pub fn check_types(doing: &str, id: &str, misfit: Option<&str>) -> Result<(), Failure> {
    let refused = |problem| refuse(own::NOT_OF_TYPE, doing, &[("user", id), ("problem", problem)]);
    misfit.map_or(Ok(()), |problem| Err(refused(problem)))
}

/// A result that does not fit in a line.
pub fn too_long(what: &str, error: LineTooLong) -> Failure {
    refuse(own::LINE_TOO_LONG, "", &[("subject", what), ("problem", &error.to_string())])
}

#[cfg(test)]
mod tests;
