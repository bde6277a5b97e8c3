//! Whether a failed attempt is followed by another, and after how long: one pure function.
//!
//! What the provider's words mean counts before its status, then whether the request may be repeated, and what may have
//! become of it. The renewal after a 401 is no retry; `send` does that.

use super::error::{FailedStatus, Fault, GivenUp, Phase, Wait};
use super::request::Repeat;
use super::throttling::{Meaning, Throttling, meaning};
use http::StatusCode;
use std::time::Duration;

/// A provider that asks to wait longer is not waited for where there is no deadline: the one who asked should hear of it.
pub const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What is known when an attempt has failed.
#[derive(Debug)]
pub(super) struct Failed<'a> {
    pub(super) fault: &'a Fault,
    /// How this provider says that it was asked too fast.
    pub(super) throttling: &'a [Throttling],
    pub(super) repeat: Repeat,
    /// How many retries there have been.
    pub(super) retries: u32,
    pub(super) max_retries: u32,
    /// How long the provider asks to wait.
    pub(super) asked: Option<Duration>,
    /// How long this service would wait.
    pub(super) delay: Duration,
    /// The time to the command's deadline.
    pub(super) left: Option<Duration>,
    /// How many retries the command has had, where it may have no more.
    pub(super) used_up: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Stop(Option<GivenUp>),
    Again {
        after: Duration,
        /// Whether it is one of the retries that the command has.
        counts: bool,
    },
    WaitTooLong(Wait),
}

/// Decides what follows a failed attempt.
pub(super) fn decide(failed: &Failed<'_>) -> Decision {
    let outlook = outlook(failed.fault, failed.throttling);
    let may_repeat = match (outlook, failed.repeat) {
        (Outlook::Final, _) | (_, Repeat::Never) => false,
        (Outlook::TooFast | Outlook::NotCarriedOut, _) => true,
        (Outlook::Unknown, repeat) => repeat == Repeat::Safe,
    };
    if !may_repeat || failed.retries >= failed.max_retries {
        return Decision::Stop(None);
    }
    // Those who were too fast are slowed by the limiter.
    let counts = outlook != Outlook::TooFast;
    if let Some(retries) = failed.used_up.filter(|_| counts) {
        return Decision::Stop(Some(GivenUp::RetriesUsedUp(retries)));
    }
    match failed.asked {
        Some(asked) if asked > failed.left.unwrap_or(LONGEST_WAIT) => {
            Decision::WaitTooLong(Wait { asked, most: failed.left.unwrap_or(LONGEST_WAIT) })
        }
        Some(asked) => Decision::Again { after: asked, counts },
        None if failed.left.is_some_and(|left| failed.delay > left) => Decision::Stop(Some(GivenUp::NoTimeLeft)),
        None => Decision::Again { after: failed.delay, counts },
    }
}

/// Whether a request that ended so, and may not be repeated, may have been carried out.
pub(super) fn outcome_unknown(fault: &Fault, throttling: &[Throttling], repeat: Repeat) -> bool {
    let unknown = matches!(fault, Fault::TooLarge { .. }) || outlook(fault, throttling) == Outlook::Unknown;
    unknown && repeat == Repeat::OnlyIfNotReceived
}

/// What a fault says of the request's chances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlook {
    /// Another attempt would end the same way.
    Final,
    /// It was refused for being too fast, and not carried out.
    TooFast,
    /// It may pass, and the request was surely not carried out.
    NotCarriedOut,
    /// It may pass, and the request may have been carried out.
    Unknown,
}

fn outlook(fault: &Fault, throttling: &[Throttling]) -> Outlook {
    match fault {
        Fault::Resolve(_) | Fault::Connect(_) | Fault::Timeout { phase: Phase::Connect, .. } | Fault::TurnedAway(_) => {
            Outlook::NotCarriedOut
        }
        Fault::Timeout { phase: Phase::Answer | Phase::Read, .. } | Fault::Broken(_) => Outlook::Unknown,
        Fault::Status(failed) => status_outlook(failed, throttling),
        Fault::Forbidden(_)
        | Fault::Tls(_)
        | Fault::TooLarge { .. }
        | Fault::Authorization(_)
        | Fault::WaitTooLong(..)
        | Fault::Paused(_)
        | Fault::Invalid(_) => Outlook::Final,
    }
}

