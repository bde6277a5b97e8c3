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
                | Fault::Broken(_)
                | Fault::TurnedAway(_) => Sign::Overloaded,
                Fault::Resolve(_)
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
