//! The proof that a list is complete, gathered while its pages come.

use super::error::{Gap, Incomplete};
use super::ids::Ids;
use super::list_all::Break;
use super::pages::Page;
use std::sync::Arc;

/// What is known of a list while it is read.
pub(super) struct Proof {
    resource: Arc<str>,
    ids: Ids,
    /// The first page's total.
    expected: Option<u64>,
    /// By cursor: the smallest total of any page, and whether they were not all the same.
    least: Option<u64>,
    has_changed: bool,
    first_id: Option<Box<str>>,
    received: u64,
    distinct: u64,
    at: String,
}

impl Proof {
    /// `ids` takes in what comes.
    pub fn new(resource: Arc<str>, ids: Ids) -> Self {
        Self {
            resource,
            ids,
            expected: None,
            least: None,
            has_changed: false,
            first_id: None,
            received: 0,
            distinct: 0,
            at: "the beginning".to_owned(),
        }
    }

    /// Checks a page by index against the ones before, and leaves in it what did not come before.
    pub fn take<T>(&mut self, page: &mut Page<T>) -> Result<(), Break> {
        // Without a total, pages that bring nothing new would go on for ever: past the end some servers repeat the last.
        if self.expected.is_none() {
            self.check_distinct()?;
        }
        let is_first = self.received == 0;
        self.at.clone_from(&page.at);
        if is_first {
            self.expected = page.total;
            self.first_id = page.ids.first().map(Box::from);
            self.ids.expect(page.total.unwrap_or(0));
        } else if let (Some(from), Some(to)) = (self.expected, page.total)
            && from != to
        {
            return Err(self.shifted(Gap::TotalChanged { from, to }));
        }
        if page.ids.is_empty() && self.expected.or(page.total).is_some_and(|total| self.received < total) {
            return Err(self.shifted(Gap::EmptyPage));
        }
        if !is_first && self.first_id.is_some() && page.ids.first() == self.first_id.as_deref() {
            // Either the provider knows no pages, or something came in at the front: another reading tells.
            return Err(self.shifted(Gap::RepeatedPage));
        }
        let received = page.received();
        self.received += received;
        page.retain(|id| self.ids.insert(id));
        self.distinct += page.received();
        // Some servers repeat their last page past the end, and the total may promise thousands of them.
        if received > 0 && page.ids.is_empty() {
            return Err(self.shifted(Gap::Duplicates));
        }
        Ok(())
    }

    /// By cursor: what the first page states.
    pub fn expect(&mut self, stated: Option<u64>) {
        (self.expected, self.least) = (stated, stated);
        self.ids.expect(stated.unwrap_or(0));
    }

    pub fn is_expecting(&self) -> bool {
        self.expected.is_some()
    }

    /// Checks a page by cursor, and leaves in it what did not come before. A total that changes shows that the number of resources did, which
    /// does not break the chain of cursors: then there must be as many ids as were there all the time, and may be more.
    pub fn follow<T>(&mut self, page: &mut Page<T>) -> Result<(), Break> {
        self.check_distinct()?;
        self.at.clone_from(&page.at);
        if let (Some(least), Some(total)) = (self.least, page.total) {
            self.has_changed |= self.expected != Some(total);
            self.least = Some(least.min(total));
        }
        self.received += page.received();
        page.retain(|id| self.ids.insert(id));
        self.distinct += page.received();
        Ok(())
    }

    /// Whether no id came twice. It is asked when the page has been given out: its ids are remembered as given.
    fn check_distinct(&self) -> Result<(), Break> {
        if self.distinct < self.received { Err(self.shifted(Gap::Duplicates)) } else { Ok(()) }
    }

    /// Whether what was read by index or cursor is the whole list.
    pub fn finish(&self) -> Result<(), Break> {
        self.check_distinct()?;
        match self.expected {
            Some(total) if total != self.distinct && !self.has_changed => Err(self.shifted(Gap::WrongCount)),
            Some(_) if self.least.is_some_and(|least| self.distinct < least) => Err(self.shifted(Gap::WrongCount)),
            // Read to the empty page, a list without a total is what came; where nothing came, it may be no list at all.
            None if self.distinct == 0 => Err(self.shifted(Gap::NothingStated)),
            _ => Ok(()),
        }
    }

    pub fn shifted(&self, reason: Gap) -> Break {
        Break::Shifted(self.incomplete(reason))
    }

    fn incomplete(&self, reason: Gap) -> Incomplete {
        Incomplete {
            resource: self.resource.clone(),
            reason,
            expected: self.expected,
            received: self.received,
            distinct: self.distinct,
            at: self.at.clone(),
        }
    }
}
