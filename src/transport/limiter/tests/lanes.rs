//! Who goes first, and that nobody is forgotten: neither those who wait nor those who give up.

use super::super::*;
use super::model::{Answer, list, send};
use futures::FutureExt as _;
use futures::future::{join, join_all};
use rstest::rstest;
use std::cell::{Cell, RefCell};

/// An answer after so many milliseconds.
async fn answer_in(ms: u64) -> Answer {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    Answer::Good
}

/// An update: some requests, one after the other.
async fn update(limiter: &Limiter) -> Duration {
    let (start, _attended) = (Instant::now(), limiter.attend());
    for _ in 0..6 {
        send(limiter, Lane::Urgent, || answer_in(100)).await;
    }
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn an_update_does_not_wait_for_a_long_list() {
    // 100,000 users, 200 a page, at five requests a second.
    let alone = list(&Limiter::new(8, Some(5.0)), 500, 8, || answer_in(100)).await;
    let limiter = Limiter::new(8, Some(5.0));
    let updates = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        update(&limiter).await
    };
    let (listed, took) = join(list(&limiter, 500, 8, || answer_in(100)), updates).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert!(listed < alone.mul_f64(1.05), "{listed:?} instead of {alone:?}");
}

#[tokio::test(start_paused = true)]
async fn an_update_waits_for_no_more_than_the_end_of_one_page() {
    let limiter = Limiter::new(4, None);
    let pages = list(&limiter, 40, 8, || answer_in(20_000));
    let updates = async {
        tokio::time::sleep(Duration::from_secs(30)).await;
        let first = update(&limiter).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        // The slot is kept for it.
        (first, update(&limiter).await)
    };
    let (_, took) = join(pages, updates).await;
    assert_eq!(took, (Duration::from_millis(10_600), Duration::from_millis(600)));
}

/// How many requests of a list are under way at once, at most.
async fn most_at_once(limiter: &Limiter, number: usize) -> usize {
    let (now, most) = (Cell::new(0), Cell::new(0));
    list(limiter, number, 64, async || {
        now.set(now.get() + 1);
        most.set(most.get().max(now.get()));
        let answer = answer_in(100).await;
        now.set(now.get() - 1);
        answer
    })
    .await;
    most.get()
}

