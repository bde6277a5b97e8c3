//! Pages by `startIndex` inside windows by key, for providers whose `startIndex` ends early (Salesforce's near 2,000):
//! several at once, in order.
//!
//! A window is what `startIndex` reaches inside `id gt "<key>"`, the first one without a key. Its last page is asked for
//! first, since its last id is the next window's key. Each page but a window's first begins with the last resource of the
//! page before it. A page shows what was there in one moment between its first id and its last, so pages of which each
//! begins where the one before ended leave nobody out who was there all the time, whatever came or went between the
//! answers. A page that does not begin there, is shorter than it should be, or counts fewer than there should be ends the
//! windows: the list goes on by key from the last id that is proven, and after some pages in windows again.

use super::chain::{Chain, at_key};
use super::{Page, Pages, Question, done};
use crate::scim::ahead::Room;
use crate::scim::error::{Error, Gap};
use crate::scim::provider::Totals;
use crate::scim::query::Place;
use async_stream::{stream, try_stream};
use futures::{FutureExt as _, Stream, StreamExt as _};
use std::iter::successors;
use std::sync::Arc;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// What the first page tells of those to come.
#[derive(Clone, Copy)]
struct Plan {
    /// No page starts after this.
    last_start: u64,
    /// How many pages are asked for before their turn.
    ahead: usize,
    /// Resources on a page.
    rows: u64,
    bytes: usize,
}

/// A part of the list that is read by index.
struct Window {
    /// It holds what comes after this id.
    key: Option<Arc<str>>,
    /// How many that are.
    left: u64,
    /// The `startIndex` of its first page that is not read yet.
    start: u64,
}

/// One page of a window.
struct Slot {
    key: Option<Arc<str>>,
    start: u64,
    /// How many resources are asked for.
    count: u64,
}

/// A page of a window, read before its turn.
enum Ahead<T> {
    Read(Page<T>, Room),
    /// There was no room for it. It is read when its turn comes.
    Later,
}

impl Slot {
    /// How many resources of the window come up to the one that this page and the one before have both.
    fn before(&self) -> u64 {
        if self.start == 1 { 0 } else { self.start }
    }

    /// The window after the one that ends with this page, if that is as it should be and more comes.
    fn next_window<T>(&self, page: &Page<T>) -> Option<Window> {
        let left = page.total?.checked_sub(self.start - 1 + page.received())?;
        let key = page.ids.last().filter(|_| left > 0 && page.received() == self.count)?;
        Some(Window { key: Some(Arc::from(key)), left, start: 1 })
    }
}

impl Plan {
    /// The pages of a window, as far as `startIndex` reaches.
    fn slots(self, window: &Window) -> Vec<Slot> {
        let starts = successors(Some(window.start), |start| start.checked_add(self.rows - 1));
        let starts = starts.take_while(|start| *start <= self.last_start && (*start == 1 || *start < window.left));
        starts.map(|start| Slot { key: window.key.clone(), start, count: self.rows }).collect()
    }
}

