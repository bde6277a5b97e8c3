//! Pages by cursor (RFC 9865): each answer gives the cursor of the next one.
//!
//! A server that knows no cursors takes no notice of `?cursor`, and its answer looks like that of one that does, whose list
//! ends with its first page. So a first answer without a cursor is the whole list only where nothing else can be: it states
//! a total that is believed and reached, or what comes behind it was asked for by index, and nothing does. Where it states a
//! higher total, or is as full as was asked for and states none, the list is read by index, whose proof then counts. Who has
//! given one cursor knows cursors, and ends a list by giving none. A refusal of the first page ends the list, since cursors
//! were asked for; only where the server's description was all that spoke for them, it is read by index instead.

use super::{Page, Pages};
use crate::scim::error::{Error, Gap, Incomplete};
use crate::scim::ids::Ids;
use crate::scim::provider::Totals;
use crate::scim::query::Place;
use async_stream::try_stream;
use futures::Stream;

/// So many empty pages in a row, each with a cursor for the next, are taken for a server's way of searching.
const MAX_EMPTY_PAGES: u32 = 20;

/// What is answered to a question that is not understood, or not allowed in this form.
const REFUSALS: &[u16] = &[400, 404, 405, 422, 501];

impl<T: Send + 'static> Pages<T> {
    /// The pages by cursor, to the one that gives none.
    ///
    /// # Errors
    /// [`Incomplete`] when a cursor comes again, or too many empty pages come.
    pub fn by_cursor(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let cursors = Ids::default();
            let (mut number, mut received, mut empty_pages) = (1_u64, 0, 0);
            let (mut page, count) = self.first_by_cursor().await?;
            loop {
                let rows = page.received();
                let next = page.next_cursor.clone();
                empty_pages = if rows == 0 { empty_pages + 1 } else { 0 };
                let gap = match &next {
                    Some(next) if !cursors.insert(next) => Some(Gap::RepeatedCursor),
                    Some(_) if empty_pages > MAX_EMPTY_PAGES => Some(Gap::EmptyPages { pages: empty_pages }),
                    _ => None,
                };
                if let Some(gap) = gap {
                    Err(Incomplete { expected: page.total, ..self.incomplete(gap, &page, received) })?;
                }
                received += rows;
                yield page;
                let Some(next) = next else { break };
                number += 1;
                page = self.at_cursor(&next, count, number).await?;
            }
        }
    }

    /// The first page, and how many resources all pages are asked for: where the server refuses that number (`invalidCount`),
    /// as many as it says that it gives, else as many as it likes.
    async fn first_by_cursor(&self) -> Result<(Page<T>, Option<u64>), Error> {
        let asked = self.page_size;
        match self.at_cursor("", Some(asked), 1).await {
            Err(error) if error.scim_type().as_deref() == Some("invalidCount") => {
                let max = self.client.server_config().await?.and_then(|config| config.max_page_size());
                let count = max.filter(|max| *max < asked);
                Ok((self.at_cursor("", count, 1).await?, count))
            }
            page => Ok((page?, Some(asked))),
        }
    }

    /// Whether this is the first answer of a server that knows cursors; else the list is to be read by index.
    ///
    /// # Errors
    /// As for every request: what comes behind the page may have to be asked for.
    pub fn knows_cursors<'a>(
        &'a self,
        first: &Result<Page<T>, Error>,
    ) -> impl Future<Output = Result<bool, Error>> + Send + use<'a, T> {
        let shown = match first {
            Ok(page) => self.shows_cursors(page).ok_or_else(|| (1 + page.received(), page.id_set())),
            Err(error) => Ok(!(self.are_cursors_a_guess && error.status().is_some_and(|it| REFUSALS.contains(&it)))),
        };
        async move {
            match shown {
                Ok(shown) => Ok(shown),
                Err((behind, ids)) => Ok(self.beyond(behind, |id| ids.has(id)).await?.is_none()),
            }
        }
    }

    /// The same, as far as the page itself shows it.
    fn shows_cursors(&self, first: &Page<T>) -> Option<bool> {
        let rows = first.received();
        match first.total {
            _ if first.next_cursor.is_some() => Some(true),
            Some(total) if total > rows => Some(false),
            None if rows >= self.page_size => Some(false),
            // What is wrong here is no matter of cursors.
            Some(total) if total < rows => Some(true),
            _ if rows == 0 => Some(true),
            Some(_) if self.endpoint.totals == Totals::Trusted => Some(true),
            _ => None,
        }
    }

    /// "the same query parameters" go with each cursor (RFC 9865 §2).
    async fn at_cursor(&self, cursor: &str, count: Option<u64>, number: u64) -> Result<Page<T>, Error> {
        let filter = self.query.filter.as_ref();
        self.fetch(self.question(Place::Cursor(cursor), count, filter, format!("page {number}"))?).await
    }
}
