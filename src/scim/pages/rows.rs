//! The resources of a page, after it was checked: what became of them, or, on large pages, still as they came. A large page
//! is read part by part when its turn comes, so that it takes little more room than its answer did.

use super::held::Weight;
use super::{Answer, parsers};
use crate::scim::error::Error;
use crate::scim::reading::{Made, Read};
use bytes::Bytes;
use serde_json::value::RawValue;
use std::ops::Range;
use std::sync::Arc;

/// A larger page is read in parts: twice, once for the ids.
pub(super) const AT_ONCE: usize = 4 * 1024 * 1024;

/// The parts have about this size.
pub(super) const PART: usize = 1024 * 1024;

/// Resources in the order in which they came.
pub struct Rows<T>(Vec<Part<T>>);

/// So many of them as are read at once.
pub enum Part<T> {
    Read(Made<T>),
    Unread(Unread<T>),
}

/// Resources as they came. All of them were read once, for their ids: they can be read.
pub struct Unread<T> {
    page: Arc<Large>,
    places: Vec<Range<usize>>,
    read: Read<T>,
}

/// The answer that unread resources are in.
struct Large {
    body: Bytes,
    url: String,
    _weight: Option<Weight>,
}

impl<T> Clone for Unread<T> {
    fn clone(&self) -> Self {
        Self { page: Arc::clone(&self.page), places: self.places.clone(), read: self.read.clone() }
    }
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Rows<T> {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.iter().map(Part::count).sum()
    }

    /// The parts, each to be read when it is wanted.
    pub fn into_parts(self) -> impl Iterator<Item = Part<T>> {
        self.0.into_iter()
    }

    pub(super) fn read(made: Made<T>) -> Self {
        Self(vec![Part::Read(made)])
    }

    /// These resources of an answer, which count with its weight until they are read.
    pub(super) fn unread(answer: &Answer, resources: &[&RawValue], read: &Read<T>, weight: Option<Weight>) -> Self {
        let body = &answer.response.body;
        let place = |raw: &&RawValue| {
            let start = raw.get().as_ptr().addr() - body.as_ptr().addr();
            start..start + raw.get().len()
        };
        let places: Vec<Range<usize>> = resources.iter().map(place).collect();
        let page = Arc::new(Large { body: body.clone(), url: answer.shown_url(), _weight: weight });
        let parts = places.chunk_by(|one, next| one.start / PART == next.start / PART).map(|places| {
            Part::Unread(Unread { page: Arc::clone(&page), places: places.to_vec(), read: read.clone() })
        });
        Self(parts.collect())
    }

    /// Keeps those for which the next of these is true.
    pub(super) fn retain(&mut self, keep: impl IntoIterator<Item = bool>) {
        let mut keep = keep.into_iter();
        for part in &mut self.0 {
            match part {
                Part::Read(made) => made.items.retain(|_| keep.next().unwrap_or(true)),
                Part::Unread(unread) => unread.places.retain(|_| keep.next().unwrap_or(true)),
            }
        }
    }

    pub(super) fn append(&mut self, others: Self) {
        self.0.extend(others.0);
    }
}

impl<T: Send + 'static> Rows<T> {
    /// All of them, read.
    ///
    /// # Errors
    /// As for [`Part::read`].
    pub async fn into_items(self) -> Result<Vec<T>, Error> {
        let mut items = Vec::with_capacity(self.count());
        for part in self.into_parts() {
            items.extend(part.read().await?);
        }
        Ok(items)
    }

    /// Looks at each of them, in order. What is not read yet is read for it, and is to be read once more.
    ///
    /// # Errors
    /// As for [`Part::read`].
    pub async fn visit(&self, mut look: impl FnMut(&T)) -> Result<(), Error> {
        for part in &self.0 {
            match part {
                Part::Read(made) => made.items.iter().for_each(&mut look),
                Part::Unread(unread) => unread.clone().read().await?.items.iter().for_each(&mut look),
            }
        }
        Ok(())
    }
}

impl<T> Part<T> {
    fn count(&self) -> usize {
        match self {
            Self::Read(made) => made.items.len(),
            Self::Unread(unread) => unread.places.len(),
        }
    }
}

impl<T: Send + 'static> Part<T> {
    /// What the resources became, off the reactor.
    ///
    /// # Errors
    /// [`Error::Unreadable`], should a resource not be readable that was before.
    pub async fn read(self) -> Result<Made<T>, Error> {
        match self {
            Self::Read(made) => Ok(made),
            Self::Unread(unread) => unread.read().await,
        }
    }
}

impl<T: Send + 'static> Unread<T> {
    async fn read(self) -> Result<Made<T>, Error> {
        parsers::run(move || self.read_now()).await
    }

    fn read_now(self) -> Result<Made<T>, Error> {
        let mut written = Vec::new();
        let item = |place: &Range<usize>| {
            let raw = self.page.body.get(place.clone()).unwrap_or_default();
            self.read.of_text(raw, &mut written)
        };
        let items: Result<Vec<T>, String> = self.places.iter().map(item).collect();
        let items = items.map_err(|reason| Error::Unreadable {
            url: self.page.url.clone(),
            expected: "a SCIM list response",
            reason,
            content_type: None,
            excerpt: String::new(),
        })?;
        Ok(Made { items, written })
    }
}
