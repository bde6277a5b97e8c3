//! How lists begin. What a list asked for after its first page is asked for beside that page the next time, so that its
//! length is not waited for.
//!
//! It is a guess, and no more than a page that is there already when the list asks for it: the list goes its own way, by
//! what its own first page says. A page that is not asked for in the very same words is not used; one that did not come well,
//! or states another total than the first page does, is asked for as if it had never been. So nothing that is remembered says anything of a list.

use super::{Asking, Page, Pages, Question, done};
use crate::scim::ahead::Room;
use crate::scim::error::Error;
use crate::transport::Repeat;
use futures::FutureExt as _;
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

/// So many lists of one source are remembered, the last ones.
const MAX_LISTS: usize = 32;

/// A provider that takes so long for a page is slow: it is the one that is waited for, and not this machine.
const SLOW: Duration = Duration::from_millis(50);

/// A part of the whole list, as it is asked for: `startIndex` and `count`.
pub(super) type Spot = (u64, u64);

/// How a list began.
#[derive(Debug, Clone, Default)]
struct Opening {
    /// What its first page had.
    rows: u64,
    bytes: usize,
    /// The pages that came next.
    spots: Vec<Spot>,
}

/// How the lists of one source began that were complete, by what tells them apart.
#[derive(Debug, Default)]
pub struct Openings(Mutex<VecDeque<(u64, Opening)>>);

impl Openings {
    /// It is kept again by a list that is complete.
    fn take(&self, list: u64) -> Option<Opening> {
        let mut lists = lock(&self.0);
        let at = lists.iter().position(|(other, _)| *other == list)?;
        lists.remove(at).map(|(_, opening)| opening)
    }

    fn keep(&self, list: u64, opening: Opening) {
        let mut lists = lock(&self.0);
        lists.retain(|(other, _)| *other != list);
        lists.push_front((list, opening));
        lists.truncate(MAX_LISTS);
    }
}

/// The beginning of one list.
pub(super) struct Beginning<T>(Mutex<State<T>>);

struct State<T> {
    /// Which list it is, and how it has begun, once its first page has come and stated a total.
    begun: Option<(u64, Opening)>,
    /// What its first page states. A page that was answered before that one, and states another total or none, may be of the
    /// list before somebody left it: then whoever took that place would be missing, and no count would show it.
    total: Option<u64>,
    /// So many pages are asked for before their turn.
    ahead: usize,
    asked: HashMap<Spot, Asked<T>>,
}

/// A page that is asked for before the list does; `None` where it did not come well.
type Asked<T> = AbortOnDropHandle<Option<(Page<T>, Room)>>;

impl<T> Default for Beginning<T> {
    fn default() -> Self {
        Self(Mutex::new(State { begun: None, total: None, ahead: 0, asked: HashMap::new() }))
    }
}

impl<T> Beginning<T> {
    /// A page of the whole list has come, and states this total. They come in no order: of twice as many as are asked for
    /// before their turn, none of the first is missing.
    pub fn came(&self, spot: Option<Spot>, of: Option<u64>) {
        let State { begun, total, ahead, .. } = &mut *lock(&self.0);
        if let (Some(spot), Some((_, Opening { spots, .. }))) = (spot, begun)
            && of == *total
            && spots.len() < ahead.saturating_mul(2)
            && !spots.contains(&spot)
        {
            spots.push(spot);
        }
    }

    /// The list goes another way: what was asked for is not wanted, nor the room that it has.
    pub fn leave(&self) {
        lock(&self.0).asked.clear();
    }
}

