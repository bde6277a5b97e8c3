//! Fetching the pages of a list: their addresses, their size, and a file for each way to go from one to the next.
//!
//! Whether the list is complete is decided by `list_all`, which joins these pages.

mod by_cursor;
mod by_index;
mod by_key;
mod by_range;
mod by_window;
mod chain;
mod held;
mod opening;
mod parsers;
mod rows;
mod whole;

use super::ahead::{READ_AHEAD, ReadAhead, Room};
use super::client::{Client, unreadable};
use super::error::{Error, Gap, Incomplete};
use super::filter;
use super::id_list::IdList;
use super::ids::Ids;
use super::list::{Head, ListPage};
use super::provider::{Endpoint, Paging, Totals};
use super::query::{Place, set_query};
use super::reading::{PageRead, Read};
use crate::metrics;
use crate::transport::{Repeat, Response};
pub(super) use by_range::Ranges;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use held::{Held, Weight};
use http::StatusCode;
pub use opening::Openings;
use opening::{Beginning, Spot};
use rows::{AT_ONCE, PART};
pub use rows::{Part, Rows};
use scim_v2::filter::Filter;
use std::borrow::Cow;
use std::panic::resume_unwind;
use std::sync::Arc;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;
use url::Url;

/// What a list asks for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Only the resources that match.
    pub filter: Option<Filter>,
    /// The attribute that is not needed (`excludedAttributes`, RFC 7644 §3.9). A server may send it all the same.
    pub without: Option<Cow<'static, str>>,
}

/// One page, checked; its resources are read, unless it is large.
pub(super) struct Page<T> {
    /// `totalResults`: of the whole list, by key of what is left.
    pub total: Option<u64>,
    pub next_cursor: Option<String>,
    /// The resources' ids, in order.
    pub ids: IdList,
    /// As many.
    pub rows: Rows<T>,
    /// Where in the list it stands, for a person.
    pub at: String,
    /// What the answer took.
    bytes: usize,
}

/// What is asked for a page.
#[derive(Clone)]
struct Question {
    url: Url,
    /// The `startIndex`, if there is one.
    start: Option<u64>,
    /// The part of the whole list that it is, if it is asked for as one.
    spot: Option<Spot>,
    at: String,
}

/// An answer that should be a page.
struct Answer {
    question: Question,
    response: Response,
}

/// An answer that is still to come.
type Asking = BoxFuture<'static, Result<Answer, Error>>;

impl<T> Page<T> {
    /// How many resources it has.
    pub fn received(&self) -> u64 {
        self.ids.len() as u64
    }

    /// Drops the resources whose ids are not to be kept.
    pub fn retain(&mut self, keep: impl FnMut(&str) -> bool) {
        let kept: Vec<bool> = self.ids.iter().map(keep).collect();
        self.ids.retain(&kept);
        self.rows.retain(kept);
    }

    /// A page without resources.
    fn empty() -> Self {
        let (ids, rows) = (IdList::default(), Rows::default());
        Self { total: None, next_cursor: None, ids, rows, at: String::new(), bytes: 0 }
    }

    /// Takes over another's resources.
    fn append(&mut self, other: &mut Self) {
        self.ids.extend(std::mem::take(&mut other.ids).iter());
        self.rows.append(std::mem::take(&mut other.rows));
    }

    fn id_set(&self) -> Ids {
        let ids = Ids::default();
        for id in self.ids.iter() {
            ids.insert(id);
        }
        ids
    }
}

/// What all pages of one list have in common.
pub(super) struct Pages<T> {
    client: Client,
    pub endpoint: Arc<Endpoint>,
    query: Query,
    read: Read<T>,
    /// Resources asked for at once.
    pub page_size: u64,
    /// Whether only the server's own description says that it knows cursors.
    pub are_cursors_a_guess: bool,
    room: &'static ReadAhead,
    held: Arc<Held>,
    beginning: Arc<Beginning<T>>,
}

impl<T> Clone for Pages<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            endpoint: Arc::clone(&self.endpoint),
            query: self.query.clone(),
            read: self.read.clone(),
            page_size: self.page_size,
            are_cursors_a_guess: self.are_cursors_a_guess,
            room: self.room,
            held: Arc::clone(&self.held),
            beginning: Arc::clone(&self.beginning),
        }
    }
}