fn status_outlook(failed: &FailedStatus, throttling: &[Throttling]) -> Outlook {
    match meaning(failed, throttling) {
        Some(Meaning::QuotaUsedUp) => Outlook::Final,
        Some(Meaning::TooFast) => Outlook::TooFast,
        None => match failed.status {
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Outlook::Unknown,
            _ => Outlook::Final,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::HeaderMap;
    use rstest::rstest;
    use std::sync::LazyLock;

    const DELAY: Duration = Duration::from_millis(300);
    const AGAIN: Decision = Decision::Again { after: DELAY, counts: true };
    const SLOWER: Decision = Decision::Again { after: DELAY, counts: false };
    const STOP: Decision = Decision::Stop(None);
    static WORDS: LazyLock<Vec<Throttling>> = LazyLock::new(|| {
        vec![
            Throttling { statuses: vec![403, 429], says: "DAILY_LIMIT".to_owned(), meaning: Meaning::QuotaUsedUp },
            Throttling { statuses: vec![409, 500], says: "too many requests".to_owned(), meaning: Meaning::TooFast },
        ]
    });

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

    fn timeout(phase: Phase) -> Fault {
        Fault::Timeout { phase, after: Duration::from_secs(30) }
    }

    fn failed(fault: &Fault) -> Failed<'_> {
        Failed {
            fault,
            throttling: &WORDS,
            repeat: Repeat::Safe,
            retries: 0,
            max_retries: 4,
            asked: None,
            delay: DELAY,
            left: None,
            used_up: None,
        }
    }

    /// What follows for a request that may be repeated, what for one that may not, whether the latter's outcome is unknown.
    #[rstest]
    #[case::resolve(Fault::Resolve("no such host".into()), AGAIN, AGAIN, false)]
    #[case::connect(Fault::Connect("refused".into()), AGAIN, AGAIN, false)]
    #[case::connect_timeout(timeout(Phase::Connect), AGAIN, AGAIN, false)]
    #[case::turned_away(Fault::TurnedAway("REFUSED_STREAM".into()), AGAIN, AGAIN, false)]
    #[case::throttled(status(429), SLOWER, SLOWER, false)]
    #[case::throttled_by_its_words(answer(500, r#"{"detail":"Too Many Requests"}"#), SLOWER, SLOWER, false)]
    #[case::a_conflict_that_is_throttling(answer(409, r#"{"detail":"too many requests"}"#), SLOWER, SLOWER, false)]
    #[case::words_of_another_status(answer(400, r#"{"detail":"too many requests"}"#), STOP, STOP, false)]
    #[case::daily_quota(answer(429, r#"[{"errorCode":"DAILY_LIMIT"}]"#), STOP, STOP, false)]
    #[case::daily_quota_that_looks_forbidden(answer(403, r#"[{"errorCode":"DAILY_LIMIT"}]"#), STOP, STOP, false)]
    #[case::request_timeout(status(408), AGAIN, STOP, true)]
    #[case::bad_gateway(status(502), AGAIN, STOP, true)]
    #[case::unavailable(status(503), AGAIN, STOP, true)]
    #[case::gateway_timeout(status(504), AGAIN, STOP, true)]
    #[case::timeout(timeout(Phase::Answer), AGAIN, STOP, true)]
    #[case::stalled(timeout(Phase::Read), AGAIN, STOP, true)]
    #[case::broken(Fault::Broken("reset".into()), AGAIN, STOP, true)]
    #[case::too_large(Fault::TooLarge { limit: 1 }, STOP, STOP, true)]
    #[case::redirect(status(302), STOP, STOP, false)]
    #[case::bad_request(status(400), STOP, STOP, false)]
    #[case::unauthorized(status(401), STOP, STOP, false)]
    #[case::forbidden_there(status(403), STOP, STOP, false)]
    #[case::not_found(status(404), STOP, STOP, false)]
    #[case::conflict(answer(409, r#"{"scimType":"uniqueness"}"#), STOP, STOP, false)]
    #[case::server_error(answer(500, "boom"), STOP, STOP, false)]
    #[case::not_implemented(status(501), STOP, STOP, false)]
    #[case::forbidden_here(Fault::Forbidden("a private network".into()), STOP, STOP, false)]
    #[case::certificate(Fault::Tls("expired".into()), STOP, STOP, false)]
    #[case::no_credentials(Fault::Authorization("no token".into()), STOP, STOP, false)]
    #[case::paused(Fault::Paused(Box::new(Wait { asked: DELAY, most: Duration::ZERO })), STOP, STOP, false)]
    #[case::invalid(Fault::Invalid("no host".into()), STOP, STOP, false)]
    fn faults(
        #[case] fault: Fault,
        #[case] repeatable: Decision,
        #[case] not_repeatable: Decision,
        #[case] unknown: bool,
    ) {
        assert_eq!(decide(&failed(&fault)), repeatable);
        assert_eq!(decide(&Failed { repeat: Repeat::OnlyIfNotReceived, ..failed(&fault) }), not_repeatable);
        assert_eq!(outcome_unknown(&fault, &WORDS, Repeat::OnlyIfNotReceived), unknown);
        assert!(!outcome_unknown(&fault, &WORDS, Repeat::Safe));
        assert_eq!(decide(&Failed { repeat: Repeat::Never, ..failed(&fault) }), STOP);
    }

    const fn after(seconds: u64) -> Decision {
        Decision::Again { after: Duration::from_secs(seconds), counts: false }
    }

    const fn too_long(asked: u64, most: u64) -> Decision {
        Decision::WaitTooLong(Wait { asked: Duration::from_secs(asked), most: Duration::from_secs(most) })
    }

    /// The retries so far, how long the provider asks to wait, how much time is left.
    #[rstest]
    #[case::the_last_retry(3, None, None, SLOWER)]
    #[case::no_retry_left(4, None, None, STOP)]
    #[case::asked_for_more(0, Some(7), None, after(7))]
    #[case::asked_for_none(0, Some(0), None, after(0))]
    #[case::the_longest_wait(0, Some(60), None, after(60))]
    #[case::too_long(0, Some(61), None, too_long(61, 60))]
    #[case::too_long_but_no_retry_left(4, Some(61), None, STOP)]
    #[case::to_the_deadline(0, Some(55), Some(55), after(55))]
    #[case::beyond_the_deadline(0, Some(56), Some(55), too_long(56, 55))]
    #[case::a_late_deadline(0, Some(100), Some(300), after(100))]
    #[case::no_time_left(0, None, Some(0), Decision::Stop(Some(GivenUp::NoTimeLeft)))]
    fn waits(#[case] retries: u32, #[case] asked: Option<u64>, #[case] left: Option<u64>, #[case] expected: Decision) {
        let (asked, left) = (asked.map(Duration::from_secs), left.map(Duration::from_secs));
        assert_eq!(decide(&Failed { retries, asked, left, ..failed(&status(429)) }), expected);
    }

    #[rstest]
    #[case::unavailable(status(503), Decision::Stop(Some(GivenUp::RetriesUsedUp(12))))]
    #[case::too_fast(status(429), SLOWER)]
    #[case::final_anyway(status(404), STOP)]
    fn where_the_command_has_no_retries_left(#[case] fault: Fault, #[case] expected: Decision) {
        assert_eq!(decide(&Failed { used_up: Some(12), ..failed(&fault) }), expected);
    }

    #[test]
    fn no_retries_at_all() {
        assert_eq!(decide(&Failed { max_retries: 0, ..failed(&status(503)) }), STOP);
    }
}
