//! How fast requests start: the operator's ceiling, and providers that refuse those who are too fast.

use super::super::*;
use super::model::{Answer, list};
use futures::future::join_all;
use futures::{FutureExt as _, StreamExt as _};
use rstest::rstest;
use std::cell::{Cell, RefCell};

/// Who counts, and how.
#[derive(Debug, Clone, Copy)]
enum Counting {
    /// So many tokens, and so many more each second.
    Bucket { tokens: f64, a_second: f64 },
    /// So many in each window of so many seconds; the first window began so long ago.
    Window { requests: u32, seconds: f64, begun: f64 },
    /// So many in any time of so many seconds.
    Sliding { requests: usize, seconds: f64 },
}

impl Counting {
    fn a_second(self) -> f64 {
        match self {
            Self::Bucket { a_second, .. } => a_second,
            Self::Window { requests, seconds, .. } => f64::from(requests) / seconds,
            Self::Sliding { requests, seconds } => f64::from(u32::try_from(requests).unwrap()) / seconds,
        }
    }
}

/// A provider that answers within 50 ms, and refuses those who are too fast.
struct Throttling {
    counting: Counting,
    start: Instant,
    tokens: Cell<(f64, f64)>,
    window: Cell<(f64, u32)>,
    log: RefCell<Vec<f64>>,
    refused: RefCell<Vec<f64>>,
    says_when: bool,
}

impl Throttling {
    fn new(counting: Counting, says_when: bool) -> Self {
        let tokens = if let Counting::Bucket { tokens, .. } = counting { tokens } else { 0.0 };
        Self {
            counting,
            start: Instant::now(),
            tokens: Cell::new((0.0, tokens)),
            window: Cell::default(),
            log: RefCell::default(),
            refused: RefCell::default(),
            says_when,
        }
    }

    /// The seconds to wait, where the request is refused.
    fn count(&self) -> Option<u64> {
        let now = self.start.elapsed().as_secs_f64();
        match self.counting {
            Counting::Bucket { tokens: most, a_second } => {
                let (then, tokens) = self.tokens.get();
                let tokens = (tokens + (now - then) * a_second).min(most);
                let is_let_in = tokens >= 1.0;
                self.tokens.set((now, if is_let_in { tokens - 1.0 } else { tokens }));
                (!is_let_in).then_some(1)
            }
            Counting::Window { requests, seconds, begun } => {
                let number = ((now + begun) / seconds).floor();
                let (last, count) = self.window.get();
                let count = if last.total_cmp(&number).is_eq() { count + 1 } else { 1 };
                self.window.set((number, count));
                (count > requests).then(|| whole(((number + 1.0) * seconds - now - begun).ceil()))
            }
            Counting::Sliding { requests, seconds } => {
                let mut log = self.log.borrow_mut();
                log.retain(|then| now - then < seconds);
                if log.len() >= requests {
                    return Some(1);
                }
                log.push(now);
                None
            }
        }
    }

