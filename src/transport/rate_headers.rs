//! What a provider says of its own rate limit: how many requests are left, and until when.
//!
//! Three families of headers are read: `RateLimit-Remaining`, `-Reset`, `-Limit` ([draft 06] and before), the same with
//! `X-RateLimit-` or `X-Rate-Limit-`, and the structured `RateLimit: "default";r=50;t=30` with `RateLimit-Policy`
//! ([draft 10]). What to make of it is the limiter's business.
//!
//! [draft 06]: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-06
//! [draft 10]: https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-ratelimit-headers-10

use chrono::{DateTime, Utc};
use http::HeaderMap;
use std::time::Duration;

const PREFIXES: [&str; 3] = ["ratelimit-", "x-ratelimit-", "x-rate-limit-"];
/// From here on a number of seconds is a date: no provider counts for thirty years.
const DATES_FROM: u64 = 1_000_000_000;
/// From here on a date is in milliseconds.
const MILLISECONDS_FROM: u64 = 100_000_000_000;
/// Where nobody says how many there were: so few are few.
const FEW: u32 = 10;

/// What is left of a number of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Allowance {
    pub(super) remaining: u32,
    /// Until it is counted anew; not zero.
    pub(super) reset: Duration,
    /// How many there were at the beginning.
    pub(super) limit: Option<u32>,
}

impl Allowance {
    /// Reads an answer's headers; of several limits the one that leaves the fewest requests a second.
    pub(super) fn read(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Self> {
        let old = PREFIXES.iter().filter_map(|prefix| with_prefix(headers, prefix, now));
        structured(headers)
            .into_iter()
            .chain(old)
            // A limit of none that answers all the same is no limit.
            .filter(|allowance| allowance.limit != Some(0))
            .min_by_key(|allowance| (u128::from(allowance.remaining) << 64) / allowance.reset.as_millis().max(1))
    }

    /// Whether more than a fifth is left.
    pub(super) fn is_plenty(&self) -> bool {
        match self.limit {
            Some(limit) => u64::from(self.remaining) * 5 > u64::from(limit),
            None => self.remaining > FEW,
        }
    }
}

fn with_prefix(headers: &HeaderMap, prefix: &str, now: DateTime<Utc>) -> Option<Allowance> {
    let number = |name: &str| leading_number(headers.get(format!("{prefix}{name}"))?.to_str().ok()?);
    let remaining = number("remaining")?;
    let reset = match number("reset")? {
        seconds if seconds < DATES_FROM => Duration::from_secs(seconds),
        date => until(date, now)?,
    };
    let limit = number("limit").map(whole);
    (!reset.is_zero()).then_some(Allowance { remaining: whole(remaining), reset, limit })
}

/// `100`, `100, 100;w=60`, `12.5`: what comes after the digits is not needed.
fn leading_number(text: &str) -> Option<u64> {
    let text = text.trim();
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn until(date: u64, now: DateTime<Utc>) -> Option<Duration> {
    let date = i64::try_from(date).ok()?;
    let is_milliseconds = date.unsigned_abs() >= MILLISECONDS_FROM;
    let date = if is_milliseconds { DateTime::from_timestamp_millis(date) } else { DateTime::from_timestamp(date, 0) };
    (date? - now).to_std().ok()
}

/// The members of a list: `"default";r=50;t=30, "daily";r=900;t=7200`.
fn structured(headers: &HeaderMap) -> Vec<Allowance> {
    let members = |name: &str| -> Vec<String> {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',').map(|member| member.trim().to_owned()).collect::<Vec<_>>()).collect()
    };
    let policies = members("ratelimit-policy");
    let read = |member: &String| {
        let (name, _) = member.split_once(';')?;
        let policy = policies.iter().find(|policy| policy.split(';').next() == Some(name));
        let reset = Duration::from_secs(parameter(member, "t")?);
        let limit = policy.and_then(|policy| parameter(policy, "q")).map(whole);
        (!reset.is_zero()).then_some(Allowance { remaining: whole(parameter(member, "r")?), reset, limit })
    };
    members("ratelimit").iter().filter_map(read).collect()
}

fn parameter(member: &str, wanted: &str) -> Option<u64> {
    let parameters = member.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    parameters.map(|(name, value)| (name.trim(), value.trim())).find(|(name, _)| *name == wanted)?.1.parse().ok()
}

fn whole(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};
    use rstest::rstest;

    fn read(headers: &[(&'static str, &'static str)]) -> Option<(u32, u64, Option<u32>)> {
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let allowance = Allowance::read(&headers.collect(), now)?;
        Some((allowance.remaining, allowance.reset.as_secs(), allowance.limit))
    }

    #[rstest]
    #[case::draft(&[("ratelimit-limit", "100, 100;w=60"), ("ratelimit-remaining", "7"), ("ratelimit-reset", "30")], Some((7, 30, Some(100))))]
    #[case::custom(&[("x-ratelimit-limit", "5000"), ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1767225660")], Some((0, 60, Some(5000))))]
    #[case::dashed(&[("x-rate-limit-remaining", "3"), ("x-rate-limit-reset", "1767225605")], Some((3, 5, None)))]
    #[case::milliseconds(&[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "1767225605000")], Some((3, 5, None)))]
    #[case::structured(&[("ratelimit", "\"default\";r=50;t=30")], Some((50, 30, None)))]
    #[case::structured_with_policy(&[("ratelimit", "\"default\";r=50;t=30"), ("ratelimit-policy", "\"default\";q=100;w=60")], Some((50, 30, Some(100))))]
    #[case::the_tightest(&[("ratelimit", "\"burst\";r=50;t=1, \"day\";r=10;t=7200")], Some((10, 7200, None)))]
    #[case::no_reset(&[("x-ratelimit-remaining", "3")], None)]
    #[case::already_past(&[("x-ratelimit-remaining", "3"), ("x-ratelimit-reset", "1767225000")], None)]
    #[case::counted_anew(&[("ratelimit-remaining", "3"), ("ratelimit-reset", "0")], None)]
    #[case::no_numbers(&[("ratelimit-remaining", "many"), ("ratelimit-reset", "soon")], None)]
    #[case::no_limit(&[("ratelimit-limit", "0"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "60")], None)]
    #[case::nothing(&[], None)]
    fn of_an_answer(
        #[case] headers: &[(&'static str, &'static str)],
        #[case] expected: Option<(u32, u64, Option<u32>)>,
    ) {
        assert_eq!(read(headers), expected);
    }

    #[test]
    fn a_fifth_of_what_there_was_is_little() {
        let of = |remaining, limit| Allowance { remaining, reset: Duration::from_secs(1), limit }.is_plenty();
        assert!(of(21, Some(100)) && !of(20, Some(100)));
        assert!(of(11, None) && !of(10, None));
    }
}
