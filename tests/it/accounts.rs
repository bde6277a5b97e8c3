//! Reading one account: by id or by name, the same as its row in a list; and `notFound` only where it is sure.

use super::harness::{Bench, Service, attributes, key};
use super::upstream::{Reply, Upstream, user};
use http::StatusCode;
use rstest::rstest;
use scim_connector::sandbox::{Effect, Fault};
use serde_json::{Value, json};

const READ: &str = "std:account:read";
const FIRST: &str = "005RM000002FD0bYAG";

#[tokio::test]
async fn an_account_is_read_as_the_list_shows_it() {
    let bench = Bench::with_users(40).await;
    for listed in bench.run("std:account:list", json!({})).await.outputs() {
        let by_id = bench.run(READ, key(listed["identity"].as_str().unwrap())).await.output();
        assert_eq!(by_id, listed);
    }
}

#[tokio::test]
async fn an_account_is_found_by_its_user_name_in_any_case() {
    let bench = Bench::with_users(8).await;
    let listed = &bench.run("std:account:list", json!({})).await.outputs()[3];
    let name = listed["attributes"]["userName"].as_str().unwrap();
    for name in [name.to_owned(), name.to_uppercase()] {
        assert_eq!(&bench.run(READ, key(&name)).await.output(), listed);
    }
}

/// Salesforce takes ids in their short form too, and answers with the long one.
#[tokio::test]
async fn an_account_is_found_by_the_short_form_of_its_id() {
    let upstream = Upstream::start(|asked| match asked.path.rsplit('/').next().unwrap() {
        "005RM000002FD0b" | FIRST => Reply::json(200, &user(FIRST)),
        _ => Reply::users(0, [""; 0]),
    })
    .await;
    let config = upstream.config(json!({"provider": "salesforce"}));
    let account = Service::start().await.invoke(READ, key("005RM000002FD0b"), &config).await.output();
    assert_eq!(account["identity"], FIRST);
}

#[rstest]
#[case::an_id("005RM000009FD0bYAG")]
#[case::a_name("nobody@example.com")]
#[case::what_the_platform_s_checks_ask_for("__sailpoint__not__found__")]
#[case::quotes_and_backslashes(r#"a" or userName pr or userName eq "\"#)]
#[tokio::test]
async fn who_does_not_exist_is_not_found(#[case] absent: &str) {
    let failure = Bench::with_users(8).await.run(READ, key(absent)).await.failure();
    assert_eq!((failure.error_type.as_str(), failure.code.as_str()), ("notFound", "NOT_FOUND"));
    failure.assert_says(absent);
}

#[tokio::test]
async fn dots_are_no_id() {
    let bench = Bench::with_users(1).await;
    for dots in [".", ".."] {
        let failure = bench.run(READ, key(dots)).await.failure();
        assert_eq!((failure.error_type.as_str(), failure.code.as_str()), ("generic", "INVALID_ID"));
    }
}

/// `notFound` makes the platform create the account: these must not be it.
#[rstest]
#[case::an_id(FIRST)]
#[case::a_name("nobody@example.com")]
#[tokio::test]
async fn a_wrong_base_url_is_no_proof_of_absence(#[case] id: &str) {
    let bench = Bench::with_users(8).await;
    let base = bench.sandbox.base_url();
    for wrong in [format!("{base}/x"), base.replace("/v2", "/v3"), base.replace("/scim/v2", "")] {
        let settings = json!({"baseUrl": wrong, "tokenUrl": bench.sandbox.token_url()});
        let failure = bench.run_with(READ, key(id), settings).await.failure();
        assert_eq!(
            (failure.error_type.as_str(), failure.kind.as_str()),
            ("generic", "invalidConfiguration"),
            "{wrong}"
        );
    }
}

#[rstest]
#[case::unauthorized(401, "generic/insufficientPermission")]
#[case::forbidden(403, "generic/insufficientPermission")]
#[case::gone_wrong(500, "generic/generic")]
#[case::bad_request(400, "generic/invalidRequest")]
#[tokio::test]
async fn a_refusal_is_no_proof_of_absence(#[case] status: u16, #[case] expected: &str) {
    let bench = Bench::with_users(8).await;
    let status = StatusCode::from_u16(status).unwrap();
    bench.fail(Fault::new("/Users", Effect::Answer { status, body: String::new() }));
    for id in [FIRST, "nobody@example.com"] {
        let failure = bench.run(READ, key(id)).await.failure();
        assert_eq!(format!("{}/{}", failure.error_type, failure.kind), expected, "{id}");
    }
}

/// A server that answers 404 to a look-up as well has no Users, rather than no such user.
#[tokio::test]
async fn a_server_without_the_endpoint_is_no_proof_of_absence() {
    let upstream = Upstream::start(|_| Reply::error(404, "no such path")).await;
    let failure = Service::start().await.invoke(READ, key("u1"), &upstream.config(json!({}))).await.failure();
    assert_eq!((failure.error_type.as_str(), failure.code.as_str()), ("generic", "WRONG_ADDRESS"));
}

#[tokio::test]
async fn a_server_that_ignores_filters_shows_nobody_else_s_account() {
    let upstream = Upstream::start(|asked| match asked.path.as_str() {
        "/scim/v2/Users" => Reply::users(2, ["u1", "u2"]),
        "/scim/v2/Users/u9" => Reply::json(200, &user("u1")),
        _ => Reply::error(404, "no such user"),
    })
    .await;
    let (service, config) = (Service::start().await, upstream.config(json!({})));
    let failure = service.invoke(READ, key("u3@example.com"), &config).await.failure();
    assert_eq!(failure.error_type, "notFound");
    assert_eq!(service.invoke(READ, key("U2@example.com"), &config).await.output()["identity"], "u2");
    let other = service.invoke(READ, key("u9"), &config).await.failure();
    assert_eq!((other.error_type.as_str(), other.code.as_str()), ("generic", "OTHER_RESOURCE"));
}

#[tokio::test]
async fn the_schema_says_which_attributes_are_sent() {
    let bench = Bench::with_users(8).await;
    let schema = json!({"attributes": [{"name": "userName"}, {"name": "groups"}, {"name": "shoeSize"}]});
    let mut input = key(FIRST);
    input["schema"] = schema.clone();
    let listed = bench.run("std:account:list", json!({"schema": schema})).await.outputs();
    assert_eq!(bench.run(READ, input).await.output(), listed[0]);
    insta::assert_snapshot!(listed[0], @r#"{"identity":"005RM000002FD0bYAG","key":{"simple":{"id":"005RM000002FD0bYAG"}},"disabled":false,"locked":false,"attributes":{"userName":"zoe.larsen@example.com","groups":["00GRM000002FD0b2AG"]}}"#);
}

/// What the platform's own checks ask of every account.
#[tokio::test]
async fn every_account_has_the_types_of_the_schema() {
    let bench = Bench::with_users(60).await;
    let spec: Value = serde_json::from_str(scim_connector::product::SPEC).unwrap();
    let schema = spec["accountSchema"]["attributes"].as_array().unwrap();
    for account in bench.run("std:account:list", json!({})).await.outputs() {
        for (name, value) in attributes(&account) {
            let declared = schema.iter().find(|declared| declared["name"] == *name).unwrap();
            let is_right = |value: &Value| match declared["type"].as_str().unwrap() {
                "boolean" => value.is_boolean(),
                _ => value.is_string(),
            };
            let right = match (declared["multi"] == true, value) {
                (true, Value::Array(values)) => values.iter().all(is_right),
                (multi, value) => !multi && is_right(value),
            };
            assert!(right, "{name}: {value}");
        }
    }
}
