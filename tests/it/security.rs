//! The rules of security, one or more tests each, in their order. Each is small and would fail if its rule were not kept;
//! the long ones, which try every way around a rule, stand with what they are about.

use super::binary::run_in;
use super::harness::{Answer, Bench, Service, invocation, key, with};
use super::rotation;
use super::secrets::{listen, logged};
use super::upstream::{Asked, Reply, Turn, Upstream, user};
use futures::{FutureExt as _, StreamExt as _};
use rstest::rstest;
use scim_connector::clock::Clock;
use scim_connector::connector::{Connector, SourcePool};
use scim_connector::protocol::{Event, Events, Failure, Handler as _, Invocation};
use scim_connector::transport::{self, Fault, Limiter, NetworkPolicy, Request, Transport};
use serde_json::{Value, json};
use std::sync::Arc;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

const LIST: &str = "std:account:list";
const LOOPBACK: NetworkPolicy = NetworkPolicy { allow_loopback: true, allow_private: false };
const OUTWARD: NetworkPolicy = NetworkPolicy { allow_loopback: false, allow_private: false };

fn connector(policy: NetworkPolicy) -> Connector {
    Connector::new(Arc::new(SourcePool::new(Clock::system(), [7; 32])), policy)
}

fn start(connector: &Connector, config: &Value) -> Events {
    connector.handle(Invocation::parse(invocation(LIST, json!({}), config).as_bytes()).unwrap())
}

async fn outcome(connector: &Connector, config: &Value) -> Result<Vec<Event>, Failure> {
    start(connector, config).collect::<Vec<_>>().await.into_iter().collect()
}

fn one_user(_: &Asked) -> Reply {
    Reply::users(1, ["u1"])
}