impl<T: Send + 'static> Pages<T> {
    pub fn new(client: Client, endpoint: Arc<Endpoint>, query: Query, read: Read<T>) -> Self {
        let page_size = client.page_size(&endpoint);
        let (held, beginning) = (Held::of_a_list(), Arc::default());
        let (room, are_cursors_a_guess) = (&READ_AHEAD, false);
        Self { client, endpoint, query, read, page_size, are_cursors_a_guess, room, held, beginning }
    }

    /// The number of resources in the whole list that its first page (`number` 0) states; `None` also where that may be the
    /// number on the page: some servers (WSO2) give that, and a list that must be read by key says no more than fits on one
    /// page.
    pub fn stated(&self, number: usize, page: &Page<T>) -> Option<u64> {
        let total = page.total.filter(|_| number == 0)?;
        let is_of_page = self.endpoint.totals == Totals::Checked && total > 0 && total == page.received();
        (!is_of_page && !self.is_capped(page)).then_some(total)
    }

    /// Whether the total of a first page may be no more than what fits on it, in a list that must be read by key.
    pub fn is_capped(&self, page: &Page<T>) -> bool {
        self.endpoint.paging == Paging::Key
            && self.endpoint.max_page_size.is_some_and(|max| page.total == Some(max.get().into()))
    }

    /// What `page` shows, after `received` resources that came before it.
    pub fn incomplete(&self, reason: Gap, page: &Page<T>, received: u64) -> Incomplete {
        let rows = page.received();
        Incomplete {
            resource: self.endpoint.path.clone(),
            reason,
            expected: page.total.map(|left| left + received),
            received: received + rows,
            distinct: received + rows,
            at: page.at.clone(),
        }
    }

    /// A page, as it was asked for before, or asked for now.
    async fn fetch(&self, question: Question) -> Result<Page<T>, Error> {
        match self.asked_before(&question).await {
            // A large one waits for room of another kind.
            Some(page) if page.bytes <= AT_ONCE => Ok(page),
            _ => self.read(self.ask(question)).await,
        }
    }

    /// The page that an answer is, waited for and read in a task of its own: an answer takes room that others wait for until
    /// it is read, and the caller may not look for long.
    async fn read(&self, asked: Asking) -> Result<Page<T>, Error> {
        let pages = self.clone();
        let work = async move {
            let (answer, weight) = pages.weigh(asked.await?).await?;
            pages.page(answer, weight).await
        };
        done(AbortOnDropHandle::new(tokio::spawn(work.in_current_span())).await).await
    }

    /// A page before its turn, if there is room for it; `bytes` counts what has room there.
    async fn page_within(
        &self,
        question: Question,
        room: &mut Room,
        bytes: &mut usize,
    ) -> Result<Option<Page<T>>, Error> {
        if let Some(page) = self.asked_before(&question).await {
            *bytes += page.bytes;
            return Ok(room.grow_to(*bytes).then_some(page));
        }
        let answer = self.ask(question).await?;
        *bytes += answer.response.body.len();
        if !room.grow_to(*bytes) {
            return Ok(None);
        }
        self.page(answer, None).await.map(Some)
    }

    /// An answer, with room to hold it where it is large. While there is none, it is given back, so that the answers of
    /// others do not wait too.
    async fn weigh(&self, answer: Answer) -> Result<(Answer, Option<Weight>), Error> {
        let bytes = answer.response.body.len();
        if bytes <= AT_ONCE {
            return Ok((answer, None));
        }
        if let Some(weight) = self.held.try_hold(bytes) {
            return Ok((answer, Some(weight)));
        }
        let question = answer.into_question();
        drop(self.held.hold(bytes).await);
        let answer = self.ask(question).await?;
        let weight = self.held.hold(answer.response.body.len()).await;
        Ok((answer, Some(weight)))
    }

    fn question(
        &self,
        place: Place<'_>,
        count: impl Into<Option<u64>>,
        filter: Option<&Filter>,
        at: String,
    ) -> Result<Question, Error> {
        let (mut url, count) = (self.client.url(&self.endpoint.path, None)?, count.into());
        set_query(
            &mut url,
            place,
            count,
            filter.map(filter::to_query).as_deref(),
            &self.endpoint,
            self.query.without.as_deref(),
        );
        let start = if let Place::Index(start) = place { Some(start) } else { None };
        let spot = start.zip(count).filter(|_| filter == self.query.filter.as_ref());
        Ok(Question { url, start, spot, at })
    }

    fn ask(&self, question: Question) -> Asking {
        self.ask_with(Repeat::Safe, question)
    }

    fn ask_with(&self, repeat: Repeat, question: Question) -> Asking {
        let client = self.client.clone();
        async move {
            let response = client.get(question.url.clone(), repeat).await?;
            Ok(Answer { question, response })
        }
        .boxed()
    }

    /// `weight` is that of a large answer that waits for its reader; one that was asked for ahead of its turn has room there.
    async fn page(&self, answer: Answer, weight: Option<Weight>) -> Result<Page<T>, Error> {
        let read = self.read.clone();
        let parsed = parsers::run(move || match parse(&answer, &read, weight) {
            Ok(parsed) => Ok((parsed, answer)),
            Err(reason) => Err(unreadable(&answer.question.url, &answer.response, "a SCIM list response", reason)),
        });
        let (Parsed { total, next_cursor, received, nameless, ids, rows }, answer) = parsed.await?;
        metrics::page_read(self.client.route(&answer.question.url), received);
        let place = nameless.map(|position| answer.place(position));
        let bytes = answer.response.body.len();
        let total = total.filter(|_| self.endpoint.totals != Totals::Ignored);
        self.beginning.came(answer.question.spot, total);
        let page = Page { total, next_cursor, ids, rows, at: answer.question.at, bytes };
        let Some(at) = place else { return Ok(page) };
        Err(Incomplete { received, at, ..self.incomplete(Gap::NoId, &page, 0) }.into())
    }
}

