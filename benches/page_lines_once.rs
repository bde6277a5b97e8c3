//! Makes lines of a page of 1,000 users as often as it is told, for tools that count instructions: see
//! `docs/PERFORMANCE.md`.

#![expect(clippy::expect_used, reason = "a benchmark of what is wrong is none")]

mod page;

use std::hint::black_box;

fn main() {
    let times = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1);
    let (body, read) = (page::body(1_000), page::read());
    for _ in 0..times {
        black_box(page::lines(black_box(&body), &read));
    }
}
