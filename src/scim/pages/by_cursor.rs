//! Pages by cursor (RFC 9865): each answer gives the cursor of the next one.

use super::{Page, Pages};
use crate::scim::error::{Error, Gap, Incomplete};
use crate::scim::ids::Ids;
use crate::scim::query::Place;
use async_stream::try_stream;
use futures::Stream;

/// So many empty pages in a row, each with a cursor for the next, are taken for a server's way of searching.
const MAX_EMPTY_PAGES: u32 = 20;

impl<T: Send + 'static> Pages<T> {
    /// The pages by cursor, to the one that gives none.
    ///
    /// # Errors
    /// [`Incomplete`] when a cursor comes again, too many empty pages come, or nothing shows that the server knows
    /// cursors: a first page that is full, with neither a cursor nor a total.
    pub fn by_cursor(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let cursors = Ids::default();
            let (mut cursor, mut number, mut received, mut empty_pages) = (String::new(), 0_u64, 0, 0);
            loop {
                number += 1;
                let mut page = self.at_cursor(&cursor, number).await?;
                let rows = page.received();
                let next = page.next_cursor.take();
                empty_pages = if rows == 0 { empty_pages + 1 } else { 0 };
                let gap = match &next {
                    Some(next) if !cursors.insert(next) => Some(Gap::RepeatedCursor),
                    Some(_) if empty_pages > MAX_EMPTY_PAGES => Some(Gap::EmptyPages { pages: empty_pages }),
                    None if number == 1 && page.total.is_none() && rows >= self.page_size => Some(Gap::NoCursor),
                    _ => None,
                };
                if let Some(gap) = gap {
                    Err(Incomplete { expected: page.total, ..self.incomplete(gap, &page, received) })?;
                }
                received += rows;
                yield page;
                match next {
                    Some(next) => cursor = next,
                    None => break,
                }
            }
        }
    }

    /// "the same query parameters" go with each cursor (RFC 9865 §2).
    async fn at_cursor(&self, cursor: &str, number: u64) -> Result<Page<T>, Error> {
        let filter = self.query.filter.as_ref();
        self.fetch(self.question(Place::Cursor(cursor), self.page_size, filter, format!("page {number}"))?).await
    }
}
