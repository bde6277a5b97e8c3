//! Lists from the first resource to the last, with the proof that nothing is missing.
//!
//! By index, every page's total must equal the first's and the distinct ids must be as many. If they are not, the list is
//! read once more, and what was not given out yet is given out; if they are not again, it ends in an error with the
//! figures. A deletion and an insertion that keep the total cannot be seen by index. Where no total is stated, two empty
//! answers one after the other at the same place, and no id twice, are the best proof there is. By key, ids ascend and the
//! last answer holds as many resources as it claims are left, which a change in the meantime cannot break.

use super::client::Client;
use super::error::{Error, Gap, Incomplete};
use super::pages::{Page, Pages, Query, Read, Row};
use super::provider::{Endpoint, Paging};
use async_stream::try_stream;
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

impl Client {
    /// Every resource of `endpoint` that matches the query, each one once, page by page in the provider's order.
    ///
    /// # Errors
    /// The stream ends with an error unless the list was complete: see [`Incomplete`].
    pub fn list<T: Send + 'static>(
        &self,
        endpoint: &'static Endpoint,
        query: Query,
        read: Read<T>,
    ) -> impl Stream<Item = Result<Vec<T>, Error>> + Send + 'static {
        let last_start = match self.paging(endpoint) {
            Paging::Index => None,
            Paging::IndexThenKey { last_start } => Some(last_start),
            Paging::Key => Some(0),
        };
        let pages = Pages::new(self.clone(), endpoint, query, read);
        try_stream! {
            let given = Ids::default();
            let mut scan = attempt(pages.clone(), last_start, given.clone()).boxed();
            let shift = loop {
                match scan.next().await {
                    Some(Ok(rows)) => yield items(rows),
                    Some(Err(Break::Shifted(incomplete))) => break incomplete,
                    Some(Err(Break::Failed(error))) => Err(error)?,
                    None => return,
                }
            };
            tracing::warn!(reason = %shift, "the list is read once more");
            let again = if last_start.is_some() { Some(0) } else { None };
            let mut scan = attempt(pages, again, Ids::default()).boxed();
            while let Some(rows) = scan.next().await {
                let mut rows = rows.map_err(Break::into_error)?;
                rows.retain(|row| given.insert(&row.id));
                yield items(rows);
            }
        }
    }
}

fn items<T>(rows: Vec<Row<T>>) -> Vec<T> {
    rows.into_iter().map(|row| row.item).collect()
}

/// Why one reading of a list ended early.
enum Break {
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

/// Reads the whole list once: by index up to `last_start`, where there is such a limit then on by key. With a limit of 0
/// all of it is read by key.
fn attempt<T: Send + 'static>(
    pages: Pages<T>,
    last_start: Option<u64>,
    ids: Ids,
) -> impl Stream<Item = Result<Vec<Row<T>>, Break>> + Send {
    try_stream! {
        let mut proof = Proof::new(&pages, ids);
        if last_start != Some(0) {
            let mut scan = pages.clone().by_index(last_start).err_into::<Break>().boxed();
            while let Some(page) = scan.next().await {
                yield proof.take(page?)?;
            }
            if last_start.is_none() || proof.has_all() {
                proof.finish()?;
                return;
            }
        }
        let mut joined = last_start == Some(0);
        let mut scan = pages.by_key(proof.last_id_of_ascending()?).err_into::<Break>().boxed();
        while let Some(page) = scan.next().await {
            let page = page?;
            if !joined {
                proof.join(&page)?;
                joined = true;
            }
            yield page.rows;
        }
    }
}

/// What is known of a list while it is read by index.
struct Proof {
    resource: &'static str,
    ids: Ids,
    /// The first page's total.
    expected: Option<u64>,
    first_id: Option<String>,
    last_id: Option<String>,
    /// The first pair of ids that does not ascend.
    descent: Option<(String, String)>,
    received: u64,
    distinct: u64,
    at: String,
}

