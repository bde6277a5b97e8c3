//! Whether a failed attempt is followed by another, and after how long: one pure function.
//!
//! The renewal after a 401 is no retry; `send` does that.

use super::error::{FailedStatus, Fault};
use super::request::Repeat;
use backon::{BackoffBuilder as _, ExponentialBuilder};
use http::StatusCode;
use std::time::Duration;

/// A provider that asks to wait longer is not waited for: the one who asked should hear of it.
pub const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Salesforce's code for a used-up quota of the day, which no short wait brings back.
const QUOTA_USED_UP: &[u8] = b"REQUEST_LIMIT_EXCEEDED";

/// How long to wait where the provider does not say: doubling, with jitter.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    /// Before the first retry, at least.
    pub first: Duration,
    /// Never more than this.
    pub longest: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(250), longest: Duration::from_secs(20) }
    }
}

impl Backoff {
    /// The waits, one after the other, without end.
    pub(super) fn delays(self) -> impl Iterator<Item = Duration> + Send {
        ExponentialBuilder::new()
            .with_min_delay(self.first)
            // The jitter is added, and at most doubles a delay.
            .with_max_delay(self.longest / 2)
            .without_max_times()
            .with_jitter()
            .build()
    }
}

/// What is known when an attempt has failed.
#[derive(Debug)]
pub(super) struct Failed<'a> {
    pub(super) fault: &'a Fault,
    pub(super) repeat: Repeat,
    /// How many retries there have been.
    pub(super) retries: u32,
    pub(super) max_retries: u32,
    /// How long the provider asks to wait.
    pub(super) asked: Option<Duration>,
    /// How long this service would wait.
    pub(super) delay: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Stop,
    Again { after: Duration },
    WaitTooLong(Duration),
}

/// Decides what follows a failed attempt.
pub(super) fn decide(failed: &Failed<'_>) -> Decision {
    let may_repeat = match outlook(failed.fault) {
        Outlook::Final => false,
        Outlook::NotCarriedOut => true,
        Outlook::Unknown => failed.repeat == Repeat::Safe,
    };
    if !may_repeat || failed.retries >= failed.max_retries {
        return Decision::Stop;
    }
    match failed.asked {
        Some(asked) if asked > LONGEST_WAIT => Decision::WaitTooLong(asked),
        Some(asked) => Decision::Again { after: asked },
        None => Decision::Again { after: failed.delay },
    }
}

/// Whether a request that ended so, and may not be repeated, may have been carried out.
pub(super) fn outcome_unknown(fault: &Fault, repeat: Repeat) -> bool {
    let unknown = matches!(fault, Fault::TooLarge { .. }) || outlook(fault) == Outlook::Unknown;
    unknown && repeat == Repeat::OnlyIfNotReceived
}

/// What a fault says of the request's chances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlook {
    /// Another attempt would end the same way.
    Final,
    /// It may pass, and the request was surely not carried out.
    NotCarriedOut,
    /// It may pass, and the request may have been carried out.
    Unknown,
}

fn outlook(fault: &Fault) -> Outlook {
    match fault {
        Fault::Resolve(_) | Fault::Connect(_) => Outlook::NotCarriedOut,
        Fault::Timeout { .. } | Fault::Broken(_) => Outlook::Unknown,
        Fault::Status(failed) => status_outlook(failed),
        Fault::Forbidden(_)
        | Fault::Tls(_)
        | Fault::TooLarge { .. }
        | Fault::Authorization(_)
        | Fault::WaitTooLong(..)
        | Fault::Invalid(_) => Outlook::Final,
    }
}

fn status_outlook(failed: &FailedStatus) -> Outlook {
    match failed.status {
        StatusCode::TOO_MANY_REQUESTS if is_quota_used_up(failed) => Outlook::Final,
        StatusCode::TOO_MANY_REQUESTS => Outlook::NotCarriedOut,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => Outlook::Unknown,
        _ => Outlook::Final,
    }
}

