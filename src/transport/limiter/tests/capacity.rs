//! How many requests at once are found for providers that bear more or less.

use super::super::*;
use super::model::{Latency, Provider, list};
use futures::StreamExt as _;
use rstest::rstest;
use std::cell::Cell;
use tokio::sync::Semaphore;

/// Six at once take no longer than one; more wait for each other.
fn six_workers(at_once: usize) -> f64 {
    100.0 * (float(at_once) / 6.0).max(1.0)
}

/// Beyond six, they get into each other's way.
fn thrashing(at_once: usize) -> f64 {
    100.0 * (1.0 + 0.4 * (float(at_once) - 6.0).max(0.0))
}

/// Each one more makes all slower, from the second on: the flow grows less and less.
fn degrading(at_once: usize) -> f64 {
    80.0 + 6.0 * float(at_once)
}

/// One lock for all: more at once bring nothing.
fn one_lock(at_once: usize) -> f64 {
    60.0 * float(at_once)
}

fn unlimited(_: usize) -> f64 {
    150.0
}

fn slow(at_once: usize) -> f64 {
    2_000.0 * (float(at_once) / 6.0).max(1.0)
}

/// A server on this machine: its noise is larger than its answers take.
fn loopback(at_once: usize) -> f64 {
    1.0 + 0.3 * float(at_once)
}

fn large_pages(at_once: usize) -> f64 {
    10.0 * six_workers(at_once)
}

fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

/// Requests a second with so many at once, fixed.
async fn fixed(provider: &Provider, at_once: usize, ahead: usize, number: usize) -> f64 {
    let (start, slots) = (Instant::now(), Semaphore::new(at_once));
    let request = async |_| {
        let _slot = slots.acquire().await;
        provider.answer().await
    };
    futures::stream::iter(0..number).map(request).buffered(ahead).for_each(|_| std::future::ready(())).await;
    float(number) / start.elapsed().as_secs_f64()
}

#[rstest]
#[case::six_workers(six_workers, 0.1, usize::MAX, 16)]
#[case::six_workers_and_noise(six_workers, 0.5, usize::MAX, 16)]
#[case::six_workers_of_eight(six_workers, 0.2, usize::MAX, 8)]
#[case::six_workers_of_many(six_workers, 0.2, usize::MAX, 64)]
#[case::thrashing(thrashing, 0.2, usize::MAX, 16)]
#[case::thrashing_and_noise(thrashing, 0.5, usize::MAX, 32)]
#[case::degrading(degrading, 0.2, usize::MAX, 16)]
#[case::one_lock(one_lock, 0.2, usize::MAX, 16)]
#[case::unlimited(unlimited, 0.2, usize::MAX, 16)]
#[case::unlimited_and_noise(unlimited, 0.9, usize::MAX, 32)]
#[case::degrading_slowly(degrading, 0.5, usize::MAX, 32)]
#[case::slow(slow, 0.2, usize::MAX, 16)]
#[case::refusing_beyond_six(unlimited, 0.2, 6, 16)]
#[tokio::test(start_paused = true)]
async fn the_flow_is_near_the_best_of_all_fixed_numbers(
    #[case] latency: Latency,
    #[case] jitter: f64,
    #[case] refuses_beyond: usize,
    #[case] most: usize,
) {
    const REQUESTS: usize = 2_000;
    let mut best: f64 = 0.0;
    for at_once in 1..=most.min(refuses_beyond) {
        let provider = Provider::new(latency, jitter, usize::MAX, 1);
        best = best.max(fixed(&provider, at_once, most, 400).await);
    }
    for seed in 1..=4 {
        let provider = Provider::new(latency, jitter, refuses_beyond, seed);
        let limiter = Limiter::new(most, None);
        let took = list(&limiter, REQUESTS, most, || provider.answer()).await;
        let flow = float(REQUESTS) / took.as_secs_f64();
        assert!(provider.most.get() <= most);
        assert!(provider.refused.get() <= 10, "{} were refused", provider.refused.get());
        assert!(flow >= 0.8 * best, "seed {seed}: {flow:.1} requests a second; {best:.1} would be possible");
    }
}

fn limit(limiter: &Limiter) -> usize {
    limiter.0.as_ref().unwrap().lock().concurrency.limit()
}

#[rstest]
#[case::few(8)]
#[case::many(64)]
#[tokio::test(start_paused = true)]
async fn noise_on_this_machine_is_no_reason_to_be_slow(#[case] most: usize) {
    for seed in 1..=4 {
        let provider = Provider::new(loopback, 0.9, usize::MAX, seed);
        let limiter = Limiter::new(most, None);
        list(&limiter, 600, most, || provider.answer()).await;
        for _ in 0..50 {
            assert_eq!(limit(&limiter), most);
            list(&limiter, 40, most, || provider.answer()).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_learnt_of_small_pages_does_not_mislead_for_large_ones() {
    let limiter = Limiter::new(16, None);
    for latency in [six_workers as Latency, large_pages, six_workers, large_pages] {
        let best = fixed(&Provider::new(latency, 0.2, usize::MAX, 1), 6, 16, 300).await;
        let provider = Provider::new(latency, 0.2, usize::MAX, 2);
        let flow = 600.0 / list(&limiter, 600, 16, || provider.answer()).await.as_secs_f64();
        assert!(flow >= 0.8 * best, "{flow:.2} requests a second; {best:.2} would be possible");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hiccup_is_no_trend() {
    let provider = Provider::new(unlimited, 0.2, usize::MAX, 1);
    let limiter = Limiter::new(8, None);
    list(&limiter, 300, 8, || provider.answer()).await;
    let number = Cell::new(0);
    let start = Instant::now();
    list(&limiter, 1_000, 8, async || {
        number.set(number.get() + 1);
        if number.get() % 100 == 0 {
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
        provider.answer().await
    })
    .await;
    // Ten hiccups of two seconds each, and 1,000 answers, seven at once.
    assert!(start.elapsed() < Duration::from_secs(55), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn signs_of_overload_of_one_moment_count_once_and_one_slot_is_left() {
    let limiter = Limiter::new(8, None);
    let overload = Report { sign: Sign::Overloaded, pause: None, allowance: None };
    let mut limits = Vec::new();
    for _ in 0..5 {
        let slots =
            futures::future::join_all((0..limit(&limiter)).map(|_| limiter.join(Lane::Urgent).turn(None))).await;
        for slot in slots {
            slot.unwrap().report(&overload);
        }
        limits.push(limit(&limiter));
    }
    assert_eq!(limits, [3, 2, 1, 1, 1]);
    // That was an outage. When it is over, the number is soon found again.
    let provider = Provider::new(unlimited, 0.2, usize::MAX, 1);
    list(&limiter, 150, 8, || provider.answer()).await;
    assert!(limit(&limiter) >= 6, "{}", limit(&limiter));
}