    async fn answer(&self) -> Answer {
        let wait = self.count();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let Some(wait) = wait else { return Answer::Good };
        self.refused.borrow_mut().push(self.start.elapsed().as_secs_f64());
        Answer::TooFast(Some(wait).filter(|_| self.says_when))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of seconds")]
fn whole(seconds: f64) -> u64 {
    seconds.max(1.0) as u64
}

const TWENTY: Counting = Counting::Bucket { tokens: 20.0, a_second: 20.0 };

#[rstest]
#[case::bucket(TWENTY, true, 8, 1_000, 0.9)]
#[case::small_bucket(Counting::Bucket { tokens: 1.0, a_second: 20.0 }, true, 8, 1_000, 0.7)]
#[case::large_bucket(Counting::Bucket { tokens: 200.0, a_second: 20.0 }, true, 8, 1_000, 0.9)]
#[case::bucket_that_does_not_say_when(TWENTY, false, 8, 1_000, 0.9)]
#[case::bucket_and_many_at_once(TWENTY, true, 32, 1_000, 0.9)]
#[case::window(Counting::Window { requests: 20, seconds: 1.0, begun: 0.0 }, true, 8, 1_000, 0.9)]
#[case::window_that_has_begun(Counting::Window { requests: 20, seconds: 1.0, begun: 0.7 }, true, 8, 1_000, 0.9)]
#[case::window_and_many_at_once(Counting::Window { requests: 20, seconds: 1.0, begun: 0.3 }, true, 32, 1_000, 0.9)]
#[case::window_that_does_not_say_when(Counting::Window { requests: 20, seconds: 1.0, begun: 0.3 }, false, 8, 1_000, 0.9)]
#[case::sliding(Counting::Sliding { requests: 20, seconds: 1.0 }, true, 8, 1_000, 0.9)]
#[case::minutes(Counting::Window { requests: 300, seconds: 60.0, begun: 20.0 }, true, 8, 3_000, 0.9)]
#[case::slow(Counting::Bucket { tokens: 5.0, a_second: 0.5 }, true, 8, 200, 0.9)]
#[tokio::test(start_paused = true)]
async fn the_allowed_rate_is_found(
    #[case] counting: Counting,
    #[case] says_when: bool,
    #[case] at_once: usize,
    #[case] requests: u32,
    #[case] share: f64,
) {
    let provider = Throttling::new(counting, says_when);
    let limiter = Limiter::new(at_once, None);
    let took = list(&limiter, requests as usize, at_once, || provider.answer()).await;
    let rate = f64::from(requests) / took.as_secs_f64();
    let refused = provider.refused.borrow();
    assert!(rate >= share * counting.a_second(), "{rate:.2} requests a second");
    // At the beginning nobody knows; later refusals are the price of finding out whether more is possible.
    let later = refused.iter().filter(|at| **at > 10.0).count();
    assert!(refused.len() - later <= 14 && later <= 12, "refused at {refused:.1?}");
}

fn told(sign: Sign, pause: Option<u64>, allowance: Option<Allowance>) -> Report {
    Report { sign, pause: pause.map(Duration::from_secs), allowance }
}

async fn take(limiter: &Limiter) -> Slot {
    limiter.join(Lane::Urgent).turn(None).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_pause_that_the_provider_asks_for_is_for_all() {
    for sign in [Sign::TooFast, Sign::Overloaded] {
        let limiter = Limiter::new(8, None);
        let (refused, under_way) = (take(&limiter).await, take(&limiter).await);
        refused.report(&told(sign, Some(7), None));
        under_way.report(&told(Sign::Answered(Duration::from_millis(50)), None, None));
        let start = Instant::now();
        take(&limiter).await;
        assert_eq!(start.elapsed().as_secs(), 7);
    }
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_deadline_is_not_waited_for() {
    let limiter = Limiter::new(8, None);
    take(&limiter).await.report(&told(Sign::TooFast, Some(30), None));
    let until = |seconds| Some(Instant::now() + Duration::from_secs(seconds));
    let paused = limiter.join(Lane::Urgent).turn(until(20)).now_or_never();
    assert_eq!(paused.unwrap().unwrap_err(), Paused(Duration::from_secs(30)));
    assert!(limiter.join(Lane::Urgent).turn(until(40)).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn no_pause_is_longer_than_a_minute() {
    let limiter = Limiter::new(8, None);
    take(&limiter).await.report(&told(Sign::TooFast, Some(86_400), None));
    let start = Instant::now();
    take(&limiter).await;
    assert_eq!(start.elapsed().as_secs(), 60);
}

/// The headers come before a refusal: what is left is spread, and nobody is refused.
#[tokio::test(start_paused = true)]
async fn what_the_provider_says_is_left_slows_in_time() {
    const LIMIT: u32 = 100;
    let limiter = Limiter::new(8, None);
    let (start, count, refused) = (Instant::now(), Cell::new((0, 0)), Cell::new(0));
    let ask = async || {
        let slot = limiter.join(Lane::Bulk).turn(None).await.unwrap();
        let second = start.elapsed().as_secs();
        let (minute, used) = (second / 60, count.get());
        let used = if used.0 == minute { used.1 + 1 } else { 1 };
        count.set((minute, used));
        refused.set(refused.get() + u32::from(used > LIMIT));
        tokio::time::sleep(Duration::from_millis(100)).await;
        let reset = Duration::from_secs(60 - second % 60);
        let allowance = Allowance { remaining: LIMIT.saturating_sub(used), reset, limit: Some(LIMIT) };
        slot.report(&told(Sign::Answered(Duration::from_millis(100)), None, Some(allowance)));
    };
    futures::stream::iter(0..500).map(|_| ask()).buffered(8).for_each(|()| std::future::ready(())).await;
    assert_eq!(refused.get(), 0);
    // The first 400 need four minutes, whoever sends them.
    assert!(start.elapsed() < Duration::from_secs(310), "{:?}", start.elapsed());
}

#[rstest]
#[case::slow(0.5, 4, 6_000)]
#[case::fast(10.0, 11, 1_000)]
#[tokio::test(start_paused = true)]
async fn no_faster_than_the_operator_s_ceiling(#[case] rate: f64, #[case] turns: usize, #[case] at_least_ms: u64) {
    let limiter = Limiter::new(100, Some(rate));
    let start = Instant::now();
    join_all((0..turns).map(|_| async { drop(take(&limiter).await) })).await;
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(at_least_ms), "{took:?}");
    assert!(took <= Duration::from_millis(at_least_ms + 50), "{took:?}");
}

#[rstest]
#[case(0.0)]
#[case(-1.0)]
#[case(f64::NAN)]
#[case(f64::INFINITY)]
#[tokio::test(start_paused = true)]
async fn a_ceiling_that_is_none_holds_nothing_back(#[case] rate: f64) {
    let limiter = Limiter::new(100, Some(rate));
    let start = Instant::now();
    join_all((0..50).map(|_| async { drop(take(&limiter).await) })).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
}
