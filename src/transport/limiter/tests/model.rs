//! Providers as models: how long an answer takes, and who is refused. And clients that keep them busy.

use super::super::*;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What a provider answers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Answer {
    Good,
    /// 429 with `Retry-After` in seconds.
    TooFast(Option<u64>),
    /// 503
    Unavailable,
}

/// How long an answer takes, in milliseconds, by the number of requests that are there at once.
pub(super) type Latency = fn(usize) -> f64;

/// A provider whose answers take longer or shorter by how many it has to do with.
pub(super) struct Provider {
    latency: Latency,
    /// How much a single answer varies: 0.5 is half as long to half as long again.
    jitter: f64,
    refuses_beyond: usize,
    rng: RefCell<fastrand::Rng>,
    here: Cell<usize>,
    pub(super) most: Cell<usize>,
    pub(super) refused: Cell<usize>,
}

impl Provider {
    pub(super) fn new(latency: Latency, jitter: f64, refuses_beyond: usize, seed: u64) -> Rc<Self> {
        Rc::new(Self {
            latency,
            jitter,
            refuses_beyond,
            rng: RefCell::new(fastrand::Rng::with_seed(seed)),
            here: Cell::new(0),
            most: Cell::new(0),
            refused: Cell::new(0),
        })
    }

    pub(super) async fn answer(&self) -> Answer {
        self.here.set(self.here.get() + 1);
        self.most.set(self.most.get().max(self.here.get()));
        let is_refused = self.here.get() > self.refuses_beyond;
        let varies = 1.0 + self.jitter * (2.0 * self.rng.borrow_mut().f64() - 1.0);
        let took = if is_refused { 5.0 } else { (self.latency)(self.here.get()) * varies };
        tokio::time::sleep(Duration::from_secs_f64(took / 1_000.0)).await;
        self.here.set(self.here.get() - 1);
        if is_refused {
            self.refused.set(self.refused.get() + 1);
            return Answer::Unavailable;
        }
        Answer::Good
    }
}

/// A request through the limiter, sent again until it is answered. Returns how often it was sent.
pub(super) async fn send<F: Future<Output = Answer>>(limiter: &Limiter, lane: Lane, ask: impl Fn() -> F) -> usize {
    for attempt in 1..=20 {
        let slot = limiter.join(lane).turn(None).await.unwrap();
        let sent = Instant::now();
        let answer = ask().await;
        let (sign, pause) = match answer {
            Answer::Good => (Sign::Answered(sent.elapsed()), None),
            Answer::TooFast(pause) => (Sign::TooFast, pause),
            Answer::Unavailable => (Sign::Overloaded, None),
        };
        let pause = pause.map(Duration::from_secs);
        slot.report(&Report { sign, pause, allowance: None });
        match answer {
            Answer::Good => return attempt,
            _ => tokio::time::sleep(pause.unwrap_or(Duration::from_millis(200))).await,
        }
    }
    panic!("refused twenty times");
}

/// Sends `number` requests, at most `ahead` of them waiting at once, as a list does. Returns the time it took.
pub(super) async fn list<F: Future<Output = Answer>>(
    limiter: &Limiter,
    number: usize,
    ahead: usize,
    ask: impl Fn() -> F + Copy,
) -> Duration {
    use futures::StreamExt as _;
    let start = Instant::now();
    let requests = futures::stream::iter(0..number).map(|_| send(limiter, Lane::Bulk, ask));
    requests.buffered(ahead).for_each(|_| std::future::ready(())).await;
    start.elapsed()
}
