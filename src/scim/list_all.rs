//! Lists from the first resource to the last, with the proof that nothing is missing.
//!
//! By index, every page's total must equal the first's and the distinct ids must be as many. If they are not, the list is
//! read once more, and what was not given out yet is given out; if they are not again, it ends in an error with the
//! figures. A deletion and an insertion that keep the total cannot be seen by index. Where no total is stated, two empty
//! answers one after the other at the same place, and no id twice, are the best proof there is. By key, also in windows, ids ascend, each
//! page counts as many after it as the next one says are left, and the last answer holds as many resources as it claims
//! are left, which a change in the meantime cannot break. By cursor, the chain of cursors ends, no cursor and no id comes
//! twice, and where the total stays the same the ids are as many. A server that does not take a cursor any more that it gave
//! (`expiredCursor`, `invalidCursor`) is read once more, too; one that turns out to know no cursors is read by index.
//!
//! Whether a complete list is plausible (there were many more the last time) is not judged here.

use super::client::Client;
use super::discovery::Way;
use super::error::{Error, Gap, Incomplete};
use super::ids::Ids;
use super::pages::{Page, Pages, Query, Ranges, Rows};
use super::proof::Proof;
use super::provider::{Endpoint, Paging};
use super::reading::Read;
use async_stream::try_stream;
use futures::stream::BoxStream;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use std::pin::pin;
use std::sync::Arc;

/// The resources of one page that did not come before.
pub struct Batch<T> {
    /// How many the whole list has: what the first page of a reading says, by cursor each page, where that can be believed.
    pub stated: Option<u64>,
    pub rows: Rows<T>,
    /// How many resources the page had.
    pub received: u64,
    /// 1, or 2 where pages had shifted and the list is read once more.
    pub reading: u32,
}

impl Client {
    /// Every resource of `endpoint` that matches the query, each one once, page by page in the provider's order.
    ///
    /// # Errors
    /// The stream ends with an error unless the list was complete: see [`Incomplete`].
    pub fn list<T: Send + 'static>(
        &self,
        endpoint: &Arc<Endpoint>,
        query: Query,
        read: Read<T>,
    ) -> impl Stream<Item = Result<Batch<T>, Error>> + Send + 'static {
        let (client, mut pages) = (self.clone(), Pages::new(self.clone(), Arc::clone(endpoint), query, read));
        try_stream! {
            let Way { paging, is_found, max_page_size } = client.way(&pages.endpoint).await?;
            pages.page_size = max_page_size.map_or(pages.page_size, |max| pages.page_size.min(max));
            pages.are_cursors_a_guess = is_found;
            let given = Ids::default();
            let mut scan = match pages.partitions(paging).await? {
                Some(ranges) => by_range(pages.clone(), ranges, given.clone()).boxed(),
                None => attempt(pages.clone(), paging, given.clone()),
            };
            let shift = loop {
                match scan.next().await {
                    Some(Ok(part)) => yield part.into_batch(1),
                    Some(Err(Break::Shifted(incomplete))) => break incomplete,
                    Some(Err(Break::Failed(error))) => Err(error)?,
                    None => return,
                }
            };
            tracing::warn!(reason = %shift, "the list is read once more");
            let again = match paging {
                // What is in no order of ids can still be read by index, as far as that reaches.
                Paging::IndexThenKey { last_start } if shift.expected.is_some_and(|total| total <= last_start) => {
                    Paging::Index
                }
                Paging::IndexThenKey { .. } => Paging::Key,
                paging => paging,
            };
            let mut scan = attempt(pages, again, Ids::default());
            while let Some(part) = scan.next().await {
                let mut part = part.map_err(Break::into_error)?;
                part.page.retain(|id| given.insert(id));
                yield part.into_batch(2);
            }
        }
    }
}

impl Client {
    /// What became of every resource of `endpoint` that matches the query: for lists that are known to be short.
    ///
    /// # Errors
    /// As for [`Client::list`].
    pub async fn list_whole<T: Send + 'static>(
        &self,
        endpoint: &Arc<Endpoint>,
        query: Query,
        read: Read<T>,
    ) -> Result<Vec<T>, Error> {
        let mut pages = pin!(self.list(endpoint, query, read));
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.extend(page?.rows.into_items().await?);
        }
        Ok(items)
    }
}

/// A page's resources, without those that came before in the same reading.
struct Part<T> {
    stated: Option<u64>,
    received: u64,
    page: Page<T>,
}

impl<T> Part<T> {
    fn into_batch(self, reading: u32) -> Batch<T> {
        Batch { stated: self.stated, rows: self.page.rows, received: self.received, reading }
    }
}

/// Why one reading of a list ended early.
pub(super) enum Break {
    /// The pages moved while they were read; another reading may succeed.
    Shifted(Incomplete),
    Failed(Error),
}

impl Break {
    fn into_error(self) -> Error {
        match self {
            Self::Shifted(incomplete) => incomplete.into(),
            Self::Failed(error) => error,
        }
    }
}

impl From<Error> for Break {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Reads the whole list once.
fn attempt<T: Send + 'static>(pages: Pages<T>, paging: Paging, ids: Ids) -> BoxStream<'static, Result<Part<T>, Break>> {
    match paging {
        Paging::Index => by_index(pages, ids).boxed(),
        Paging::IndexThenKey { last_start } => by_window(pages, last_start, ids).boxed(),
        Paging::Key => by_key(pages).boxed(),
        Paging::Cursor => by_cursor(pages, ids).boxed(),
        Paging::Whole => whole(pages, ids).boxed(),
    }
}

fn by_index<T: Send + 'static>(pages: Pages<T>, ids: Ids) -> impl Stream<Item = Result<Part<T>, Break>> + Send {
    try_stream! {
        let mut proof = Proof::new(Arc::clone(&pages.endpoint.path), ids);
        let mut scan = pages.clone().by_index().err_into::<Break>().enumerate().boxed();
        while let Some((number, page)) = scan.next().await {
            let mut page = page?;
            let (stated, received) = (pages.stated(number, &page), page.received());
            proof.take(&mut page)?;
            yield Part { stated, received, page };
        }
        proof.finish()?;
        pages.remember();
    }
}

