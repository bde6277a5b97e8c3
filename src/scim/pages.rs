//! Fetching the pages of a list: their addresses, their size, several at once and in order.
//!
//! Whether the list is complete is decided by `list_all`, which joins these pages.

use super::ahead::{READ_AHEAD, ReadAhead, Room};
use super::client::{Client, unreadable};
use super::error::{Error, Gap, Incomplete};
use super::list::ListPage;
use super::provider::{Endpoint, Totals};
use super::query::set_query;
use super::{filter, json, resource};
use crate::transport::Response;
use async_stream::try_stream;
use futures::{Stream, StreamExt as _, stream};
use http::StatusCode;
use scim_v2::filter::{AttrPath, Filter};
use serde_json::Value;
use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;
use url::Url;

/// So many pages are parsed at once in the whole process: a resource takes more room while it is looked at than before.
static PARSERS: Semaphore = Semaphore::const_new(4);

/// What a list asks for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// Only the resources that match.
    pub filter: Option<Filter>,
    /// The attribute that is not needed (`excludedAttributes`, RFC 7644 §3.9). A server may send it all the same.
    pub without: Option<&'static str>,
}

/// Makes of each resource what the caller wants of it. Runs off the reactor, one resource in memory at a time.
pub type Read<T> = Arc<dyn Fn(&Value) -> T + Send + Sync>;

/// One page, its resources read.
pub(super) struct Page<T> {
    pub total: Option<u64>,
    pub rows: Vec<Row<T>>,
    /// Where in the list it stands, for a person.
    pub at: String,
    /// What the answer took.
    bytes: usize,
}

/// An answer that should be a page.
struct Answer {
    url: Url,
    response: Response,
    /// What was asked for, if it was asked by index.
    start: Option<u64>,
    at: String,
}

/// A part of the list, as long as the first page.
#[derive(Clone, Copy)]
struct Segment {
    start: u64,
    /// The first index beyond it.
    end: u64,
    /// No page starts after this.
    last_start: u64,
}

impl Segment {
    /// How many resources are still to come, if the next one has this index.
    fn left(self, next: u64) -> Option<u64> {
        (next <= self.last_start).then(|| self.end.checked_sub(next).filter(|left| *left > 0))?
    }
}

/// A segment read before its turn.
enum Ahead<T> {
    Read(Vec<Page<T>>, Room),
    /// There was no room for it. It is read when its turn comes.
    Later(Segment),
}

pub(super) struct Row<T> {
    pub id: String,
    pub item: T,
}

/// What all pages of one list have in common.
pub(super) struct Pages<T> {
    client: Client,
    pub endpoint: &'static Endpoint,
    query: Query,
    read: Read<T>,
    /// Resources asked for at once.
    page_size: u64,
    room: &'static ReadAhead,
}

impl<T> Clone for Pages<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            endpoint: self.endpoint,
            query: self.query.clone(),
            read: Arc::clone(&self.read),
            page_size: self.page_size,
            room: self.room,
        }
    }
}

