//! Entitlements: groups, profiles and permission sets, listed and read.

use super::harness::{Bench, Failure, Service, entitlement};
use super::upstream::{Reply, Upstream};
use http::StatusCode;
use rstest::rstest;
use scim_connector::sandbox::{Effect, Fault};
use serde_json::json;

const LIST: &str = "std:entitlement:list";
const READ: &str = "std:entitlement:read";

#[tokio::test]
async fn groups_and_entitlements_as_the_platform_gets_them() {
    let bench = Bench::with_users(8).await;
    let groups = bench.run(LIST, json!({"type": "group"})).await.outputs();
    insta::assert_snapshot!(groups[0], @r#"{"identity":"00GRM000002FD0b2AG","key":{"simple":{"id":"00GRM000002FD0b2AG"}},"type":"group","attributes":{"id":"00GRM000002FD0b2AG","displayName":"Sales West"}}"#);
    let entitlements = bench.run(LIST, json!({"type": "entitlement"})).await.outputs();
    insta::assert_snapshot!(entitlements[0], @r#"{"identity":"00eRM000002FD0bYAG","key":{"simple":{"id":"00eRM000002FD0bYAG"}},"type":"entitlement","attributes":{"id":"00eRM000002FD0bYAG","displayName":"System Administrator","kind":"Profile"}}"#);
    insta::assert_snapshot!(entitlements[6], @r#"{"identity":"0PSRM000002FD0b4AG","key":{"simple":{"id":"0PSRM000002FD0b4AG"}},"type":"entitlement","attributes":{"id":"0PSRM000002FD0b4AG","displayName":"Reports and Dashboards","kind":"PermissionSet"}}"#);
}

#[tokio::test]
async fn each_is_read_as_the_list_shows_it() {
    let bench = Bench::with_users(8).await;
    for kind in ["group", "entitlement"] {
        for listed in bench.run(LIST, json!({"type": kind})).await.outputs() {
            let read = bench.run(READ, entitlement(kind, listed["identity"].as_str().unwrap())).await.output();
            assert_eq!(read, listed);
        }
    }
}

#[tokio::test]
async fn the_schema_says_which_attributes_are_sent() {
    let bench = Bench::with_users(8).await;
    let input = json!({"type": "group", "schema": {"attributes": [{"name": "displayName"}]}});
    let groups = bench.run(LIST, input).await.outputs();
    assert!(groups.iter().all(|group| group["attributes"].as_object().unwrap().keys().eq(["displayName"])));
}

#[rstest]
#[case("group", "__sailpoint__not__found__")]
#[case("entitlement", "0PSRM000009FD0bYAG")]
#[tokio::test]
async fn what_does_not_exist_is_not_found(#[case] kind: &str, #[case] id: &str) {
    let bench = Bench::with_users(8).await;
    let failure = bench.run(READ, entitlement(kind, id)).await.failure();
    assert_eq!(
        failure.shown(),
        format!(
            "notFound/notFound: There is no {kind} \"{id}\" at the provider. Aggregate the source to see what there is. [NOT_FOUND]"
        )
    );

    let settings = json!({"baseUrl": format!("{}/x", bench.sandbox.base_url()), "tokenUrl": bench.sandbox.token_url()});
    assert_is(&bench.run_with(READ, entitlement(kind, id), settings).await.failure(), "WRONG_ADDRESS");

    let status = StatusCode::FORBIDDEN;
    bench.fail(Fault::new(format!("/*/{id}"), Effect::Answer { status, body: String::new() }));
    assert_is(&bench.run(READ, entitlement(kind, id)).await.failure(), "FORBIDDEN");
}

fn assert_is(failure: &Failure, code: &str) {
    assert_eq!((failure.error_type.as_str(), failure.code.as_str()), ("generic", code));
}

#[rstest]
#[case(LIST)]
#[case(READ)]
#[tokio::test]
async fn an_unknown_type_is_answered_with_the_known(#[case] command: &str) {
    let failure = Bench::with_users(8).await.run(command, entitlement("role", "1")).await.failure();
    insta::allow_duplicates! {
        insta::assert_snapshot!(failure.shown(), @r#"generic/invalidRequest: The command's input cannot be used: input.type is "role", but must be one of group, entitlement. Correct the request, or the source's provisioning policy that made it. [INVALID_INPUT]"#);
    }
}

/// A provider of which no list of other grants is known has none; that is no failure.
#[tokio::test]
async fn a_provider_without_entitlements_lists_none() {
    let upstream = Upstream::start(|_| Reply::users(0, [""; 0])).await;
    let (service, config) = (Service::start().await, upstream.config(json!({"provider": "generic"})));
    assert_eq!(service.invoke(LIST, json!({"type": "entitlement"}), &config).await.outputs().len(), 0);
    let failure = service.invoke(READ, entitlement("entitlement", "1"), &config).await.failure();
    assert_eq!(failure.error_type, "notFound");
    assert_eq!(upstream.seen().len(), 0);
}

#[tokio::test]
async fn a_group_without_a_name_is_called_by_its_id() {
    let upstream = Upstream::start(|_| {
        Reply::json(200, &json!({"totalResults": 2, "Resources": [{"id": "g1", "displayName": " "}, {"id": "g2"}]}))
    })
    .await;
    let answer = Service::start().await.invoke(LIST, json!({"type": "group"}), &upstream.config(json!({}))).await;
    let names: Vec<_> = answer.outputs().iter().map(|group| group["attributes"]["displayName"].clone()).collect();
    assert_eq!(names, ["g1", "g2"]);
}