#[tokio::test(start_paused = true)]
async fn a_slot_is_kept_free_of_lists_while_somebody_waits_for_a_command_and_a_little_longer() {
    let limiter = Limiter::new(2, None);
    assert_eq!(most_at_once(&limiter, 10).await, 2);
    let (one, other) = (limiter.attend(), limiter.attend());
    drop(one);
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(most_at_once(&limiter, 10).await, 1);
    drop(other);
    assert_eq!(most_at_once(&limiter, 40).await, 1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(most_at_once(&limiter, 10).await, 2);
}

/// The slot is the list's again while it runs, though nothing but its own answers tells it so.
#[tokio::test(start_paused = true)]
async fn a_list_takes_the_slot_back() {
    let limiter = Limiter::new(2, None);
    drop(limiter.attend());
    assert_eq!(most_at_once(&limiter, 70).await, 2);
}

#[rstest]
#[case::first(8, false, 500, 1.06)]
#[case::first_and_short(8, false, 100, 1.2)]
#[case::later(8, true, 500, 1.03)]
#[case::first_of_two_at_once(2, false, 200, 1.15)]
#[case::later_of_two_at_once(2, true, 200, 1.08)]
#[tokio::test(start_paused = true)]
async fn a_list_alone_is_as_fast_as_all_slots_allow(
    #[case] at_once: u32,
    #[case] is_learnt: bool,
    #[case] pages: u32,
    #[case] worst: f64,
) {
    let (limiter, ahead) = (Limiter::new(at_once as usize, None), at_once as usize);
    if is_learnt {
        list(&limiter, 500, ahead, || answer_in(100)).await;
    }
    let took = list(&limiter, pages as usize, ahead, || answer_in(100)).await;
    let best = Duration::from_millis(100) * pages / at_once;
    assert!(took <= best.mul_f64(worst), "{took:?} instead of {best:?}");
}

/// Twice as many at once were twice as fast: fewer are not tried soon.
#[tokio::test(start_paused = true)]
async fn short_lists_one_after_the_other_leave_no_slot_empty() {
    let limiter = Limiter::new(8, None);
    list(&limiter, 100, 16, || answer_in(100)).await;
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert_eq!(list(&limiter, 104, 16, || answer_in(100)).await, Duration::from_millis(1_300));
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_goes_on_while_updates_never_end() {
    let limiter = Limiter::new(4, Some(10.0));
    let listed = Cell::new(0);
    let updates = join_all((0..20).map(|_| async {
        while listed.get() < 20 {
            update(&limiter).await;
        }
    }));
    let pages = async {
        for _ in 0..20 {
            send(&limiter, Lane::Bulk, || answer_in(100)).await;
            listed.set(listed.get() + 1);
        }
    };
    let start = Instant::now();
    join(updates, pages).await;
    // Every eighth turn is the list's.
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn those_who_wait_come_in_the_order_in_which_they_came() {
    let limiter = Limiter::new(1, None);
    let order = RefCell::new(Vec::new());
    join_all((0..20).map(|number| {
        let (limiter, order) = (&limiter, &order);
        async move {
            let slot = limiter.join(Lane::Bulk).turn(None).await;
            order.borrow_mut().push(number);
            tokio::time::sleep(Duration::from_millis(10)).await;
            drop(slot);
        }
    }))
    .await;
    assert_eq!(order.into_inner(), (0..20).collect::<Vec<_>>());
}

/// Whoever is woken and gives up at that moment must pass it on.
#[tokio::test(start_paused = true)]
async fn one_who_gives_up_wakes_the_next() {
    let limiter = Limiter::new(1, None);
    let slot = limiter.join(Lane::Urgent).turn(None).await.unwrap();
    let mut first = Box::pin(limiter.join(Lane::Urgent).turn(None));
    let mut second = Box::pin(limiter.join(Lane::Bulk).turn(None));
    let mut third = Box::pin(limiter.join(Lane::Bulk).turn(None));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    assert!(third.as_mut().now_or_never().is_none());
    drop(slot);
    drop(first);
    drop(second);
    assert!(tokio::time::timeout(Duration::from_secs(1), third).await.is_ok(), "nobody woke it");
    assert!(limiter.join(Lane::Urgent).turn(None).now_or_never().is_some(), "a place is taken by nobody");
}

/// The one that waits for the time to come gives up; the one behind it takes over.
#[tokio::test(start_paused = true)]
async fn one_who_gives_up_its_turn_in_time_leaves_it_to_the_next() {
    let limiter = Limiter::new(8, Some(1.0));
    drop(limiter.join(Lane::Bulk).turn(None).await);
    let start = Instant::now();
    let gives_up = tokio::time::timeout(Duration::from_millis(500), limiter.join(Lane::Bulk).turn(None));
    let (gone, patient) = join(gives_up, limiter.join(Lane::Bulk).turn(None)).await;
    assert!(gone.is_err() && patient.is_ok());
    assert_eq!(start.elapsed().as_secs(), 1);
}

/// Any number of tasks that come, wait and go at any moment: nobody is left behind, and never are there too many.
#[tokio::test(start_paused = true)]
async fn nobody_is_left_behind_whoever_gives_up() {
    let mut rng = fastrand::Rng::with_seed(3);
    let limiter = Limiter::new(3, None);
    let (now, most, done) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let work = (0..500).map(|number| {
        let (comes, patience, takes) = (rng.u64(0..2_000), rng.u64(0..300), rng.u64(0..40));
        let lane = if rng.bool() { Lane::Urgent } else { Lane::Bulk };
        let (is_patient, is_attended) = (number % 2 == 0, rng.bool());
        let (limiter, now, most, done) = (&limiter, &now, &most, &done);
        async move {
            tokio::time::sleep(Duration::from_millis(comes)).await;
            let _attended = is_attended.then(|| limiter.attend());
            let patience = if is_patient { Duration::from_hours(1) } else { Duration::from_millis(patience) };
            let Ok(slot) = tokio::time::timeout(patience, limiter.join(lane).turn(None)).await else { return };
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            tokio::time::sleep(Duration::from_millis(takes)).await;
            now.set(now.get() - 1);
            done.set(done.get() + u32::from(is_patient));
            drop(slot);
        }
    });
    join_all(work.collect::<Vec<_>>()).await;
    assert_eq!((most.get(), done.get()), (3, 250));
}
