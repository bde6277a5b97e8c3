//! Pages by `startIndex` (RFC 7644 §3.4.2.4): several at once, in order.

use super::{Page, Pages, Question, done};
use crate::scim::ahead::Room;
use crate::scim::error::{Error, Gap};
use crate::scim::ids::Ids;
use crate::scim::provider::Totals;
use crate::scim::query::Place;
use async_stream::try_stream;
use futures::{Stream, StreamExt as _, stream};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// A part of the list, as long as the first page.
#[derive(Clone, Copy)]
struct Segment {
    start: u64,
    /// The first index beyond it. It may lie beyond the list's total: what the total does not count comes too, and shows
    /// that the total is wrong.
    end: u64,
    /// No page starts after this: the list's total.
    last_start: u64,
}

impl Segment {
    /// How many resources are still to come, if the next one has this index.
    fn left(self, next: u64) -> Option<u64> {
        (next <= self.last_start).then(|| self.end.checked_sub(next).filter(|left| *left > 0))?
    }
}

/// What was asked for before its turn.
enum Turn<T> {
    /// A segment.
    Read(Vec<Page<T>>, Room),
    /// There was no room for it. It is read when its turn comes.
    Later(Segment),
    /// What came where the total says that nothing does, if it was not refused.
    Beyond(Option<Page<T>>),
}

/// How a `startIndex` past the end is refused.
const PAST_THE_END: &[u16] = &[400, 404, 416, 422, 501];

