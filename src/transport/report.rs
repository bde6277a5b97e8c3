//! What one attempt tells the limiter: a pure function.

use super::error::{Fault, Phase};
use super::limiter::{Report, Sign};
use super::rate_headers::Allowance;
use super::request::Response;
use super::retry_after::asked_wait;
use super::throttling::{Meaning, Throttling, meaning};
use chrono::{DateTime, Utc};
use http::StatusCode;
use std::time::Duration;

impl Report {
    /// `took`: from the sending to the answer's last byte.
    pub(super) fn of(
        result: Result<&Response, &Fault>,
        took: Duration,
        throttling: &[Throttling],
        now: DateTime<Utc>,
    ) -> Self {
        let failed = result.err().and_then(Fault::status);
        let headers = result.ok().map(|response| &response.headers).or(failed.map(|failed| &failed.headers));
        let sign = match result {
            Ok(_) => Sign::Answered(took),
            Err(fault) => match fault {
                Fault::Status(failed) => match meaning(failed, throttling) {
                    Some(Meaning::TooFast) => Sign::TooFast,
                    Some(Meaning::QuotaUsedUp) => Sign::Nothing,
                    None if is_overload(failed.status) => Sign::Overloaded,
                    None => Sign::Answered(took),
                },
                Fault::Timeout { phase: Phase::Connect | Phase::Answer | Phase::Read, .. }
                | Fault::Connect(_)
                | Fault::Broken(_) => Sign::Overloaded,
                // Servers close connections in an orderly way now and then.
                Fault::TurnedAway(_)
                | Fault::Resolve(_)
                | Fault::Forbidden(_)
                | Fault::Tls(_)
                | Fault::TooLarge { .. }
                | Fault::Authorization(_)
                | Fault::WaitTooLong(..)
                | Fault::Paused(_)
                | Fault::Invalid(_) => Sign::Nothing,
            },
        };
        let is_slowed = matches!(sign, Sign::TooFast | Sign::Overloaded);
        let pause = failed.filter(|_| is_slowed).and_then(|failed| asked_wait(&failed.headers, now));
        Self { sign, pause, allowance: headers.and_then(|headers| Allowance::read(headers, now)) }
    }
}

fn is_overload(status: StatusCode) -> bool {
    matches!(status, StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::FailedStatus;
    use bytes::Bytes;
    use http::{HeaderMap, HeaderValue};
    use rstest::rstest;
    use std::sync::LazyLock;

    static WORDS: LazyLock<Vec<Throttling>> = LazyLock::new(|| {
        vec![
            Throttling { statuses: vec![500], says: "slow down".to_owned(), meaning: Meaning::TooFast },
            Throttling { statuses: vec![403], says: "quota".to_owned(), meaning: Meaning::QuotaUsedUp },
        ]
    });
    const TOOK: Duration = Duration::from_millis(70);

    fn answer(status: u16, body: &'static str) -> Fault {
        let headers = ["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"];
        let headers = headers.map(|name| (name.try_into().unwrap(), HeaderValue::from_static("7")));
        let status = StatusCode::from_u16(status).unwrap();
        Fault::Status(Box::new(FailedStatus {
            status,
            headers: HeaderMap::from_iter(headers),
            body: Bytes::from(body),
        }))
    }

    /// What it is a sign of, and whether all requests wait.
    #[rstest]
    #[case::too_fast(answer(429, ""), Sign::TooFast, true)]
    #[case::too_fast_by_its_words(answer(500, "slow down"), Sign::TooFast, true)]
    #[case::quota(answer(403, "quota"), Sign::Nothing, false)]
    #[case::unavailable(answer(503, ""), Sign::Overloaded, true)]
    #[case::refused(answer(404, ""), Sign::Answered(TOOK), false)]
    #[case::a_fault(answer(500, "boom"), Sign::Answered(TOOK), false)]
    #[case::timeout(Fault::Timeout { phase: Phase::Answer, after: TOOK }, Sign::Overloaded, false)]
    #[case::connect(Fault::Connect("refused".into()), Sign::Overloaded, false)]
    #[case::broken(Fault::Broken("reset".into()), Sign::Overloaded, false)]
    #[case::turned_away(Fault::TurnedAway("GOAWAY".into()), Sign::Nothing, false)]
    #[case::no_name(Fault::Resolve("no such host".into()), Sign::Nothing, false)]
    #[case::certificate(Fault::Tls("expired".into()), Sign::Nothing, false)]
    fn what_an_attempt_tells(#[case] fault: Fault, #[case] sign: Sign, #[case] pauses: bool) {
        let report = Report::of(Err(&fault), TOOK, &WORDS, DateTime::UNIX_EPOCH);
        assert_eq!((report.sign, report.pause), (sign, pauses.then_some(Duration::from_secs(7))));
        assert_eq!(report.allowance.is_some(), fault.status().is_some());
    }
}