fn is_quota_used_up(failed: &FailedStatus) -> bool {
    failed.body.windows(QUOTA_USED_UP.len()).any(|window| window == QUOTA_USED_UP)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;
    use rstest::rstest;

    const DELAY: Duration = Duration::from_millis(300);
    const AGAIN: Decision = Decision::Again { after: DELAY };

    fn status(status: u16) -> Fault {
        answer(status, "")
    }

    fn answer(status: u16, body: &'static str) -> Fault {
        let status = StatusCode::from_u16(status).unwrap();
        Fault::Status(Box::new(FailedStatus {
            status,
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        }))
    }

    fn timeout() -> Fault {
        Fault::Timeout { after: Duration::from_secs(30) }
    }

    /// What follows for a request that may be repeated, what for one that may not, whether the latter's outcome is unknown.
    #[rstest]
    #[case::resolve(Fault::Resolve("no such host".into()), AGAIN, AGAIN, false)]
    #[case::connect(Fault::Connect("refused".into()), AGAIN, AGAIN, false)]
    #[case::throttled(status(429), AGAIN, AGAIN, false)]
    #[case::bad_gateway(status(502), AGAIN, Decision::Stop, true)]
    #[case::unavailable(status(503), AGAIN, Decision::Stop, true)]
    #[case::gateway_timeout(status(504), AGAIN, Decision::Stop, true)]
    #[case::timeout(timeout(), AGAIN, Decision::Stop, true)]
    #[case::broken(Fault::Broken("reset".into()), AGAIN, Decision::Stop, true)]
    #[case::too_large(Fault::TooLarge { limit: 1 }, Decision::Stop, Decision::Stop, true)]
    #[case::daily_quota(
        answer(429, r#"[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#),
        Decision::Stop,
        Decision::Stop,
        false
    )]
    #[case::daily_quota_as_salesforce_says_it(
        answer(403, r#"[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#),
        Decision::Stop,
        Decision::Stop,
        false
    )]
    #[case::redirect(status(302), Decision::Stop, Decision::Stop, false)]
    #[case::bad_request(status(400), Decision::Stop, Decision::Stop, false)]
    #[case::unauthorized(status(401), Decision::Stop, Decision::Stop, false)]
    #[case::forbidden_there(status(403), Decision::Stop, Decision::Stop, false)]
    #[case::not_found(status(404), Decision::Stop, Decision::Stop, false)]
    #[case::conflict(status(409), Decision::Stop, Decision::Stop, false)]
    #[case::server_error(status(500), Decision::Stop, Decision::Stop, false)]
    #[case::not_implemented(status(501), Decision::Stop, Decision::Stop, false)]
    #[case::forbidden_here(Fault::Forbidden("a private network".into()), Decision::Stop, Decision::Stop, false)]
    #[case::certificate(Fault::Tls("expired".into()), Decision::Stop, Decision::Stop, false)]
    #[case::no_credentials(Fault::Authorization("no token".into()), Decision::Stop, Decision::Stop, false)]
    #[case::invalid(Fault::Invalid("no host".into()), Decision::Stop, Decision::Stop, false)]
    fn faults(
        #[case] fault: Fault,
        #[case] repeatable: Decision,
        #[case] not_repeatable: Decision,
        #[case] unknown: bool,
    ) {
        let failed = |repeat| Failed { fault: &fault, repeat, retries: 0, max_retries: 4, asked: None, delay: DELAY };
        assert_eq!(decide(&failed(Repeat::Safe)), repeatable);
        assert_eq!(decide(&failed(Repeat::OnlyIfNotReceived)), not_repeatable);
        assert_eq!(outcome_unknown(&fault, Repeat::OnlyIfNotReceived), unknown);
        assert!(!outcome_unknown(&fault, Repeat::Safe));
    }

    #[rstest]
    #[case::the_last_retry(3, 4, None, AGAIN)]
    #[case::no_retry_left(4, 4, None, Decision::Stop)]
    #[case::no_retries_at_all(0, 0, None, Decision::Stop)]
    #[case::asked_for_more(0, 4, Some(7), Decision::Again { after: Duration::from_secs(7) })]
    #[case::asked_for_none(0, 4, Some(0), Decision::Again { after: Duration::ZERO })]
    #[case::the_longest_wait(0, 4, Some(60), Decision::Again { after: LONGEST_WAIT })]
    #[case::too_long(0, 4, Some(61), Decision::WaitTooLong(Duration::from_secs(61)))]
    #[case::too_long_but_no_retry_left(4, 4, Some(61), Decision::Stop)]
    fn waits(#[case] retries: u32, #[case] max_retries: u32, #[case] asked: Option<u64>, #[case] expected: Decision) {
        let asked = asked.map(Duration::from_secs);
        let fault = status(429);
        let failed = Failed { fault: &fault, repeat: Repeat::Safe, retries, max_retries, asked, delay: DELAY };
        assert_eq!(decide(&failed), expected);
    }

    #[test]
    fn delays_double_with_jitter_up_to_the_longest() {
        let delays: Vec<_> = Backoff::default().delays().take(12).collect();
        for (nth, delay) in delays.iter().enumerate() {
            let least = Duration::from_millis(250 << nth).min(Duration::from_secs(10));
            assert!((least..=least * 2).contains(delay), "the delay {nth} is {delay:?}");
        }
    }
}