impl<T: Send + 'static> Pages<T> {
    /// The first page by index, with what followed it the last time asked for beside it, and how many pages are to be asked
    /// for before their turn. `last_start`: no page is to start after it.
    pub(super) async fn first_at_index(&self, last_start: Option<u64>) -> Result<(Page<T>, usize), Error> {
        let question = self.question_at(1, self.page_size)?;
        let mut hasher = DefaultHasher::new();
        (question.url.as_str(), last_start).hash(&mut hasher);
        let list = hasher.finish();
        let known = self.client.options().openings.as_ref().and_then(|openings| openings.take(list));
        *lock(&self.beginning.0) = State { begun: None, total: None, ahead: 0, asked: HashMap::new() };
        let started = Instant::now();
        let first = begin(self.ask(question));
        if let Some(known) = &known {
            let asked =
                known.spots.iter().filter_map(|spot| Some((*spot, self.ask_ahead(*spot, known.bytes)?))).collect();
            lock(&self.beginning.0).asked = asked;
        }
        let first = self.read(first).await?;
        let (rows, ahead) = (first.received(), self.ahead_of_turn(started.elapsed()));
        let mut state = lock(&self.beginning.0);
        state.begun = first.total.map(|_| (list, Opening { rows, bytes: first.bytes, spots: Vec::new() }));
        (state.total, state.ahead) = (first.total, ahead);
        state.asked.retain(|(start, _), _| first.total.is_some_and(|total| *start <= total.saturating_add(1)));
        if known.is_none_or(|known| known.rows != rows) {
            state.asked.clear();
        }
        drop(state);
        Ok((first, ahead))
    }

    /// How many pages are asked for before their turn: as many as may be under way. At a slow provider as many again, so that
    /// the next ones wait at the limiter and not for the page whose turn it is; a fast one would only fill the memory.
    fn ahead_of_turn(&self, first_took: Duration) -> usize {
        match self.client.concurrency() {
            1 => 1,
            at_once if first_took > SLOW => at_once.saturating_mul(2),
            at_once => at_once,
        }
    }

    /// The list is complete.
    pub fn remember(&self) {
        let mut state = lock(&self.beginning.0);
        if let (Some(openings), Some((list, mut opening))) = (&self.client.options().openings, state.begun.take()) {
            opening.spots.sort_unstable();
            opening.spots.truncate(state.ahead.saturating_sub(1));
            openings.keep(list, opening);
        }
    }

    /// Asks for a page, once, if there is room for it.
    fn ask_ahead(&self, spot: Spot, bytes: usize) -> Option<Asked<T>> {
        let mut room = self.room.room(bytes)?;
        let answer = begin(self.ask_with(Repeat::Never, self.question_at(spot.0, spot.1).ok()?));
        // It must not hold what holds it.
        let pages = Self { beginning: Arc::default(), ..self.clone() };
        let work = async move {
            let answer = answer.await.ok()?;
            let has_room = room.grow_to(answer.response.body.len());
            let page = if has_room { pages.page(answer, None).await.ok()? } else { return None };
            Some((page, room))
        };
        Some(AbortOnDropHandle::new(tokio::spawn(work.in_current_span())))
    }

    /// The page that answers this question, if it was asked for before, came well, and is of the same list as the first page.
    pub(super) async fn asked_before(&self, question: &Question) -> Option<Page<T>> {
        let (asked, total) = {
            let mut state = lock(&self.beginning.0);
            (state.asked.remove(&question.spot?)?, state.total)
        };
        let (page, _room) = done(asked.await).await?;
        self.beginning.came(question.spot, page.total);
        (page.total == total).then_some(page)
    }
}

/// What is asked from now on, and not from when it is awaited.
fn begin(mut asking: Asking) -> Asking {
    match (&mut asking).now_or_never() {
        Some(answer) => std::future::ready(answer).boxed(),
        None => asking,
    }
}

fn lock<S>(mutex: &Mutex<S>) -> MutexGuard<'_, S> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lists_are_remembered() {
        let openings = Openings::default();
        let lists = MAX_LISTS as u64;
        for list in 0..lists + 2 {
            openings.keep(list, Opening { rows: list, ..Opening::default() });
        }
        assert!(openings.take(0).is_none() && openings.take(1).is_none());
        assert_eq!(openings.take(2).map(|opening| opening.rows), Some(2));
        assert!(openings.take(2).is_none(), "it is kept again by a list that is complete");
        openings.keep(lists, Opening { rows: 7, ..Opening::default() });
        assert_eq!(openings.take(lists).map(|opening| opening.rows), Some(7));
    }
}