impl<T: Send + 'static> Pages<T> {
    /// The pages by `startIndex` in order: the first alone, whose stride and total give the others, `concurrency` at
    /// once. Ends at the total that the first page claims; where none is claimed, one page after the other to the end.
    ///
    /// # Errors
    /// [`Incomplete`] when no total is claimed by a provider that always does.
    pub fn by_index(self) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let (first, ahead) = self.first_at_index(None).await?;
            let (total, stride, bytes) = (first.total, first.ids.len(), first.bytes);
            let is_trusted = self.endpoint.totals == Totals::Trusted;
            if is_trusted && total.is_none() {
                Err(self.incomplete(Gap::NoTotal, &first, 0))?;
            }
            let seems_whole = !is_trusted && total == Some(stride as u64);
            let cursor_left = first.next_cursor.is_some().then(|| self.incomplete(Gap::CursorLeft, &first, 0));
            let ids = if is_trusted { Ids::default() } else { first.id_set() };
            yield first;
            if stride == 0 {
                return;
            }
            if seems_whole {
                if let Some(more) = self.beyond(1 + stride as u64, |id| ids.has(id)).await? {
                    yield more;
                } else if let Some(left) = cursor_left {
                    Err(left)?;
                }
            } else if let Some(total) = total {
                // A last page that is full does not show whether the total is all.
                let is_open = !is_trusted && total % stride as u64 == 0;
                let mut last_ids = Ids::default();
                let mut turns = self.clone().turns((total, stride, bytes), ahead, is_open).boxed();
                while let Some(turn) = turns.next().await {
                    match turn? {
                        Turn::Read(pages, _room) => {
                            for page in pages {
                                if is_open {
                                    last_ids = page.id_set();
                                }
                                yield page;
                            }
                        }
                        Turn::Later(segment) => {
                            let mut pages = std::pin::pin!(self.clone().in_turn(segment));
                            while let Some(page) = pages.next().await {
                                let page = page?;
                                if is_open {
                                    last_ids = page.id_set();
                                }
                                yield page;
                            }
                        }
                        Turn::Beyond(page) => {
                            let is_known = |id: &str| ids.has(id) || last_ids.has(id);
                            if let Some(more) = page.filter(|page| !page.ids.iter().all(is_known)) {
                                yield more;
                            }
                        }
                    }
                }
            } else {
                let mut rest = std::pin::pin!(self.until_nothing_comes(1 + stride as u64));
                while let Some(page) = rest.next().await {
                    yield page?;
                }
            }
        }
    }

    /// What comes after the first page, with `ahead` pages before their turn; where the total is open, what comes beyond it too.
    fn turns(
        self,
        (total, stride, bytes): (u64, usize, usize),
        ahead: usize,
        is_open: bool,
    ) -> impl Stream<Item = Result<Turn<T>, Error>> + Send {
        let segment = move |start: u64| Segment { start, end: start.saturating_add(stride as u64), last_start: total };
        let segments = (1..=total).step_by(stride).skip(1).map(move |start| Some(segment(start)));
        let beyond = is_open.then_some(None);
        let turn = move |segment| {
            let pages = self.clone();
            async move {
                match segment {
                    Some(segment) => pages.ahead(segment, bytes).await,
                    None => Ok(Turn::Beyond(pages.at_beyond(total.saturating_add(1)).await?)),
                }
            }
        };
        stream::iter(segments.chain(beyond)).map(turn).buffered(ahead)
    }

    /// The pages from `start` on, one after the other, where nobody says how many there are. A single empty page may be a
    /// server's mishap, so only a second one at the same place is the end.
    fn until_nothing_comes(self, start: u64) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let (mut start, mut was_empty) = (start, false);
            loop {
                let page = self.at_index(start, self.page_size).await?;
                let received = page.received();
                yield page;
                if received == 0 && was_empty {
                    break;
                }
                was_empty = received == 0;
                start += received;
            }
        }
    }

    /// What comes at `start`, where the total says that nothing does. Some servers (WSO2) give the number of resources on
    /// the page for the total, and their first page cannot be told from the whole list. `None` is the end: an empty page,
    /// a refusal of such a `startIndex`, or resources that came before: the first page's again from servers that know no
    /// pages, the last one's from servers that give that instead of nothing.
    pub(super) async fn beyond(&self, start: u64, is_known: impl Fn(&str) -> bool) -> Result<Option<Page<T>>, Error> {
        let page = self.at_beyond(start).await?;
        Ok(page.filter(|page| page.ids.iter().any(|id| !is_known(id))))
    }

    /// The same, whatever resources they are.
    async fn at_beyond(&self, start: u64) -> Result<Option<Page<T>>, Error> {
        match self.at_index(start, self.page_size).await {
            Ok(page) => Ok(Some(page)),
            Err(error) if error.status().is_some_and(|status| PAST_THE_END.contains(&status)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A segment's pages, one page or several where the provider sends less than was asked for; an empty one is the last.
    fn in_turn(self, segment: Segment) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let mut next = segment.start;
            while let Some(count) = segment.left(next) {
                let page = self.at_index(next, count).await?;
                let received = page.received();
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
    async fn ahead(self, segment: Segment, first: usize) -> Result<Turn<T>, Error> {
        let work = async move {
            let Some(mut room) = self.room.room(first) else { return Ok(Turn::Later(segment)) };
            let (mut next, mut bytes, mut pages) = (segment.start, 0, Vec::with_capacity(1));
            while let Some(count) = segment.left(next) {
                let question = self.question_at(next, count)?;
                let Some(page) = self.page_within(question, &mut room, &mut bytes).await? else {
                    return Ok(Turn::Later(segment));
                };
                let received = page.received();
                pages.push(page);
                if received == 0 {
                    break;
                }
                next += received;
            }
            Ok(Turn::Read(pages, room))
        };
        done(AbortOnDropHandle::new(tokio::spawn(work.in_current_span())).await).await
    }

    pub(super) async fn at_index(&self, start: u64, count: u64) -> Result<Page<T>, Error> {
        self.fetch(self.question_at(start, count)?).await
    }

    pub(super) fn question_at(&self, start: u64, count: u64) -> Result<Question, Error> {
        self.question(Place::Index(start), count, self.query.filter.as_ref(), format!("startIndex {start}"))
    }
}
