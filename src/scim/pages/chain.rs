//! The proof of a list that is read in the order of its ids: what is proven so far, and the page that goes on from there.

use super::{Page, Pages};
use crate::scim::error::{Error, Gap, Incomplete};
use crate::scim::filter;
use crate::scim::ids::Ids;
use crate::scim::provider::Totals;
use crate::scim::query::Place;
use scim_v2::filter::{AttrPath, Filter};

/// So often a page is read again that seems to have left something out.
const MAX_READINGS: u32 = 3;

/// Everything up to an id, without a hole.
#[derive(Default)]
pub(super) struct Chain {
    /// The id; `None` is the beginning.
    last: Option<String>,
    before: Option<Before>,
    received: u64,
    was_empty: bool,
    has_ended: bool,
}

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
}

impl Chain {
    /// What comes after this id.
    pub fn after(key: Option<&str>) -> Self {
        Self { last: key.map(str::to_owned), ..Self::default() }
    }

    pub fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// How many are to come, as far as that was said.
    pub fn left(&self) -> Option<u64> {
        self.before.as_ref().map(|before| before.left)
    }

    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Whether fewer are left than there should be: some were deleted, or the page before left them out.
    pub fn lacks<T>(&self, page: &Page<T>) -> bool {
        self.left().zip(page.total).is_some_and(|(expected, left)| left < expected)
    }

    /// Goes on by a page that was checked, whose total counts what comes after the chain. Ends with an empty one that
    /// claims that none are left; where totals are trusted already with one that is shorter than asked and holds as many
    /// as it claims are left; where nothing is claimed, with the second empty one.
    pub fn take<T: Send + 'static>(&mut self, page: &Page<T>, pages: &Pages<T>) {
        let rows = page.received();
        let is_trusted = pages.endpoint.totals == Totals::Trusted;
        self.has_ended = match page.total {
            Some(left) => rows == 0 || (is_trusted && rows < pages.page_size && left == rows),
            None => rows == 0 && self.was_empty,
        };
        self.was_empty = rows == 0;
        let last = page.ids.last().map(ToString::to_string);
        let key = if let Some(last) = last { self.last.replace(last) } else { self.last.clone() };
        self.before = Before::of(key, page);
        self.received += rows;
    }

    /// Whether a page goes on from here: ids ascend, and it holds what it claims.
    pub fn check<T: Send + 'static>(&self, page: &Page<T>, pages: &Pages<T>) -> Result<(), Incomplete> {
        pages.check_key(page, self.last(), self.received)
    }
}

impl<T: Send + 'static> Pages<T> {
    /// The page after the chain, and what the one before had left out. A page that counts more after it than then are left
    /// may have left out resources in its middle, which the chain of ids does not show. It is read again, and what it had
    /// left out comes as a page of its own.
    ///
    /// # Errors
    /// [`Incomplete`] when ids do not ascend, an empty page claims that there are more, a page goes on leaving out what it
    /// counts, or what was there is gone.
    pub(super) async fn next_of(&self, chain: &mut Chain) -> Result<(Option<Page<T>>, Page<T>), Error> {
        let mut page = self.after_key(chain.last(), chain.received).await?;
        let mut left_out = None;
        if let Some(before) = chain.before.as_ref().filter(|_| chain.lacks(&page)) {
            let (found, next) = self.left_out(before, page, chain.received).await?;
            chain.received += found.received();
            (left_out, page) = (Some(found), next);
        }
        chain.take(&page, self);
        Ok((left_out, page))
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
        let at = key.map_or_else(|| "the beginning".to_owned(), at_key);
        let filter = self.wanted_after(key);
        let page = self.fetch(self.question(Place::Unsaid, self.page_size, filter.as_ref(), at)?).await?;
        self.check_key(&page, key, received)?;
        Ok(page)
    }

    /// What the list asks for, of those that come after an id.
    pub fn wanted_after(&self, key: Option<&str>) -> Option<Filter> {
        self.wanted_and(key.map(|key| filter::greater(AttrPath::with_name("id"), key)))
    }

    /// What the list asks for, of those that match another filter as well.
    pub fn wanted_and(&self, other: Option<Filter>) -> Option<Filter> {
        match (self.query.filter.clone(), other) {
            (Some(wanted), Some(other)) => Some(Filter::and(wanted, other)),
            (wanted, other) => wanted.or(other),
        }
    }

    /// Whether a page by key continues the chain: ids ascend from the key on, and it holds what it claims.
    fn check_key(&self, page: &Page<T>, key: Option<&str>, received: u64) -> Result<(), Incomplete> {
        let rows = page.received();
        let ids = key.into_iter().chain(page.ids.iter());
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

/// Where a page after this id stands, for a person.
pub(super) fn at_key(key: &str) -> String {
    format!("id gt \"{key}\"")
}
