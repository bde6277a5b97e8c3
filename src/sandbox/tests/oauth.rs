//! Tokens: granted, refused, expired, revoked.

use super::{Answer, Bench};
use crate::sandbox::Options;
use crate::sandbox::routes::TOKEN_PATH;
use http::{Request, StatusCode, header};
use serde_json::Value;
use std::time::Duration;

async fn ask(bench: &Bench, form: &'static str) -> Answer {
    bench.send(Request::post(TOKEN_PATH).body(form.into()).unwrap()).await
}

async fn ask_with_header(bench: &Bench, credentials: &str) -> Answer {
    let request = Request::post(TOKEN_PATH).header(header::AUTHORIZATION, credentials);
    bench.send(request.body("grant_type=client_credentials".into()).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn a_token_comes_with_the_members_that_salesforce_sends() {
    let bench = Bench::with_users(1).await;
    let answer = ask(&bench, "grant_type=client_credentials&client_id=sandbox&client_secret=sandbox").await;
    assert_eq!(answer.status, StatusCode::OK);
    let mut token = answer.json();
    assert!(token["access_token"].as_str().unwrap().starts_with("00DRM000000TfZ1!AQ"));
    assert_eq!(token["signature"].as_str().unwrap().len(), 44);
    token["access_token"] = "…".into();
    token["signature"] = "…".into();
    insta::assert_snapshot!(token, @r#"{"access_token":"…","instance_url":"http://127.0.0.1:8080","id":"http://127.0.0.1:8080/id/00DRM000000TfZ1/005RM000002FD0bYAG","token_type":"Bearer","issued_at":"1777863721987","signature":"…"}"#);
    assert_eq!(bench.app.tokens.count(), 2);
}

#[tokio::test(start_paused = true)]
async fn credentials_may_come_in_a_basic_header() {
    let bench = Bench::with_users(1).await;
    assert_eq!(ask_with_header(&bench, "Basic c2FuZGJveDpzYW5kYm94").await.status, StatusCode::OK);
    // sandbox:wrong, and no base 64 at all
    insta::assert_snapshot!(ask_with_header(&bench, "Basic c2FuZGJveDp3cm9uZw==").await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"error":"invalid_client","error_description":"invalid client credentials"}
    "#);
    insta::assert_snapshot!(ask_with_header(&bench, "Basic !").await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"error":"invalid_request","error_description":"client credentials are missing"}
    "#);
}

#[tokio::test(start_paused = true)]
async fn each_refusal_names_its_cause() {
    let bench = Bench::with_users(1).await;
    let wrong_secret = "grant_type=client_credentials&client_id=sandbox&client_secret=wrong";
    insta::assert_snapshot!(ask(&bench, wrong_secret).await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"error":"invalid_client","error_description":"invalid client credentials"}
    "#);
    let unknown_client = "grant_type=client_credentials&client_id=other&client_secret=sandbox";
    insta::assert_snapshot!(ask(&bench, unknown_client).await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"error":"invalid_client_id","error_description":"client identifier invalid"}
    "#);
    insta::assert_snapshot!(ask(&bench, "grant_type=client_credentials").await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"error":"invalid_request","error_description":"client credentials are missing"}
    "#);
    insta::assert_snapshot!(ask(&bench, "grant_type=device_code&client_id=sandbox").await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"error":"unsupported_grant_type","error_description":"grant type not supported"}
    "#);
    insta::assert_snapshot!(ask(&bench, "").await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"error":"unsupported_grant_type","error_description":"grant type not supported"}
    "#);
    assert_eq!(bench.app.tokens.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_good_token_there_is_no_session() {
    let bench = Bench::with_users(1).await;
    let users = "/services/scim/v2/Users";
    let without = bench.send(Request::get(users).body("".into()).unwrap()).await;
    insta::assert_snapshot!(without.shown(), @r#"
    401 application/json;charset=UTF-8
    [{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]
    "#);
    for credentials in ["Bearer", "Bearer other", "Basic c2FuZGJveDpzYW5kYm94"] {
        let request = Request::get(users).header(header::AUTHORIZATION, credentials);
        assert_eq!(bench.send(request.body("".into()).unwrap()).await.body, without.body);
    }
    let unknown_path = bench.send(Request::get("/services/scim/v2/Nothing").body("".into()).unwrap()).await;
    assert_eq!(unknown_path.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_token_expires_by_the_clock() {
    let bench = Bench::new(Options { token_lifetime: Duration::from_mins(5), ..Options::default() }).await;
    tokio::time::advance(Duration::from_secs(299)).await;
    assert_eq!(bench.get("Users").await.status, StatusCode::OK);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(bench.get("Users").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(start_paused = true)]
async fn a_token_can_be_revoked_and_all_of_them() {
    let mut bench = Bench::with_users(1).await;
    let other = bench.fresh_token().await;
    let revoke = |token: &str| {
        let form = format!("token={}", token.replace('!', "%21"));
        bench.send(Request::post("/services/oauth2/revoke").body(form.into()).unwrap())
    };
    assert_eq!(revoke(&bench.token).await.status, StatusCode::OK);
    insta::assert_snapshot!(revoke(&bench.token).await.shown(), @r#"
    400 application/json;charset=UTF-8
    {"error":"invalid_token","error_description":"this token is not valid"}
    "#);
    assert_eq!(bench.get("Users").await.json()[0]["errorCode"], Value::from("INVALID_SESSION_ID"));
    bench.token = other;
    assert_eq!(bench.get("Users").await.status, StatusCode::OK);
    bench.app.tokens.revoke_all();
    assert_eq!(bench.get("Users").await.status, StatusCode::UNAUTHORIZED);
}
