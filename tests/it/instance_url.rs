//! Where the API is, told by the token endpoint.

use super::harness::{Bench, Service};
use super::upstream::{Asked, Reply, Upstream};
use scim_connector::sandbox::Options;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A token endpoint that says of the API's address what it is told, one saying a token.
async fn token_endpoint(says: Vec<Value>) -> Upstream {
    let given = AtomicUsize::new(0);
    Upstream::start(move |_| {
        let number = given.fetch_add(1, Ordering::SeqCst);
        let says = &says[number.min(says.len() - 1)];
        Reply::json(200, &json!({"access_token": format!("t{number}"), "token_type": "Bearer", "instance_url": says}))
    })
    .await
}

fn settings(tokens: &Upstream) -> Value {
    json!({"tokenUrl": format!("{}/token", tokens.url()), "clientId": "c", "clientSecret": "s", "provider": "salesforce", "maxRetries": 0})
}

fn one_user(_: &Asked) -> Reply {
    Reply::users(1, ["u1"])
}

#[tokio::test]
async fn the_api_is_where_the_token_endpoint_says() {
    let bench = Bench::start(Options { users: 3, ..Options::default() }).await;
    let token_url = format!("http://{}/services/oauth2/token", bench.sandbox.address());
    let config = bench.config(json!({"baseUrl": null, "tokenUrl": token_url}));
    assert_eq!(bench.service.invoke("std:account:list", json!({}), &config).await.outputs().len(), 3);
    bench.service.invoke("std:test-connection", json!({}), &config).await.output();
    assert_eq!(bench.requests_to("/services/scim/v2/Users") as u64, 2);
}

/// What follows the path is no part of an address.
#[tokio::test]
async fn a_query_in_it_is_left_out() {
    let api = Upstream::start(one_user).await;
    let tokens = token_endpoint(vec![json!(format!("{}/?canary=1#top", api.url()))]).await;
    Service::start().await.invoke("std:account:list", json!({}), &settings(&tokens)).await.output();
    let asked: Vec<String> = api.seen().iter().map(|asked| format!("{} {:?}", asked.path, asked.query)).collect();
    assert!(!asked.is_empty() && asked.iter().all(|asked| !asked.contains("canary")), "{asked:?}");
}

#[tokio::test]
async fn without_a_word_of_it_the_setting_is_asked_for() {
    let tokens = token_endpoint(vec![json!(null)]).await;
    let failure = Service::start().await.invoke("std:account:list", json!({}), &settings(&tokens)).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidConfiguration: The token endpoint at 127.0.0.1 does not say where the API is. Set baseUrl to its address. [BASE_URL_UNKNOWN]");
}

#[tokio::test]
async fn another_host_gets_no_token_unless_base_url_names_it() {
    let elsewhere = Upstream::start(one_user).await;
    let there = elsewhere.url().replace("127.0.0.1", "localhost");
    let tokens = token_endpoint(vec![json!(there)]).await;
    let service = Service::start().await;
    let failure = service.invoke("std:account:list", json!({}), &settings(&tokens)).await.failure();
    insta::assert_snapshot!(failure.shown(), @"generic/invalidConfiguration: The token endpoint at 127.0.0.1 says that the API is at localhost (http). Credentials are sent there only over https, and if it is the same host, one below it, or one of the provider's own. If it is right, set baseUrl to it. [BASE_URL_UNKNOWN]");
    assert!(elsewhere.seen().is_empty());

    let config = super::harness::with(&settings(&tokens), json!({"baseUrl": there}));
    service.invoke("std:account:list", json!({}), &config).await.outputs();
    assert_eq!(elsewhere.seen()[0].path, "/services/scim/v2/Users");
}

/// An organization that moves is followed by the next invocation; the one under way ends where it began.
#[tokio::test]
async fn a_later_token_may_lead_elsewhere() {
    let here =
        Upstream::start(|asked| if asked.number == 0 { one_user(asked) } else { Reply::error(401, "moved") }).await;
    let there = Upstream::start(one_user).await;
    let tokens = token_endpoint(vec![json!(here.url()), json!(there.url())]).await;
    let service = Service::start().await;
    let list = async || service.invoke("std:account:list", json!({}), &settings(&tokens)).await;
    list().await.outputs();
    list().await.failure();
    assert_eq!((here.seen().len(), there.seen().len()), (3, 0));
    list().await.outputs();
    let seen = there.seen();
    assert_eq!((here.seen().len(), seen[0].header("authorization")), (3, "Bearer t1"));
}