/// The chain of ids is the proof, and `pages` checks it. What `startIndex` reaches can be read by index, if the chain does not
/// hold: it is few, and `ids` takes it in.
fn by_window<T: Send + 'static>(
    pages: Pages<T>,
    last_start: u64,
    ids: Ids,
) -> impl Stream<Item = Result<Part<T>, Break>> + Send {
    try_stream! {
        let (mut is_in_reach, mut total) = (false, None);
        let mut scan = pages.clone().by_window(last_start).enumerate().boxed();
        while let Some((number, page)) = scan.next().await {
            let page = page.map_err(|error| match error {
                Error::Incomplete(incomplete)
                    if (number == 0 || is_in_reach) && !matches!(incomplete.reason, Gap::NoId | Gap::NoTotal) =>
                {
                    Break::Shifted(Incomplete { expected: total.or(incomplete.expected), ..incomplete })
                }
                error => error.into(),
            })?;
            if number == 0 {
                total = page.total;
                is_in_reach = total.is_some_and(|total| total <= last_start);
            }
            if is_in_reach {
                for id in page.ids.iter() {
                    ids.insert(id);
                }
            }
            yield Part { stated: pages.stated(number, &page), received: page.received(), page };
        }
        pages.remember();
    }
}

/// Each range proves itself, and together they must be as many as the whole list was before or is afterwards, or a number
/// between the two.
fn by_range<T: Send + 'static>(
    pages: Pages<T>,
    ranges: Ranges,
    ids: Ids,
) -> impl Stream<Item = Result<Part<T>, Break>> + Send {
    try_stream! {
        let (mut stated, mut count) = (Some(ranges.total), 0);
        let mut scan = pages.clone().by_range(&ranges).boxed();
        while let Some(page) = scan.next().await {
            let page = page.map_err(|error| match error {
                Error::Incomplete(incomplete) => Break::Shifted(incomplete),
                error => error.into(),
            })?;
            for id in page.ids.iter() {
                ids.insert(id);
            }
            let received = page.received();
            count += received;
            yield Part { stated: stated.take(), received, page };
        }
        if count != ranges.total {
            let now = pages.total().await?.unwrap_or_default();
            if count < ranges.total.min(now) || count > ranges.total.max(now) {
                Err(Break::Shifted(pages.wrong_count(count, now)))?;
            }
        }
    }
}

/// One answer, which must have as many as it states.
fn whole<T: Send + 'static>(pages: Pages<T>, ids: Ids) -> impl Stream<Item = Result<Part<T>, Break>> + Send {
    try_stream! {
        let mut proof = Proof::new(Arc::clone(&pages.endpoint.path), ids);
        let mut page = pages.clone().whole().await?;
        let (stated, received) = (pages.stated(0, &page), page.received());
        proof.take(&mut page)?;
        yield Part { stated, received, page };
        proof.finish()?;
    }
}

/// The chain is the proof, and `pages` checks it.
fn by_key<T: Send + 'static>(pages: Pages<T>) -> impl Stream<Item = Result<Part<T>, Break>> + Send {
    try_stream! {
        let mut scan = pages.clone().by_key().err_into::<Break>().enumerate().boxed();
        while let Some((number, page)) = scan.next().await {
            let page = page?;
            if number == 0 && pages.is_capped(&page) {
                // Then later pages tell nothing of what should have come before them.
                let is_full = page.total.is_none_or(|total| page.received() >= total.min(pages.page_size));
                let shifted = pages.incomplete(Gap::NotTheBeginning, &page, 0);
                let first = page.ids.first().unwrap_or_default().to_owned();
                if !is_full || !pages.is_first(&first).await? {
                    Err(Break::Shifted(shifted))?;
                }
            }
            yield Part { stated: pages.stated(number, &page), received: page.received(), page };
        }
    }
}

fn by_cursor<T: Send + 'static>(pages: Pages<T>, ids: Ids) -> impl Stream<Item = Result<Part<T>, Break>> + Send {
    try_stream! {
        let mut proof = Proof::new(Arc::clone(&pages.endpoint.path), ids.clone());
        let mut scan = pages.clone().by_cursor().enumerate().boxed();
        while let Some((number, page)) = scan.next().await {
            if number == 0 && !pages.knows_cursors(&page).await? {
                drop(page);
                let mut scan = by_index(pages, ids).boxed();
                while let Some(part) = scan.next().await {
                    yield part?;
                }
                return;
            }
            let mut page = page.map_err(|error| match lost_cursor(&error) {
                Some(scim_type) if number > 0 => proof.shifted(Gap::CursorLost { scim_type }),
                _ => error.into(),
            })?;
            if number == 0 {
                proof.expect(pages.stated(number, &page));
            }
            // A later total may tell that the view of most was lost on the way.
            let stated = page.total.filter(|_| proof.is_expecting());
            let received = page.received();
            proof.follow(&mut page)?;
            yield Part { stated, received, page };
        }
        proof.finish()?;
    }
}

/// How the provider says that it does not take a cursor that it gave (RFC 9865 §2.1).
fn lost_cursor(error: &Error) -> Option<&'static str> {
    let said = error.scim_type()?;
    ["expiredCursor", "invalidCursor"].into_iter().find(|known| said.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests;