impl Proof {
    fn new<T: Send + 'static>(pages: &Pages<T>, ids: Ids) -> Self {
        Self {
            resource: pages.endpoint.path,
            ids,
            expected: None,
            first_id: None,
            last_id: None,
            descent: None,
            received: 0,
            distinct: 0,
            at: "the beginning".to_owned(),
        }
    }

    /// Checks a page against the ones before; gives back the rows that did not come before.
    fn take<T>(&mut self, page: Page<T>) -> Result<Vec<Row<T>>, Break> {
        let is_first = self.received == 0;
        self.at = page.at;
        if is_first {
            self.expected = page.total;
            self.first_id = page.rows.first().map(|row| row.id.clone());
        } else if let (Some(from), Some(to)) = (self.expected, page.total)
            && from != to
        {
            return Err(self.shifted(Gap::TotalChanged { from, to }));
        }
        if page.rows.is_empty() && self.expected.or(page.total).is_some_and(|total| self.received < total) {
            return Err(self.shifted(Gap::EmptyPage));
        }
        if !is_first && self.first_id.is_some() && page.rows.first().map(|row| &row.id) == self.first_id.as_ref() {
            // Either the provider knows no pages, or something came in at the front: another reading tells.
            return Err(self.shifted(Gap::RepeatedPage));
        }
        let mut rows = page.rows;
        self.received += rows.len() as u64;
        for row in &rows {
            if let Some(before) = self.last_id.as_ref().filter(|before| row.id <= **before && self.descent.is_none()) {
                self.descent = Some((before.clone(), row.id.clone()));
            }
            self.last_id = Some(row.id.clone());
        }
        rows.retain(|row| self.ids.insert(&row.id));
        self.distinct += rows.len() as u64;
        // Without a total, pages that bring nothing new would go on for ever: past the end some servers repeat the last.
        if self.expected.is_none() && self.distinct < self.received {
            return Err(self.shifted(Gap::Duplicates));
        }
        Ok(rows)
    }

    fn has_all(&self) -> bool {
        self.expected.is_some_and(|total| self.received >= total)
    }

    /// Whether what was read by index is the whole list.
    fn finish(&self) -> Result<(), Break> {
        if self.distinct < self.received {
            return Err(self.shifted(Gap::Duplicates));
        }
        match self.expected {
            Some(total) if total != self.distinct => Err(self.shifted(Gap::WrongCount)),
            // Read to the empty page, a list without a total is what came; where nothing came, it may be no list at all.
            None if self.distinct == 0 => Err(self.shifted(Gap::NothingStated)),
            _ => Ok(()),
        }
    }

    /// The id after which the list can be continued by key: it can, if all ids up to it ascend.
    fn last_id_of_ascending(&self) -> Result<Option<String>, Break> {
        match &self.descent {
            None => Ok(self.last_id.clone()),
            Some((before, after)) => {
                let reason = Gap::NotAscending { before: before.clone(), after: after.clone() };
                Err(Break::Failed(self.incomplete(reason).into()))
            }
        }
    }

    /// Whether the first page by key continues just where those by index ended.
    fn join<T>(&mut self, page: &Page<T>) -> Result<(), Break> {
        self.at.clone_from(&page.at);
        match (self.expected, page.total.map(|left| left + self.received)) {
            (Some(from), Some(to)) if from != to => Err(self.shifted(Gap::TotalChanged { from, to })),
            _ => Ok(()),
        }
    }

    fn shifted(&self, reason: Gap) -> Break {
        Break::Shifted(self.incomplete(reason))
    }

    fn incomplete(&self, reason: Gap) -> Incomplete {
        Incomplete {
            resource: self.resource,
            reason,
            expected: self.expected,
            received: self.received,
            distinct: self.distinct,
            at: self.at.clone(),
        }
    }
}

/// A set of ids, as hashes of 8 bytes under a key of this process. Two ids of one hash would count as one; then the count
/// would not agree with the total, and the list would end in an error, not in a hole.
#[derive(Clone, Default)]
struct Ids(Arc<Mutex<HashSet<u64>>>, RandomState);

impl Ids {
    /// Whether the id is new.
    fn insert(&self, id: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(self.1.hash_one(id))
    }
}

#[cfg(test)]
mod tests;
