//! Testing the connection: a success that is one, and failures that say which part does not work.

use super::harness::{Bench, Failure, Service, without_ports};
use super::upstream::{Reply, Upstream};
use http::StatusCode;
use scim_connector::sandbox::{Effect, Fault};
use serde_json::{Value, json};

async fn tested(bench: &Bench, settings: Value) -> Failure {
    bench.run_with("std:test-connection", json!({}), settings).await.failure()
}

#[tokio::test]
async fn a_good_source_gives_an_empty_result_with_a_fresh_token_each_time() {
    let bench = Bench::with_users(3).await;
    for tested in 1..=2 {
        assert_eq!(bench.run("std:test-connection", json!({})).await.output(), json!({}));
        assert_eq!(bench.sandbox.tokens_issued(), tested);
    }
}

#[tokio::test]
async fn no_settings_at_all_name_everything_that_is_missing() {
    let failure = Service::start().await.invoke("std:test-connection", json!({}), &json!({})).await.failure();
    insta::assert_snapshot!(failure.shown().replace("; ", ";\n"), @"
    generic/invalidConfiguration: The source's settings cannot be used: baseUrl is missing: it must be the SCIM base URL, such as https://acme.my.salesforce.com/services/scim/v2;
    tokenUrl is missing: it must be the URL of the OAuth 2 token endpoint;
    clientId is missing: it must be the OAuth client's id;
    clientSecret is missing: it must be the OAuth client's secret. Correct them in the source's configuration. [INVALID_CONFIGURATION]
    ");
}

#[tokio::test]
async fn a_wrong_secret_is_named_and_the_address_is_not_blamed() {
    let bench = Bench::with_users(3).await;
    bench.run("std:test-connection", json!({})).await.output();
    insta::assert_snapshot!(tested(&bench, json!({"clientSecret": "wrong-secret"})).await.shown(), @"generic/invalidConfiguration: The connection test failed: the token endpoint at 127.0.0.1:PORT does not accept the client id or the client secret. Check clientId and clientSecret against the app at the provider, and that the app allows the grant type. (The provider says: invalid client credentials; invalid_client; HTTP 400) Found out: the SCIM API at 127.0.0.1 is reachable (it answers 401 without a token). [BAD_CREDENTIALS]");
    insta::assert_snapshot!(tested(&bench, json!({"clientId": "stranger"})).await.shown(), @"generic/invalidConfiguration: The connection test failed: the token endpoint at 127.0.0.1:PORT does not know the client id, or not with this secret. Check clientId and clientSecret against the app's consumer key and secret; an app that was just made is known after some ten minutes. (The provider says: client identifier invalid; invalid_client_id; HTTP 400) Found out: the SCIM API at 127.0.0.1 is reachable (it answers 401 without a token). [BAD_CREDENTIALS]");
}

#[tokio::test]
async fn a_wrong_path_is_named_and_the_token_is_not_blamed() {
    let bench = Bench::with_users(3).await;
    let base = bench.sandbox.base_url().replace("/v2", "/v3");
    insta::assert_snapshot!(tested(&bench, json!({"baseUrl": base})).await.shown(), @"generic/invalidConfiguration: The connection test failed: 127.0.0.1:PORT has no such SCIM endpoint. Check baseUrl: below it must be /Users and /Groups. If the provider has no groups, set groupMembership to user. (The provider says: Resource /services/scim/v3/Users not found; HTTP 404) Found out: the token endpoint gave a token; neither users nor groups can be read; there is no service provider configuration at this address, so baseUrl may be wrong. [WRONG_ADDRESS]");
}

#[tokio::test]
async fn a_wrong_token_url_is_named() {
    let bench = Bench::with_users(3).await;
    let url = bench.sandbox.token_url().replace("token", "tokens");
    insta::assert_snapshot!(tested(&bench, json!({"tokenUrl": url})).await.shown(), @"generic/invalidConfiguration: The connection test failed: the token endpoint at 127.0.0.1:PORT gave no token. Check tokenUrl: it must be the OAuth 2 token endpoint itself, not a login page. (The provider says: Resource /services/oauth2/tokens not found; HTTP 404) Found out: the SCIM API at 127.0.0.1 is reachable (it answers 401 without a token). [TOKEN_UNAVAILABLE]");
}

#[tokio::test]
async fn a_host_that_nobody_answers_at_is_named() {
    let bench = Bench::with_users(3).await;
    bench.sandbox.stop().await;
    let failure = tested(&bench, json!({"maxRetries": 0})).await;
    let (happened, found) = failure.message.split_once(" Found out: ").unwrap();
    insta::assert_snapshot!(without_ports(happened), @"The connection test failed: no connection to 127.0.0.1:PORT could be made. Check that the address and the port are right, that the provider is up, and that no firewall stands between.");
    assert!(found.starts_with("the SCIM API at 127.0.0.1 is not reachable either"), "{found}");
    assert_eq!(failure.code, "UNREACHABLE");
}

/// A login page has a good status.
#[tokio::test]
async fn a_web_page_is_no_scim_api() {
    let upstream = Upstream::start(|_| Reply::html(200)).await;
    let service = Service::start().await;
    let failure = service.invoke("std:test-connection", json!({}), &upstream.config(json!({}))).await.failure();
    insta::assert_snapshot!(failure.shown(), @r#"generic/invalidResponse: The connection test failed: 127.0.0.1:PORT answered with something that is no SCIM answer. Check baseUrl: it must be the SCIM API's own address. A login or proxy page in between answers like this too. (a page titled "Sign in") [NOT_SCIM]"#);

    let settings = json!({"authType": "oauth2", "tokenUrl": upstream.url(), "clientId": "c", "clientSecret": "secret"});
    let failure = service.invoke("std:test-connection", json!({}), &upstream.config(settings)).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidConfiguration: The connection test failed: the token endpoint at 127.0.0.1:PORT gave no token. Check tokenUrl: it must be the OAuth 2 token endpoint itself, not a login page. (it is no JSON object) Found out: the SCIM API at 127.0.0.1 is reachable (it answers 200 without a token). [TOKEN_UNAVAILABLE]");
}

#[tokio::test]
async fn what_works_is_told_apart_from_what_does_not() {
    let bench = Bench::with_users(3).await;
    let forbidden = Effect::Answer { status: StatusCode::FORBIDDEN, body: r#"{"detail":"no access"}"#.to_owned() };
    bench.fail(Fault::new("/Users", forbidden));
    insta::assert_snapshot!(tested(&bench, json!({})).await.shown(), @"generic/insufficientPermission: The connection test failed: the provider does not allow this to the user that the connector signs in as. Give that user the right to read and manage users (in Salesforce: API Enabled, Manage Users). (The provider says: no access; HTTP 403) Found out: the token endpoint gave a token; reading groups works, reading users does not; the address is a SCIM API. [FORBIDDEN]");
}

#[tokio::test]
async fn a_private_address_is_refused_before_anything_is_sent() {
    let settings = json!({"baseUrl": "https://169.254.169.254/latest", "authType": "none"});
    let failure = Service::start().await.invoke("std:test-connection", json!({}), &settings).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidConfiguration: The connection test failed: this service does not connect there. Use the provider's public https address, or have the service's operator allow private addresses. (169.254.169.254 leads to a cloud's metadata service (169.254.169.254), where this service may not connect: no setting permits that: use the provider's public host name) [ADDRESS_NOT_ALLOWED]");
}
