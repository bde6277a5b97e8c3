//! Pages by `id gt "<last id>"`: one after the other, each checked to continue the one before.

use super::{Page, Pages};
use crate::scim::error::{Error, Gap, Incomplete};
use crate::scim::filter;
use crate::scim::ids::Ids;
use crate::scim::provider::Totals;
use crate::scim::query::Place;
use async_stream::try_stream;
use futures::Stream;
use http::StatusCode;
use scim_v2::filter::{AttrPath, Filter};

/// So often a page is read again that seems to have left something out.
const MAX_READINGS: u32 = 3;

/// What is kept of a page until the next one has come.
struct Before {
    /// It holds what comes after this id,
    key: Option<String>,
    /// up to this one.
    last: String,
    ids: Ids,
    received: u64,
    /// How many it says are left after it.
    left: u64,
}

impl Before {
    fn of<T>(key: Option<String>, page: &Page<T>) -> Option<Self> {
        Some(Self {
            key,
            last: page.ids.last()?.to_string(),
            ids: page.id_set(),
            received: page.received(),
            left: page.total?.saturating_sub(page.received()),
        })
    }

    /// Whether fewer are left than there should be: some were deleted, or the page before left them out.
    fn lacks<T>(&self, page: &Page<T>) -> bool {
        page.total.is_some_and(|left| left < self.left)
    }
}

impl<T: Send + 'static> Pages<T> {
    /// The pages by `id gt`, each after the last id of the one before, starting after `after`. Ends with an empty answer
    /// that claims that none are left; where totals are trusted already with the first one that is shorter than asked and
    /// holds as many resources as it claims are left; where nothing is claimed, with the second empty one.
    ///
    /// A page that counts more after it than then are left may have left out resources in its middle, which the chain of
    /// ids does not show. It is read again, and what it had left out comes as a page of its own.
    ///
    /// # Errors
    /// [`Incomplete`] when ids do not ascend, an empty page claims that there are more, a page goes on leaving out what it
    /// counts, or what was there is gone.
    pub fn by_key(self, after: Option<String>) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let mut last = after;
            let mut before: Option<Before> = None;
            let (mut received, mut was_empty) = (0, false);
            loop {
                let mut page = self.after_key(last.as_deref(), received).await?;
                if let Some(before) = before.as_ref().filter(|before| before.lacks(&page)) {
                    let (left_out, next) = self.left_out(before, page, received).await?;
                    received += left_out.received();
                    page = next;
                    yield left_out;
                }
                let rows = page.received();
                let ends = match page.total {
                    Some(left) => rows == 0 || (self.is_trusted() && rows < self.page_size && left == rows),
                    None => rows == 0 && was_empty,
                };
                was_empty = rows == 0;
                before = Before::of(last.clone(), &page);
                last = page.ids.last().map(ToString::to_string).or(last);
                received += rows;
                yield page;
                if ends {
                    break;
                }
            }
        }
    }

    /// Whether nothing stands before the resource with this id.
    pub async fn is_first(&self, id: &str) -> Result<bool, Error> {
        let before = filter::less(AttrPath::with_name("id"), id);
        let filter = self.wanted_and(Some(before));
        match self.fetch(self.question(Place::Unsaid, 1, filter.as_ref(), format!("id lt \"{id}\""))?).await {
            // A provider that ignores the filter shows nothing that stands before.
            Ok(page) => Ok(page.ids.iter().all(|other| &**other >= id)),
            // That a provider takes `gt` does not say that it takes `lt`.
            Err(Error::Send(error)) if error.fault.status().is_some_and(|it| it.status == StatusCode::BAD_REQUEST) => {
                tracing::debug!("the provider does not filter by id lt: the list is taken to begin where it does");
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    fn is_trusted(&self) -> bool {
        self.endpoint.totals == Totals::Trusted
    }

    /// What the page `before` left out, and the page after it, once the two agree on how many are left. Where much of that
    /// page itself is gone in a moment, it was no deletion that left fewer: the provider does not show the rest any more.
    async fn left_out(&self, before: &Before, mut page: Page<T>, received: u64) -> Result<(Page<T>, Page<T>), Error> {
        let received_before = received.saturating_sub(before.received);
        let (mut left_out, found) = (Page::empty(), Ids::default());
        for _ in 0..MAX_READINGS {
            let mut again = self.after_key(before.key.as_deref(), received_before).await?;
            again.retain(|id| id <= before.last.as_str());
            let of = before.received;
            let gone = of.saturating_sub(again.ids.iter().filter(|id| before.ids.has(id)).count() as u64);
            if gone * 2 >= of {
                Err(self.incomplete(Gap::Vanished { gone, of }, &again, received_before))?;
            }
            let left = again.total.map(|total| total.saturating_sub(again.received()));
            again.retain(|id| !before.ids.has(id) && found.insert(id));
            left_out.append(&mut again);
            (left_out.at, left_out.total) = (again.at, left.map(|left| left + left_out.received()));
            if page.total < left {
                page = self.after_key(Some(&before.last), received).await?;
            }
            if page.total >= left {
                return Ok((left_out, page));
            }
        }
        Err(self.incomplete(Gap::WrongCount, &left_out, received).into())
    }

    /// The page after `key`, which continues the chain: ids ascend from the key on, and it holds what it claims.
    async fn after_key(&self, key: Option<&str>, received: u64) -> Result<Page<T>, Error> {
        let at = key.map_or_else(|| "the beginning".to_owned(), |key| format!("id gt \"{key}\""));
        let after = key.map(|key| filter::greater(AttrPath::with_name("id"), key));
        let filter = self.wanted_and(after);
        let page = self.fetch(self.question(Place::Unsaid, self.page_size, filter.as_ref(), at)?).await?;
        self.check_key(&page, key, received)?;
        Ok(page)
    }

    /// What the list asks for, of those that match another filter as well.
    fn wanted_and(&self, other: Option<Filter>) -> Option<Filter> {
        match (self.query.filter.clone(), other) {
            (Some(wanted), Some(other)) => Some(Filter::and(wanted, other)),
            (wanted, other) => wanted.or(other),
        }
    }

    /// Whether a page by key continues the chain: ids ascend from the key on, and it holds what it claims.
    fn check_key(&self, page: &Page<T>, key: Option<&str>, received: u64) -> Result<(), Incomplete> {
        let rows = page.received();
        let ids = key.into_iter().chain(page.ids.iter().map(|id| &**id));
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
}