impl<T: Send + 'static> Pages<T> {
    pub fn new(client: Client, endpoint: &'static Endpoint, query: Query, read: Read<T>) -> Self {
        let page_size = client.page_size(endpoint);
        Self { client, endpoint, query, read, page_size, room: &READ_AHEAD }
    }

    /// The pages by `startIndex` in order: the first alone, whose stride and total give the others, `concurrency` at
    /// once. Ends at the total that the first page claims, or before the first page that would start after `last_start`;
    /// where no total is claimed, one page after the other to the end.
    ///
    /// # Errors
    /// [`Incomplete`] when no total is claimed by a provider that always does.
    pub fn by_index(self, last_start: Option<u64>) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let first = self.at_index(1, self.page_size).await?;
            let (total, stride, bytes) = (first.total, first.rows.len(), first.bytes);
            let is_trusted = self.endpoint.totals == Totals::Trusted;
            if is_trusted && total.is_none() {
                Err(self.incomplete(Gap::NoTotal, &first, 0))?;
            }
            let seems_whole = !is_trusted && total == Some(stride as u64);
            let ids: HashSet<String> = first.rows.iter().filter(|_| seems_whole).map(|row| row.id.clone()).collect();
            yield first;
            if stride == 0 {
                return;
            }
            if seems_whole {
                if let Some(more) = self.beyond(1 + stride as u64, &ids).await? {
                    yield more;
                }
            } else if let Some(total) = total {
                let last_start = last_start.map_or(total, |last| last.min(total));
                let end = |start: u64| start.saturating_add(stride as u64).min(total.saturating_add(1));
                let mut segments = stream::iter((1..=last_start).step_by(stride).skip(1))
                    .map(|start| self.clone().ahead(Segment { start, end: end(start), last_start }, bytes))
                    .buffered(self.client.concurrency());
                while let Some(segment) = segments.next().await {
                    match segment? {
                        Ahead::Read(pages, _room) => {
                            for page in pages {
                                yield page;
                            }
                        }
                        Ahead::Later(segment) => {
                            let mut pages = std::pin::pin!(self.clone().in_turn(segment));
                            while let Some(page) = pages.next().await {
                                yield page?;
                            }
                        }
                    }
                }
            } else {
                let mut rest = std::pin::pin!(self.until_nothing_comes(1 + stride as u64, last_start));
                while let Some(page) = rest.next().await {
                    yield page?;
                }
            }
        }
    }

    /// The pages from `start` on, one after the other, where nobody says how many there are. A single empty page may be a
    /// server's mishap, so only a second one at the same place is the end.
    fn until_nothing_comes(
        self,
        start: u64,
        last_start: Option<u64>,
    ) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let (mut start, mut was_empty) = (start, false);
            while last_start.is_none_or(|last| start <= last) {
                let page = self.at_index(start, self.page_size).await?;
                let received = page.rows.len() as u64;
                yield page;
                if received == 0 && was_empty {
                    break;
                }
                was_empty = received == 0;
                start += received;
            }
        }
    }

    /// The pages by `id gt`, each after the last id of the one before, starting after `after`. Ends with the first
    /// answer that is shorter than asked and holds as many resources as it claims are left, or with an empty one that
    /// claims that none are left; where nothing is claimed, with the second empty one.
    ///
    /// # Errors
    /// [`Incomplete`] when ids do not ascend, or an empty page claims that there are more.
    pub fn by_key(self, after: Option<String>) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let mut last = after;
            let (mut received, mut was_empty) = (0, false);
            loop {
                let page = self.after_key(last.as_deref()).await?;
                let rows = page.rows.len() as u64;
                self.check_key(&page, last.as_deref(), received)?;
                let ends = match page.total {
                    Some(left) => rows == 0 || (rows < self.page_size && left == rows),
                    None => rows == 0 && was_empty,
                };
                was_empty = rows == 0;
                last = page.rows.last().map(|row| row.id.clone()).or(last);
                received += rows;
                yield page;
                if ends {
                    break;
                }
            }
        }
    }

    /// Whether a page by key continues the chain: ids ascend from the key on, and it holds what it claims.
    fn check_key(&self, page: &Page<T>, key: Option<&str>, received: u64) -> Result<(), Incomplete> {
        let rows = page.rows.len() as u64;
        let ids = key.into_iter().chain(page.rows.iter().map(|row| row.id.as_str()));
        let descent = ids.clone().zip(ids.skip(1)).find(|(before, after)| after <= before);
        let reason = match (descent, page.total) {
            (Some((before, after)), _) => Gap::NotAscending { before: before.to_owned(), after: after.to_owned() },
            (None, Some(left)) if rows == 0 && left > 0 => Gap::EmptyPage,
            (None, Some(left)) if left < rows => Gap::WrongCount,
            (None, None) if rows == 0 && key.is_none() => Gap::NothingStated,
            _ => return Ok(()),
        };
        Err(self.incomplete(reason, page, received))
    }

    /// What `page` shows, after `received` resources that came before it.
    fn incomplete(&self, reason: Gap, page: &Page<T>, received: u64) -> Incomplete {
        let rows = page.rows.len() as u64;
        Incomplete {
            resource: self.endpoint.path,
            reason,
            expected: page.total.map(|left| left + received),
            received: received + rows,
            distinct: received + rows,
            at: page.at.clone(),
        }
    }

    /// What comes at `start`, where the total says that nothing does. Some servers (WSO2) give the number of resources on
    /// the page for the total, and their first page cannot be told from the whole list. `None` is the end: an empty page,
    /// a refusal of such a `startIndex`, or resources of the first page again, from servers that know no pages.
    async fn beyond(&self, start: u64, first: &HashSet<String>) -> Result<Option<Page<T>>, Error> {
        let is_refusal = |status: StatusCode| matches!(status.as_u16(), 400 | 404 | 416 | 422);
        match self.at_index(start, self.page_size).await {
            Ok(page) => Ok(Some(page).filter(|page| page.rows.iter().any(|row| !first.contains(&row.id)))),
            Err(Error::Send(error)) if error.fault.status().is_some_and(|failed| is_refusal(failed.status)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A segment's pages, one page or several where the provider sends less than was asked for; an empty one is the last.
    fn in_turn(self, segment: Segment) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let mut next = segment.start;
            while let Some(count) = segment.left(next) {
                let page = self.at_index(next, count).await?;
                let received = page.rows.len() as u64;
                yield page;
                if received == 0 {
                    break;
                }
                next += received;
            }
        }
    }

    /// The same before its turn, as far as there is room: pages are taken to be of the first one's size, and given back if
    /// they are larger and it is too much. A task of its own, so that what has come is weighed, and not only once the
    /// caller looks at it.
    async fn ahead(self, segment: Segment, first: usize) -> Result<Ahead<T>, Error> {
        let work = async move {
            let Some(mut room) = self.room.room(first) else { return Ok(Ahead::Later(segment)) };
            let (mut next, mut bytes, mut pages) = (segment.start, 0, Vec::with_capacity(1));
            while let Some(count) = segment.left(next) {
                let answer = self.ask_at_index(next, count).await?;
                bytes += answer.response.body.len();
                if !room.grow_to(bytes) {
                    return Ok(Ahead::Later(segment));
                }
                let page = self.page(answer).await?;
                let received = page.rows.len() as u64;
                pages.push(page);
                if received == 0 {
                    break;
                }
                next += received;
            }
            Ok(Ahead::Read(pages, room))
        };
        done(AbortOnDropHandle::new(tokio::spawn(work.in_current_span())).await).await
    }

    async fn at_index(&self, start: u64, count: u64) -> Result<Page<T>, Error> {
        self.page(self.ask_at_index(start, count).await?).await
    }

    async fn ask_at_index(&self, start: u64, count: u64) -> Result<Answer, Error> {
        let filter = self.query.filter.as_ref().map(filter::to_query);
        self.ask(Some(start), count, filter, format!("startIndex {start}")).await
    }

    async fn after_key(&self, key: Option<&str>) -> Result<Page<T>, Error> {
        let at = key.map_or_else(|| "the beginning".to_owned(), |key| format!("id gt \"{key}\""));
        let after = key.map(|key| filter::greater(AttrPath::with_name("id"), key));
        let filter = match (self.query.filter.clone(), after) {
            (Some(wanted), Some(after)) => Some(Filter::and(wanted, after)),
            (wanted, after) => wanted.or(after),
        };
        self.page(self.ask(None, self.page_size, filter.as_ref().map(filter::to_query), at).await?).await
    }

    async fn ask(&self, start: Option<u64>, count: u64, filter: Option<String>, at: String) -> Result<Answer, Error> {
        let mut url = self.client.url(self.endpoint.path, None)?;
        set_query(&mut url, start, count, filter.as_deref(), self.query.without);
        let response = self.client.get(url.clone()).await?;
        Ok(Answer { url, response, start, at })
    }

    async fn page(&self, answer: Answer) -> Result<Page<T>, Error> {
        let read = Arc::clone(&self.read);
        // The semaphore is never closed.
        let _parser = PARSERS.acquire().await.ok();
        let parsed = tokio::task::spawn_blocking(move || match parse(&answer, &read) {
            Ok((total, rows)) => Ok((total, rows, answer)),
            Err(reason) => Err(unreadable(&answer.url, &answer.response, "a SCIM list response", reason)),
        });
        let (total, rows, answer) = done(parsed.await).await?;
        let nameless = rows.iter().position(Option::is_none);
        let received = rows.len() as u64;
        let rows = rows.into_iter().flatten().collect();
        let place = nameless.map(|position| answer.place(position));
        let page = Page { total, rows, at: answer.at, bytes: answer.response.body.len() };
        let Some(at) = place else { return Ok(page) };
        Err(Incomplete { received, at, ..self.incomplete(Gap::NoId, &page, 0) }.into())
    }
}

impl Answer {
    /// Where in the list the resource at this position of the page stands.
    fn place(&self, position: usize) -> String {
        match self.start {
            Some(start) => format!("startIndex {}", start + position as u64),
            None => format!("resource {} after {}", position + 1, self.at),
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

/// The page's total and its resources; `None` stands for one without an id.
type Parsed<T> = (Option<u64>, Vec<Option<Row<T>>>);

fn parse<T>(answer: &Answer, read: &Read<T>) -> Result<Parsed<T>, String> {
    let page = ListPage::parse(&answer.response.body).map_err(|reason| format!("{reason}, at {}", answer.at))?;
    let rows = page.resources.iter().enumerate().map(|(position, raw)| {
        let value = json::parse(raw.get().as_bytes())
            .map_err(|reason| format!("the resource at {}: {reason}", answer.place(position)))?;
        let id = resource::id(&value).map(std::borrow::Cow::into_owned);
        Ok(id.map(|id| Row { id, item: read(&value) }))
    });
    Ok((page.total, rows.collect::<Result<_, String>>()?))
}

#[cfg(test)]
mod tests;