/// Nothing in the settings makes up for what the operator does not permit.
#[rstest]
#[case::loopback("http://127.0.0.1:PORT", OUTWARD)]
#[case::loopback_after_resolution("https://localhost:PORT", OUTWARD)]
#[case::loopback_in_disguise("http://2130706433:PORT", OUTWARD)]
#[case::private("https://10.0.0.1", LOOPBACK)]
#[case::link_local("http://169.254.1.1", LOOPBACK)]
#[case::metadata("http://169.254.169.254", NetworkPolicy { allow_loopback: true, allow_private: true })]
#[case::plain_http("http://scim.example", LOOPBACK)]
#[tokio::test]
async fn rule_01_the_operator_says_where_it_may_connect(#[case] base: &str, #[case] policy: NetworkPolicy) {
    let upstream = Upstream::start(one_user).await;
    let base = base.replace("PORT", &upstream.address().port().to_string());
    let permitting = json!({"allowPrivateNetworks": true, "allowLoopback": true, "insecure": true, "maxRetries": 0});
    let config = with(&permitting, json!({"baseUrl": base, "authType": "none"}));
    assert_eq!(outcome(&connector(policy), &config).await.unwrap_err().code, "ADDRESS_NOT_ALLOWED");
    // The token endpoint is no way around it.
    let config = with(
        &config,
        json!({
            "baseUrl": "https://scim.example", "authType": "oauth2", "tokenUrl": base, "clientId": "c", "clientSecret": "s",
        }),
    );
    assert_eq!(outcome(&connector(policy), &config).await.unwrap_err().code, "ADDRESS_NOT_ALLOWED");
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn rule_02_redirects_are_not_followed() {
    let elsewhere = Upstream::start(one_user).await;
    let server = MockServer::start().await;
    for status in [301, 302, 303, 307, 308] {
        server.reset().await;
        let there = format!("{}/Users", elsewhere.url());
        let redirect = ResponseTemplate::new(status).insert_header("location", there);
        Mock::given(any()).respond_with(redirect).mount(&server).await;
        let config =
            json!({"baseUrl": server.uri(), "authType": "bearerToken", "token": "t", "groupMembership": "user"});
        assert_eq!(outcome(&connector(LOOPBACK), &config).await.unwrap_err().code, "REDIRECTED");
        let of_token = json!({"authType": "oauth2", "tokenUrl": server.uri(), "clientId": "c", "clientSecret": "s"});
        assert!(outcome(&connector(LOOPBACK), &with(&config, of_token)).await.is_err());
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn rule_02_no_url_of_an_answer_is_asked() {
    let elsewhere = Upstream::start(one_user).await;
    let there = elsewhere.url();
    let upstream = Upstream::start(move |asked| {
        let url = format!("{there}/Users/u1");
        let pointing = json!({"$ref": url, "meta": {"location": url}, "groups": [{"value": "g1", "$ref": url}]});
        let one = with(&user("u1"), pointing);
        let name = asked.path.ends_with("/Users") && asked.method == http::Method::GET;
        let list = json!({"totalResults": 1, "Resources": [one], "nextCursor": url, "next": url});
        Reply::json(200, if name { &list } else { &one })
    })
    .await;
    let service = Service::start().await;
    for (command, input) in [(LIST, json!({})), ("std:account:read", key("u1")), ("std:account:disable", key("u1"))] {
        service.invoke(command, input, &upstream.config(json!({}))).await;
    }
    assert!(upstream.seen().len() >= 3 && elsewhere.seen().is_empty());
}

/// `instance_url` has tests of its own for which hosts are believed.
#[rstest]
#[case::another_host("http://localhost:PORT")]
#[case::user_info("http://ada:lovelace@127.0.0.1:PORT")]
#[case::no_web_address("file:///etc/passwd")]
#[tokio::test]
async fn rule_03_the_token_goes_to_no_origin_that_cannot_be_believed(#[case] stated: &str) {
    let upstream = Upstream::start(one_user).await;
    let stated = stated.replace("PORT", &upstream.address().port().to_string());
    let answer = json!({"access_token": "t", "instance_url": stated});
    let tokens = Upstream::start(move |_| Reply::json(200, &answer)).await;
    let config = json!({"tokenUrl": tokens.url(), "clientId": "c", "clientSecret": "s"});
    assert_eq!(outcome(&connector(LOOPBACK), &config).await.unwrap_err().code, "BASE_URL_UNKNOWN");
    assert_eq!((tokens.seen().len(), upstream.seen().len()), (1, 0));
}

#[tokio::test]
async fn rule_03_the_token_does_not_go_where_tokens_come_from() {
    let tokens = Upstream::start(|_| Reply::json(200, &json!({"access_token": "t", "expires_in": 0}))).await;
    let upstream = Upstream::start(|_| Reply::error(401, "no")).await;
    let config = upstream.config(json!({
        "authType": "oauth2", "tokenUrl": tokens.url(), "clientId": "c", "clientSecret": "s",
    }));
    Service::start().await.invoke(LIST, json!({}), &config).await.failure();
    assert_eq!(upstream.seen()[0].header("authorization"), "Bearer t");
    assert!(tokens.seen().iter().all(|asked| asked.headers.get("authorization").is_none()));
}

#[rstest]
#[case("..")]
#[case("../Groups/g1")]
#[case("u1/../../../Groups")]
#[case("%2e%2e/Groups")]
#[case("u1?x=1#y")]
#[case("\\..\\Groups")]
#[tokio::test]
async fn rule_04_an_id_stays_in_its_segment(#[case] id: &str) {
    let upstream = Upstream::start(|_| Reply::error(404, "no")).await;
    let service = Service::start().await;
    for command in ["std:account:read", "std:account:delete", "std:account:disable"] {
        service.invoke(command, key(id), &upstream.config(json!({}))).await.failure();
    }
    for asked in upstream.seen() {
        let path = asked.path.strip_prefix("/scim/v2/Users").unwrap_or_else(|| panic!("{}", asked.path));
        assert!(path.matches('/').count() <= 1 && path != "/..", "{}", asked.path);
        assert!(!asked.query.contains_key("x"), "{:?}", asked.query);
    }
}

#[tokio::test]
async fn rule_04_an_answer_about_another_resource_is_an_error() {
    let upstream = Upstream::start(|_| Reply::json(200, &user("u2"))).await;
    let failure =
        Service::start().await.invoke("std:account:read", key("u1"), &upstream.config(json!({}))).await.failure();
    assert_eq!((failure.code.as_str(), failure.error_type.as_str()), ("OTHER_RESOURCE", "generic"));
}

/// A token that one secret was given lets in nobody with another.
#[rstest]
#[case::client_secret(json!({"clientSecret": "another"}))]
#[case::headers(json!({"customHeaders": {"x-tenant": "another"}}))]
#[case::authorities(json!({"caCertificates": "-----BEGIN CERTIFICATE-----\nMAMCAQc=\n-----END CERTIFICATE-----"}))]
#[tokio::test]
async fn rule_05_every_setting_of_the_connection_makes_another_source(#[case] other: Value) {
    let bench = Bench::with_users(1).await;
    bench.run(LIST, json!({})).await.outputs();
    let answer = bench.run_with(LIST, json!({}), other).await;
    let asked = bench.requests_to("/token");
    assert!(answer.status == 500 || asked == 2, "{answer:?}");
    bench.run(LIST, json!({})).await.outputs();
    assert_eq!(bench.requests_to("/token"), asked, "the first source is still there");
}

#[tokio::test]
async fn rule_05_a_rotated_refresh_token_keeps_its_source() {
    let upstream = rotation::rotating(|_| Reply::users(1, ["u1"])).await;
    let service = Service::start().await;
    for brought in [1, 2, 1] {
        rotation::list(&service, &upstream, &rotation::token(brought)).await.outputs();
    }
    assert_eq!(upstream.count(&http::Method::POST, "/token"), 1);
}

/// `secrets` has the other secrets, and more ways of showing them.
#[tokio::test]
async fn rule_06_a_rotated_token_is_in_the_config_event_and_nowhere_else() {
    listen();
    let upstream = rotation::rotating(|number| match number {
        2 => Reply::error(400, "refresh-canary-1-end refresh-canary-2-end"),
        _ => Reply::users(1, ["u1"]),
    })
    .await;
    let service = Service::start().await;
    let config = with(&rotation::settings(&upstream, &rotation::token(1)), json!({"spConnDebugLoggingEnabled": true}));
    let failure = service.invoke(LIST, json!({}), &config).await.failure();
    assert!(!failure.message.contains("canary"), "{}", failure.message);
    // The test of the connection fetches another token.
    let tested: Answer = service.invoke("std:test-connection", json!({}), &config).await;
    let shown: Vec<&Value> = tested.lines.iter().filter(|line| line.to_string().contains("canary")).collect();
    assert_eq!(
        shown,
        [&json!({"type": "config", "data": [
        {"op": "replace", "path": "/refreshToken", "value": rotation::token(3)}]})]
    );
    assert!(logged().contains("command completed") && !logged().contains("canary"), "{}", logged());
}

#[rstest]
#[case("Host", "evil.example")]
#[case("Content-Length", "0")]
#[case("transfer-encoding", "chunked")]
#[case("Connection", "x-tenant")]
#[case("Keep-Alive", "timeout=5")]
#[case("Proxy-Authorization", "Basic x")]
#[case("TE", "trailers")]
#[case("Trailer", "x")]
#[case("Upgrade", "h2c")]
#[case("Authorization", "Bearer other")]
#[case("x-a\r\nx-b", "c")]
#[case("x-a", "b\r\nx-c: d")]
#[tokio::test]
async fn rule_07_headers_that_are_not_the_customer_s_are_refused(#[case] name: &str, #[case] value: &str) {
    let upstream = Upstream::start(one_user).await;
    let config = upstream.config(json!({"authType": "bearerToken", "token": "t", "customHeaders": {name: value}}));
    let failure = outcome(&connector(LOOPBACK), &config).await.unwrap_err();
    assert!(failure.code == "INVALID_CONFIGURATION" && failure.message.contains("customHeaders"), "{failure}");
    assert!(upstream.seen().is_empty());
}

#[tokio::test]
async fn rule_07_without_authentication_a_header_may_sign_in() {
    let upstream = Upstream::start(one_user).await;
    let config = upstream.config(json!({"customHeaders": {"Authorization": "Key k"}}));
    outcome(&connector(LOOPBACK), &config).await.unwrap();
    assert_eq!(upstream.seen()[0].header("authorization"), "Key k");
}

#[tokio::test]
async fn rule_08_decompressed_bytes_are_counted() {
    /// 64 KiB of zeros, compressed to 90 bytes.
    const START: &[u8] =
        b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xed\xc1\x01\x01\x00\x00\x00\x80\x90\xfe\xaf\xee\x08\x0a";
    const END: &[u8] = b"\x6a\xeb\x8e\x97\xd7\x00\x00\x01\x00";
    let server = MockServer::start().await;
    let bomb = ResponseTemplate::new(200).set_body_bytes([START, &[0; 63], END].concat());
    Mock::given(any()).respond_with(bomb.insert_header("content-encoding", "gzip")).mount(&server).await;
    let url: url::Url = server.uri().parse().unwrap();
    let limiter = Arc::new(Limiter::unlimited());
    let mut options = transport::Options::new(url.origin(), LOOPBACK, limiter, Clock::system());
    options.max_answer_bytes = 65_535;
    let error = Transport::new(options, None).unwrap().send(Request::get(url)).await.unwrap_err();
    assert!(matches!(error.fault, Fault::TooLarge { limit: 65_535 }), "{error:?}");
}

#[tokio::test]
async fn rule_08_depth_is_limited_and_bodies_are_not_decompressed() {
    let deep = "[".repeat(200_000);
    let body = format!(r#"{{"totalResults":1,"Resources":[{{"id":"u1","x":{deep}"#);
    let upstream =
        Upstream::start(move |_| Reply { status: 200, content_type: "application/json", body: body.clone() }).await;
    let service = Service::start().await;
    let failure = service.invoke(LIST, json!({}), &upstream.config(json!({}))).await.failure();
    assert_eq!(failure.code, "NOT_SCIM");
    let filters = "(".repeat(50_000);
    let settings = upstream.config(json!({}));
    let invoked = service.invoke("std:account:read", key(&format!("{filters}@example.com")), &settings).await;
    assert_eq!(invoked.failure().error_type, "generic");
    service.post(format!(r#"{{"type":"{LIST}","input":{deep}"#)).await.refusal(400);
    assert_eq!(ask(&service, &[("content-type", "application/json"), ("content-encoding", "gzip")]).await, 415);
    service.assert_lives().await;
}

/// As many sources as are kept, each at work: one more is refused, and none of them is given up for it.
#[tokio::test]
async fn rule_09_a_source_in_use_is_not_given_up() {
    let upstream = Upstream::start(|_| Turn::Stall).await;
    let connector = connector(LOOPBACK);
    let of = |number: usize| upstream.config(json!({"authType": "bearerToken", "token": format!("token{number}")}));
    let mut running: Vec<Events> = Vec::new();
    for number in 0..64 {
        let mut events = start(&connector, &of(number));
        assert!(events.next().now_or_never().is_none());
        running.push(events);
    }
    assert_eq!(outcome(&connector, &of(64)).await.unwrap_err().code, "BUSY");
    running.pop();
    assert!(start(&connector, &of(64)).next().now_or_never().is_none(), "there is room for it now");
}

/// Sends an invocation that does nothing, with these headers; the status.
#[expect(clippy::disallowed_methods, reason = "tests ask as strangers do, not through transport")]
async fn ask(service: &Service, headers: &[(&str, &str)]) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client.post(service.url()).body(r#"{"type":"std:spec:read"}"#);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap().status().as_u16()
}

#[rstest]
#[case::a_client(&[("content-type", "application/json")], 200)]
#[case::a_form(&[("content-type", "application/x-www-form-urlencoded")], 415)]
#[case::a_text(&[("content-type", "text/plain")], 415)]
#[case::no_type(&[], 415)]
#[case::a_web_page(&[("content-type", "application/json"), ("origin", "https://evil.example")], 403)]
#[case::a_rebound_name(&[("content-type", "application/json"), ("host", "evil.example")], 403)]
#[tokio::test]
async fn rule_10_browsers_are_kept_out(#[case] headers: &[(&str, &str)], #[case] status: u16) {
    assert_eq!(ask(&Service::start().await, headers).await, status);
}

/// `metrics` looks at every label; this one is the caller's to choose.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "tests ask as strangers do, not through transport")]
async fn rule_11_a_command_that_there_is_not_is_counted_as_unsupported() {
    let service = Service::start().await;
    for name in ["std:strange-1:list", "std:strange-2:list"] {
        service.invoke(name, json!({}), &json!({})).await.failure();
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let metrics = client.get(service.url() + "/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains(r#"scim_connector_commands_total{command="unsupported",outcome="failed"} "#), "{metrics}");
    assert!(!metrics.contains("strange"), "{metrics}");
}

#[tokio::test]
async fn rule_12_words_of_the_provider_lose_control_characters_and_markup() {
    listen();
    let words = "<script>alert(1)</script>\u{1b}[31m\u{7}red\u{202e}\r\nfalse line";
    let upstream = Upstream::start(move |_| Reply::error(400, words)).await;
    let config = upstream.config(json!({"spConnDebugLoggingEnabled": true}));
    let failure = Service::start().await.invoke(LIST, json!({}), &config).await.failure();
    for text in [failure.message, logged()] {
        assert!(text.contains("alert(1)"), "{text}");
        for part in ["<script", "\u{1b}", "\\u001b", "\u{7}", "\\u0007", "\\r", "\r"] {
            assert!(!text.contains(part), "{part:?} is in {text}");
        }
    }
}

#[tokio::test]
async fn rule_13_the_sandbox_is_for_this_machine_and_no_part_of_the_service() {
    let options = ["sandbox", "--listen", "0.0.0.0:0"];
    run_in(&[], &options).await.assert_fails(2, "the sandbox listens on loopback only");
    for way in ["--insecure", "--allow-private-networks"] {
        run_in(&[], &[&options, [way].as_slice()].concat()).await.assert_fails(2, "unexpected argument");
    }
    run_in(&[], &["serve", "--faults", "x"]).await.assert_fails(2, "unexpected argument");
    let service = Service::start().await;
    for path in ["/services/scim/v2/Users", "/services/oauth2/token", "/faults"] {
        #[expect(clippy::disallowed_methods, reason = "tests ask as strangers do, not through transport")]
        let answer =
            reqwest::Client::builder().no_proxy().build().unwrap().get(service.url() + path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
}
