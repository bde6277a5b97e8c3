//! How long the provider asks to wait: `Retry-After`, in seconds or as a date ([RFC 9110, 10.2.3]).
//!
//! Whether that is too long is `retry`'s business.
//!
//! [RFC 9110, 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use std::time::Duration;

/// How long to wait, as the answer asks; `None` when it does not, or unintelligibly. A date that has passed is no wait.
pub fn asked_wait(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = text(headers, &RETRY_AFTER)?;
    if let Ok(seconds) = text.parse::<f64>() {
        // A wait too long for a `Duration` is surely too long to wait.
        return (seconds >= 0.0).then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX));
    }
    // Where the answer says when it was sent, the two clocks need not agree.
    let sent = text_date(headers, &DATE).unwrap_or(now);
    let until = date(text)?;
    Some((until - sent).to_std().unwrap_or(Duration::ZERO))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim)
}

fn text_date(headers: &HeaderMap, name: &HeaderName) -> Option<DateTime<Utc>> {
    text(headers, name).and_then(date)
}

fn date(text: &str) -> Option<DateTime<Utc>> {
    httpdate::parse_http_date(text).ok().map(DateTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use rstest::rstest;

    #[rstest]
    #[case::seconds("7", Some(7_000))]
    #[case::no_wait("0", Some(0))]
    #[case::spaces(" 7 ", Some(7_000))]
    #[case::fractions("1.5", Some(1_500))]
    #[case::date("Sun, 06 Nov 1994 08:49:47 GMT", Some(10_000))]
    #[case::old_form_of_date("Sunday, 06-Nov-94 08:49:47 GMT", Some(10_000))]
    #[case::date_that_has_passed("Sun, 06 Nov 1994 08:00:00 GMT", Some(0))]
    #[case::negative("-1", None)]
    #[case::no_number("NaN", None)]
    #[case::words("soon", None)]
    fn waits(#[case] header: &'static str, #[case] expected_ms: Option<u64>) {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(header))]);
        let now = "1994-11-06T08:49:37Z".parse().unwrap();
        assert_eq!(asked_wait(&headers, now), expected_ms.map(Duration::from_millis));
    }

    #[test]
    fn the_answers_own_date_counts_before_ours() {
        let headers = HeaderMap::from_iter([
            (RETRY_AFTER, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:47 GMT")),
            (DATE, HeaderValue::from_static("Sun, 06 Nov 1994 08:49:44 GMT")),
        ]);
        let an_hour_behind = "1994-11-06T07:49:37Z".parse().unwrap();
        assert_eq!(asked_wait(&headers, an_hour_behind), Some(Duration::from_secs(3)));
    }

    #[test]
    fn longer_than_a_duration_holds() {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("1e30"))]);
        assert_eq!(asked_wait(&headers, DateTime::UNIX_EPOCH), Some(Duration::MAX));
        assert_eq!(asked_wait(&HeaderMap::new(), DateTime::UNIX_EPOCH), None);
    }
}
