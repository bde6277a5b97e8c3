//! Pages of ranges of ids, read side by side: each range by key, within `id gt` the end of the one before and `id le` its own.
//!
//! Where the ranges end is looked up by `startIndex`, one resource each. That only balances them: whatever their ends are,
//! they have every id between them, and each is proven as a list by key is, with a total of its own. A range must end with
//! the very resource that its end was taken from, so that a provider that does not keep to `id le` is found out. The pages
//! come as they are read, in no order.

use super::chain::Chain;
use super::{PART, Page, Pages};
use crate::scim::error::{Error, Gap, Incomplete};
use crate::scim::filter;
use crate::scim::provider::Paging;
use async_stream::try_stream;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use scim_v2::filter::AttrPath;
use std::iter;
use std::sync::Arc;

/// How a list is split.
pub(in crate::scim) struct Ranges {
    /// How many resources the whole list states.
    pub total: u64,
    /// The last ids of all ranges but the last, ascending.
    ends: Vec<Arc<str>>,
}

impl<T: Send + 'static> Pages<T> {
    /// How the list is split, if it is to be and the provider lets it.
    ///
    /// # Errors
    /// As for every request.
    pub async fn partitions(&self, paging: Paging) -> Result<Option<Ranges>, Error> {
        let options = self.client.options();
        if !options.partitions || options.concurrency.get() == 1 {
            return Ok(None);
        }
        let filter = self.within(Some("")).wanted_after(Some(""));
        let reason = match (paging, self.endpoint.paging) {
            (Paging::IndexThenKey { .. }, _) => "it is read side by side in windows anyway",
            (Paging::Cursor | Paging::Whole, _) => "it is read by cursor, or as a whole",
            (_, Paging::Key | Paging::IndexThenKey { .. }) => "its startIndex ends early",
            _ if !filter.is_some_and(|filter| self.endpoint.filters.understand(&filter)) => "it has no filters by id",
            _ => return self.ranges().await,
        };
        tracing::info!(resource = %self.endpoint.path, reason, "the list is not split");
        Ok(None)
    }

    /// Ranges of about the same length, of a page at least, one for each request at once; `None` where there would be only
    /// one, or nothing tells where they end.
    async fn ranges(&self) -> Result<Option<Ranges>, Error> {
        let total = self.total().await?.unwrap_or_default();
        let number = total.div_ceil(self.page_size).min(self.client.concurrency() as u64);
        let ends: Vec<Page<T>> = stream::iter((1..number).map(|range| self.at_index(range * total / number, 1)))
            .buffered(self.client.concurrency())
            .try_collect()
            .await?;
        let ends: Vec<Arc<str>> = ends.iter().filter_map(|page| page.ids.first()).map(Arc::from).collect();
        let is_usable = !ends.is_empty() && ends.is_sorted_by(|one, next| one < next);
        if number != 1 && !is_usable {
            let reason = "it states no total, or is not in the order of its ids";
            tracing::info!(resource = %self.endpoint.path, reason, "the list is not split");
        }
        Ok(is_usable.then_some(Ranges { total, ends }))
    }

    /// How many the whole list has, as far as that is said and believed.
    pub async fn total(&self) -> Result<Option<u64>, Error> {
        Ok(self.at_index(1, 1).await?.total)
    }

    /// That all ranges together are another number than the whole list has now.
    pub fn wrong_count(&self, received: u64, now: u64) -> Incomplete {
        let resource = self.endpoint.path.clone();
        let at = "the end of all ranges".to_owned();
        Incomplete { resource, reason: Gap::WrongCount, expected: Some(now), received, distinct: received, at }
    }

    /// The pages of all ranges, as they come: as many side by side as there is room for, and one at least.
    ///
    /// # Errors
    /// As for [`Pages::by_key`]; [`Incomplete`](crate::scim::error::Incomplete) when a range does not end where it should.
    pub fn by_range(self, ranges: &Ranges) -> impl Stream<Item = Result<Page<T>, Error>> + Send + use<T> {
        let ends = || ranges.ends.iter().cloned().map(Some);
        let bounds: Vec<_> = iter::once(None).chain(ends()).zip(ends().chain([None])).collect();
        let rooms: Vec<_> = bounds.iter().map_while(|_| self.room.room(PART)).collect();
        let streams = bounds.into_iter().map(move |(after, end)| self.range(after, end).boxed());
        let mut pages = stream::iter(streams).flatten_unordered(rooms.len().max(1));
        try_stream! {
            while let Some(page) = pages.next().await {
                yield page?;
            }
            drop(rooms);
        }
    }

    /// One range, read by key.
    fn range(
        &self,
        after: Option<Arc<str>>,
        end: Option<Arc<str>>,
    ) -> impl Stream<Item = Result<Page<T>, Error>> + Send + use<T> {
        let pages = self.within(end.as_deref());
        try_stream! {
            let mut last = after.clone();
            let mut scan = pages.clone().by_key_from(Chain::after(after.as_deref())).boxed();
            while let Some(page) = scan.next().await {
                let page = page?;
                last = last.max(page.ids.last().map(Arc::from));
                if end.is_some() && last > end {
                    Err(pages.incomplete(Gap::OutOfRange, &page, 0))?;
                }
                yield page;
            }
            if end.is_some() && last != end {
                Err(pages.incomplete(Gap::OutOfRange, &Page::empty(), 0))?;
            }
        }
    }

    /// The list up to this id, with it; without one, all of it.
    fn within(&self, end: Option<&str>) -> Self {
        let mut pages = self.clone();
        if let Some(end) = end {
            pages.query.filter = self.wanted_and(Some(filter::at_most(AttrPath::with_name("id"), end)));
        }
        pages
    }
}
