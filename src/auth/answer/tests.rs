//! Token endpoints' answers, as providers send them.

use super::*;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use rstest::rstest;
use serde_json::json;

/// 2023-11-14T22:13:20Z.
const NOW: i64 = 1_700_000_000;
const TWO_HOURS: u64 = 7_200;

fn read(answer: &Value) -> Result<Token, AuthError> {
    read_bytes(answer.to_string().as_bytes())
}

fn read_bytes(body: &[u8]) -> Result<Token, AuthError> {
    let asked = Asked {
        now: DateTime::from_timestamp(NOW, 0).unwrap(),
        token_lifetime: Duration::from_secs(TWO_HOURS),
        secrets: &[SecretString::from("hunter22")],
    };
    token(body, &asked)
}

#[rstest]
#[case::number(json!({"expires_in": 3600}), Some(3_540))]
#[case::string(json!({"expires_in": "3600"}), Some(3_540))]
#[case::short(json!({"expires_in": 100}), Some(90))]
#[case::before_issued_at(json!({"expires_in": 100, "issued_at": "1"}), Some(90))]
#[case::zero(json!({"expires_in": 0}), None)]
#[case::negative(json!({"expires_in": -1}), None)]
#[case::longer_than_any_date(json!({"expires_in": i64::MAX}), Some(i64::MAX.cast_unsigned() - 60))]
#[case::issued_in_milliseconds(json!({"issued_at": "1700000000000"}), Some(TWO_HOURS - 60))]
#[case::issued_in_seconds(json!({"issued_at": NOW}), Some(TWO_HOURS - 60))]
#[case::issued_a_while_ago(json!({"issued_at": NOW - 200}), Some(TWO_HOURS - 200 - 60))]
#[case::issued_by_a_slow_clock(json!({"issued_at": NOW - 86_400}), Some(TWO_HOURS - 60))]
#[case::issued_in_the_future(json!({"issued_at": NOW + 86_400}), Some(TWO_HOURS - 60))]
#[case::beyond_all_dates(json!({"issued_at": i64::MAX}), None)]
#[case::nothing(json!({}), None)]
#[case::nonsense(json!({"expires_in": "soon", "issued_at": {}}), None)]
fn lifetimes(#[case] times: Value, #[case] seconds: Option<u64>) {
    let mut answer = times;
    answer["access_token"] = json!("00Dxx!AR8");
    let token = read(&answer).unwrap();
    assert_eq!(token.usable_for, seconds.map(Duration::from_secs));
    assert_eq!(token.header, "Bearer 00Dxx!AR8");
    assert!(token.header.is_sensitive());
}

/// A clock that is late by more than a short lifetime: the token is used all the same.
#[test]
fn a_token_that_has_just_come_is_not_used_up() {
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    let asked = Asked { now, token_lifetime: Duration::from_mins(2), secrets: &[] };
    let answer = json!({"access_token": "t", "issued_at": NOW - 200}).to_string();
    assert_eq!(token(answer.as_bytes(), &asked).unwrap().usable_for, Some(Duration::from_secs(54)));
}

#[rstest]
#[case::absent(json!({}), true)]
#[case::small(json!({"token_type": "bearer"}), true)]
#[case::capitals(json!({"token_type": "BEARER"}), true)]
#[case::another(json!({"token_type": "mac"}), false)]
#[case::line_break(json!({"access_token": "a\nb"}), false)]
#[case::empty(json!({"access_token": ""}), false)]
#[case::number(json!({"access_token": 7}), false)]
fn usable_tokens(#[case] members: Value, #[case] usable: bool) {
    let mut answer = json!({"access_token": "t"});
    answer.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    assert_eq!(read(&answer).is_ok(), usable);
}

#[test]
fn an_answer_of_no_use_says_what_is_wrong() {
    let errors = [
        read_bytes(b"<html>Log in</html>"),
        read(&json!({"token_type": "Bearer"})),
        read(&json!({"access_token": "t", "token_type": "hunter22"})),
        read(&json!({"ok": false, "error": "invalid_client"})),
    ];
    let errors: Vec<_> = errors.into_iter().map(|error| error.unwrap_err().to_string()).collect();
    insta::assert_snapshot!(errors.join("\n"), @"
    the token endpoint's answer is of no use: it is no JSON object
    the token endpoint's answer is of no use: it holds no access_token
    the token endpoint's answer is of no use: its token_type is [redacted], and only Bearer can be used
    the token endpoint refused with status 200: invalid_client
    ");
}

#[test]
fn a_refusal_says_what_the_provider_said() {
    let answers = [
        (400, r#"{"error":"invalid_grant","error_description":"authentication failure"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (503, "<html>\n<body>Down for maintenance, hunter22</body>"),
        (502, ""),
        (500, "client_secret=another at fault"),
    ];
    let errors = answers.map(|(status, body)| {
        let (status, headers) = (StatusCode::from_u16(status).unwrap(), HeaderMap::new());
        let failed = FailedStatus { status, headers, body: Bytes::from_static(body.as_bytes()) };
        refusal(&failed, &[SecretString::from("hunter22")]).to_string()
    });
    insta::assert_snapshot!(errors.join("\n"), @"
    the token endpoint refused with status 400: invalid_grant: authentication failure
    the token endpoint refused with status 401: invalid_client
    the token endpoint refused with status 503: <html> <body>Down for maintenance, [redacted]</body>
    the token endpoint refused with status 502
    the token endpoint refused with status 500: client_secret=[redacted] at fault
    ");
}