impl Answer {
    fn into_question(self) -> Question {
        self.question
    }

    /// Its address, without the query.
    fn shown_url(&self) -> String {
        let mut url = self.question.url.clone();
        url.set_query(None);
        url.into()
    }

    /// Where in the list the resource at this position of the page stands.
    fn place(&self, position: usize) -> String {
        match self.question.start {
            Some(start) => format!("startIndex {}", start + position as u64),
            None => format!("resource {} after {}", position + 1, self.question.at),
        }
    }
}

/// What a task came to. Its panic is that of whoever waits.
async fn done<R>(result: Result<R, tokio::task::JoinError>) -> R {
    match result {
        Ok(result) => result,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // Only a runtime that stops ends the task before its time, and then whoever waits as well.
            Err(_) => std::future::pending().await,
        },
    }
}

/// A page as it was read.
struct Parsed<T> {
    total: Option<u64>,
    next_cursor: Option<String>,
    received: u64,
    /// The position of a resource without an id.
    nameless: Option<usize>,
    ids: IdList,
    rows: Rows<T>,
}

fn parse<T>(answer: &Answer, read: &Read<T>, weight: Option<Weight>) -> Result<Parsed<T>, String> {
    // Nobody asked for a part (RFC 9110 §15.3.7), and its total may be that of the part.
    if answer.response.status == StatusCode::PARTIAL_CONTENT {
        return Err(format!("it says that it is only a part (HTTP 206), at {}", answer.question.at));
    }
    let at_page = |reason| format!("{reason}, at {}", answer.question.at);
    let at_resource = |position, reason| format!("the resource at {}: {reason}", answer.place(position));
    let body = &answer.response.body;
    if body.len() <= AT_ONCE {
        let page = PageRead::parse(body, read).map_err(|(position, reason)| match position {
            Some(position) => at_resource(position, reason),
            None => at_page(reason),
        })?;
        let PageRead { head: Head { total, next_cursor }, ids, nameless, made } = page;
        let received = made.items.len() as u64;
        return Ok(Parsed { total, next_cursor, received, nameless, ids, rows: Rows::read(made) });
    }
    let page = ListPage::parse(body).map_err(at_page)?;
    let (mut nameless, mut ids) = (None, IdList::default());
    for (position, raw) in page.resources.iter().enumerate() {
        match read.id_in(raw.get().as_bytes()).map_err(|reason| at_resource(position, reason))? {
            Some(id) => ids.push(&id),
            None => nameless = nameless.or(Some(position)),
        }
    }
    let (rows, received) = (Rows::unread(answer, &page.resources, read, weight), page.resources.len() as u64);
    let Head { total, next_cursor } = page.head;
    Ok(Parsed { total, next_cursor, received, nameless, ids, rows })
}

#[cfg(test)]
mod tests;
