//! Single records, discovery, what is not there, faults, the log.

use super::Bench;
use crate::sandbox::{Effect, Fault, Options};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

#[tokio::test(start_paused = true)]
async fn a_record_is_read_by_its_exact_id() {
    let bench = Bench::with_users(8).await;
    let user = bench.get("Users/005RM000002FD0bYAG?attributes=userName,name.familyName").await;
    insta::assert_snapshot!(user.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"id":"005RM000002FD0bYAG","userName":"zoe.larsen@example.com","name":{"familyName":"Larsen"}}
    "#);
    let group = bench.get("Groups/00GRM000002FD0c2AG?excludedAttributes=members,meta").await;
    insta::assert_snapshot!(group.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"id":"00GRM000002FD0c2AG","displayName":"Engineering"}
    "#);
    for id in ["005RM000002FD0b", "005rm000002fd0byag", "005RM000002FD0bYAH", "005RM000002FD0jYAG", "x", "a b", "é"] {
        assert_eq!(bench.get(&format!("Users/{id}")).await.status, StatusCode::NOT_FOUND, "{id}");
    }
    insta::assert_snapshot!(bench.get("Groups/005RM000002FD0bYAG").await.shown(), @r#"
    404 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Resource 005RM000002FD0bYAG not found","status":404}
    "#);
    for path in ["Entitlements/0PSRM000002FD0b4AG", "Roles/00ERM000002FD0b2AG"] {
        assert_eq!(bench.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_refused_as_scim_refuses() {
    let bench = Bench::with_users(8).await;
    insta::assert_snapshot!(bench.get("Nothing").await.shown(), @r#"
    404 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"Resource /Nothing not found","status":404}
    "#);
    insta::assert_snapshot!(bench.scim(Method::POST, "Groups", "{}").await.shown(), @r#"
    405 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"detail":"HTTP method POST is not allowed for this resource","status":405}
    "#);
    for (method, path) in [
        (Method::DELETE, "Groups/00GRM000002FD0b2AG"),
        (Method::DELETE, "Entitlements/0PSRM000002FD0b4AG"),
        (Method::POST, "Roles"),
        (Method::DELETE, "Users"),
    ] {
        assert_eq!(bench.scim(method, path, "").await.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    // The name that other providers use.
    assert_eq!(bench.get("ServiceProviderConfig").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn the_server_says_what_it_can() {
    let bench = Bench::with_users(8).await;
    insta::assert_snapshot!(bench.get("ServiceProviderConfigs").await.shown(), @r#"
    200 application/scim+json;charset=UTF-8
    {"schemas":["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],"patch":{"supported":true},"bulk":{"supported":false,"maxOperations":0,"maxPayloadSize":0},"filter":{"supported":true,"maxResults":200},"changePassword":{"supported":true},"sort":{"supported":false},"etag":{"supported":false},"authenticationSchemes":[{"type":"oauthbearertoken","name":"OAuth Bearer Token","description":"Authentication scheme using the OAuth Bearer Token Standard","specUri":"https://www.rfc-editor.org/info/rfc6750","primary":true}],"meta":{"resourceType":"ServiceProviderConfig","location":"http://127.0.0.1:8080/services/scim/v2/ServiceProviderConfigs"}}
    "#);
    let names = |list: Value| -> Vec<Value> {
        list["Resources"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect()
    };
    assert_eq!(names(bench.list("ResourceTypes").await), ["User", "Group", "Entitlement", "Role"]);
    let schemas = bench.list("Schemas").await;
    assert_eq!(names(schemas.clone()), ["User", "EnterpriseUser", "Group", "Entitlement", "Role"]);
    for document in schemas["Resources"].as_array().unwrap() {
        let id = document["id"].as_str().unwrap();
        assert_eq!(&bench.get(&format!("Schemas/{id}")).await.json(), document);
    }
    assert_eq!(bench.get("Schemas/urn:other").await.status, StatusCode::NOT_FOUND);
    assert_eq!(bench.get("ResourceTypes/User").await.json()["endpoint"], "/Users");
}

/// Nobody can answer an attribute that the schema does not have.
#[tokio::test(start_paused = true)]
async fn the_schemas_name_every_attribute_of_a_user() {
    let bench = Bench::with_users(8).await;
    let schemas = bench.list("Schemas").await;
    let mut known: Vec<String> = ["schemas", "id", "meta"].map(str::to_owned).to_vec();
    for schema in &schemas["Resources"].as_array().unwrap()[..2] {
        let attributes = schema["attributes"].as_array().unwrap().iter();
        known.extend(attributes.map(|attribute| attribute["name"].as_str().unwrap().to_owned()));
        known.push(schema["id"].as_str().unwrap().to_owned());
    }
    let user = bench.get("Users/005RM000002FD0cYAG").await.json();
    let extension = &user["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
    for name in user.as_object().unwrap().keys().chain(extension.as_object().unwrap().keys()) {
        assert!(known.contains(name), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn answers_count_the_api_usage() {
    let bench = Bench::with_users(8).await;
    for used in 1..=3 {
        let answer = bench.get("Users?count=1").await;
        assert_eq!(answer.headers["sforce-limit-info"], format!("api-usage={used}/100000"));
    }
}

#[tokio::test(start_paused = true)]
async fn latency_delays_scim_answers() {
    let bench = Bench::new(Options { latency: Duration::from_millis(70), ..Options::default() }).await;
    let started = tokio::time::Instant::now();
    bench.fresh_token().await;
    assert!(started.elapsed() < Duration::from_millis(10));
    bench.get("Users").await;
    assert!((70..80).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_fault_meets_the_requests_that_it_names() {
    let bench = Bench::with_users(8).await;
    let unavailable = Effect::Answer {
        status: StatusCode::SERVICE_UNAVAILABLE,
        body: json!([{ "message": "busy", "errorCode": "SERVER_UNAVAILABLE" }]).to_string(),
    };
    bench.app.faults.add(Fault { after: 1, times: Some(2), ..Fault::new("/Groups", unavailable) });
    let html = Effect::Answer { status: StatusCode::BAD_GATEWAY, body: "<h1>Bad Gateway</h1>".to_owned() };
    bench.app.faults.add(Fault { method: Some(Method::GET), ..Fault::new("filter=id gt \"005*", html) });
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(bench.get("Groups").await.status.as_u16());
    }
    assert_eq!(statuses, [200, 503, 503, 200]);
    insta::assert_snapshot!(bench.get("Users?filter=id gt \"005\"").await.shown(), @r#"
    502 text/html;charset=UTF-8
    <h1>Bad Gateway</h1>
    "#);
    assert_eq!(bench.get("Users?filter=id gt \"004\"").await.status, StatusCode::OK);
    let seen = bench.app.log.seen();
    assert_eq!(seen.len(), 7);
    assert_eq!(seen[5].target(), "/services/scim/v2/Users?filter=id gt \"005\"");
}