impl<T: Send + 'static> Pages<T> {
    /// The pages in the order of their ids: the first alone, whose length and total give the windows, `concurrency` pages
    /// at once; one after the other where nothing can be planned.
    ///
    /// # Errors
    /// As for [`Pages::next_of`].
    pub fn by_window(self, last_start: u64) -> impl Stream<Item = Result<Page<T>, Error>> + Send {
        try_stream! {
            let (first, ahead) = self.first_at_index(Some(last_start)).await?;
            let mut chain = Chain::default();
            if first.total.is_none() && self.endpoint.totals == Totals::Trusted {
                Err(self.incomplete(Gap::NoTotal, &first, 0))?;
            }
            chain.check(&first, &self)?;
            chain.take(&first, &self);
            let plan = Plan { last_start, ahead, rows: first.received(), bytes: first.bytes };
            let can_plan = plan.rows > 1 && last_start > plan.rows;
            let mut beginning = Some(Window { key: None, left: first.total.unwrap_or_default(), start: plan.rows });
            yield first;
            let (mut alone, mut pause) = (0_u64, last_start.div_ceil(plan.rows.max(1)));
            while !chain.has_ended() {
                let next = chain.left().filter(|left| *left > 0 && can_plan && alone == 0);
                let next = next.map(|left| Window { key: chain.last().map(Arc::from), left, start: 1 });
                let Some(window) = next.map(|next| beginning.take().unwrap_or(next)) else {
                    alone = alone.saturating_sub(1);
                    let (left_out, page) = self.next_of(&mut chain).await?;
                    if let Some(left_out) = left_out {
                        yield left_out;
                    }
                    yield page;
                    continue;
                };
                let mut slots = self.clone().windows(plan, window).boxed();
                while let Some((slot, ahead)) = slots.next().await {
                    match self.in_turn_of(&chain, &slot, ahead).await? {
                        Ok((page, _room)) => {
                            chain.take(&page, &self);
                            yield page;
                        }
                        Err(reason) => {
                            (alone, pause) = (pause, pause.saturating_mul(2));
                            let after = chain.last().unwrap_or_default();
                            tracing::info!(reason, after, pages = alone, "the list goes on one page after the other");
                            self.beginning.leave();
                            break;
                        }
                    }
                }
            }
        }
    }

    /// The pages of windows in order, each window's last one asked for first. Ends with the list, or where a window's last
    /// page does not tell where the next one begins; where only one may be asked for at once, with the first window.
    fn windows(self, plan: Plan, first: Window) -> impl Stream<Item = (Slot, Result<Ahead<T>, Error>)> + Send {
        let at_once = self.client.concurrency();
        let jobs = stream! {
            let mut window = first;
            loop {
                let mut slots = plan.slots(&window);
                if at_once == 1 {
                    for slot in slots {
                        yield self.clone().ahead_in(slot, plan.bytes, None).boxed();
                    }
                    break;
                }
                let Some(last) = slots.pop() else { break };
                let (tell, told) = oneshot::channel();
                let last = self.clone().ahead_in(last, plan.bytes, Some(tell)).boxed();
                for slot in slots {
                    yield self.clone().ahead_in(slot, plan.bytes, None).boxed();
                }
                yield last;
                match told.await {
                    Ok(next) => window = next,
                    Err(_) => break,
                }
            }
        };
        jobs.buffered(plan.ahead)
    }

    /// A page of a window, as far as there is room: it is taken to be of the first page's size, and given back if it is
    /// larger and that is too much. It is asked for now, in a task of its own. `tell` learns which window comes after it.
    fn ahead_in(
        self,
        slot: Slot,
        bytes: usize,
        tell: Option<oneshot::Sender<Window>>,
    ) -> impl Future<Output = (Slot, Result<Ahead<T>, Error>)> + Send {
        let work = async move {
            let page = self.within_room(&slot, bytes).await;
            let next = if let Ok(Ahead::Read(page, _)) = &page { slot.next_window(page) } else { None };
            if let (Some(tell), Some(next)) = (tell, next) {
                // Nobody listens any more where the windows have ended before.
                let _ = tell.send(next);
            }
            (slot, page)
        };
        let task = AbortOnDropHandle::new(tokio::spawn(work.in_current_span()));
        async { done(task.await).await }
    }

    async fn within_room(&self, slot: &Slot, bytes: usize) -> Result<Ahead<T>, Error> {
        let Some(mut room) = self.room.room(bytes) else { return Ok(Ahead::Later) };
        let page = self.page_within(self.question_in(slot)?, &mut room, &mut 0).await?;
        Ok(page.map_or(Ahead::Later, |page| Ahead::Read(page, room)))
    }

    /// The page as one that goes on from the chain, or why it does not.
    async fn in_turn_of(
        &self,
        chain: &Chain,
        slot: &Slot,
        ahead: Result<Ahead<T>, Error>,
    ) -> Result<Result<(Page<T>, Option<Room>), &'static str>, Error> {
        let (page, room) = match ahead {
            Ok(Ahead::Read(page, room)) => (Ok(page), Some(room)),
            Ok(Ahead::Later) => (self.fetch(self.question_in(slot)?).await, None),
            Err(error) => (Err(error), None),
        };
        match page {
            Ok(page) => Ok(self.going_on(chain, slot, page).map(|page| (page, room))),
            // By key it is asked for in another way.
            Err(error) if error.status() == Some(400) => Ok(Err("it is refused")),
            Err(error) => Err(error),
        }
    }

    /// The page without what came before, and with the total that it would have by key.
    fn going_on(&self, chain: &Chain, slot: &Slot, mut page: Page<T>) -> Result<Page<T>, &'static str> {
        let before = slot.before();
        if before > 0 && page.ids.first() != chain.last() {
            return Err("a page does not begin where the one before ended");
        }
        if before > 0 {
            page.retain(|id| Some(id) != chain.last());
        }
        page.total = page.total.and_then(|total| total.checked_sub(before));
        let asked = slot.count - u64::from(before > 0);
        match page.total {
            _ if chain.lacks(&page) => Err("fewer are left than there should be"),
            Some(left) if page.received() != left.min(asked) => Err("a page is not as long as it should be"),
            Some(_) if chain.check(&page, self).is_err() => Err("ids do not ascend"),
            Some(_) => Ok(page),
            None => Err("a page counts fewer than it should"),
        }
    }

    fn question_in(&self, slot: &Slot) -> Result<Question, Error> {
        let key = slot.key.as_deref();
        let filter = self.wanted_after(key);
        let start = format!("startIndex {}", slot.start);
        let at = key.map_or_else(|| start.clone(), |key| format!("{start} of {}", at_key(key)));
        self.question(Place::Index(slot.start), slot.count, filter.as_ref(), at)
    }
}
