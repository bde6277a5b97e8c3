//! How many requests at once are found for providers that bear more or less.

use super::super::*;
use super::model::{Latency, Provider, list};
use futures::StreamExt as _;
use rstest::rstest;
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

/// A server on this machine.
fn loopback(at_once: usize) -> f64 {
    1.0 + 0.3 * float(at_once)
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
    for seed in 1..=5 {
        let provider = Provider::new(latency, jitter, refuses_beyond, seed);
        let limiter = Limiter::new(most, None);
        let took = list(&limiter, REQUESTS, most, || provider.answer()).await;
        let flow = float(REQUESTS) / took.as_secs_f64();
        let limit = limiter.0.as_ref().unwrap().lock().concurrency.limit();
        println!("{flow:.1} of {best:.1} = {:.2} limit {limit} refused {}", flow / best, provider.refused.get());
        assert!(provider.most.get() <= most);
        assert!(flow >= 0.8 * best, "seed {seed}: {flow:.1} requests a second; {best:.1} would be possible");
    }
}
