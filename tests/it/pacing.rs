//! How a provider that is asked for much is asked: as fast as it allows, and for urgent things first.

use super::harness::{Service, hurried, pass, set, update};
use super::standard::Standard;
use super::upstream::{Asked, Reply, Turn, Upstream, ids, page};
use http::Method;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

const LIST: &str = "std:account:list";

/// Lets time pass some ten times faster for work that waits for it, in steps that are shorter than what it waits for.
async fn quickly<T>(work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = tokio::time::sleep(Duration::from_millis(1)) => {}
        }
        // Not among the branches: given up halfway, it would leave the clock stopped.
        pass(Duration::from_millis(10)).await;
    }
}

/// Twenty requests a second, with twenty in reserve.
struct Bucket {
    tokens: f64,
    since: Instant,
}

impl Bucket {
    fn shared() -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self { tokens: 20.0, since: Instant::now() }))
    }

    fn lets_in(&mut self) -> bool {
        self.tokens = (self.tokens + 20.0 * self.since.elapsed().as_secs_f64()).min(20.0);
        self.since = Instant::now();
        let lets_in = self.tokens >= 1.0;
        self.tokens -= if lets_in { 1.0 } else { 0.0 };
        lets_in
    }
}

#[tokio::test]
async fn a_provider_that_refuses_the_fast_is_asked_as_fast_as_it_allows() {
    let population = ids(400);
    let (bucket, refused) = (Bucket::shared(), Arc::new(Mutex::new(0)));
    let (tokens, refusals) = (Arc::clone(&bucket), Arc::clone(&refused));
    let all = population.clone();
    let upstream = Upstream::start(move |asked| {
        if !tokens.lock().unwrap().lets_in() {
            *refusals.lock().unwrap() += 1;
            return Turn::TooFast(1);
        }
        Reply::users(all.len(), page(&all, asked, 2)).into()
    })
    .await;
    let service = Service::start().await;
    let config = upstream.config(json!({"pageSize": 2, "maxRetries": 4}));
    let answer = quickly(service.invoke(LIST, json!({}), &config)).await;
    assert_eq!(answer.identities(), population);
    let refused = *refused.lock().unwrap();
    // Without pacing, each second would bring as many as are sent at once.
    assert!((1..=20).contains(&refused), "{refused} of 200 requests were refused");
}

/// The requests of an update wait for no page that was to be fetched after them.
#[tokio::test]
async fn an_update_goes_before_the_pages_of_a_long_list() {
    const USERS: usize = 200;
    let is_page = |asked: &Asked| asked.path.ends_with("/Users") && asked.query.contains_key("startIndex");
    let standard = Standard::stepping_in(move |asked, _| {
        is_page(asked).then(|| Reply::users(USERS, page(&ids(USERS), asked, 2)).into())
    })
    .await;
    let service = Service::start().await;
    let config = standard.config(json!({"pageSize": 2, "requestsPerSecond": 5, "groupMembership": "user"}));
    let fetched = || standard.upstream.seen().iter().filter(|asked| is_page(asked)).count();
    let input = update("u1", json!([set("title", "Dr")]));
    let updating = async {
        while fetched() < 20 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let before = fetched();
        let answer = service.invoke("std:account:update", input, &config).await;
        (answer, fetched() - before)
    };
    let (listed, (updated, between)) =
        quickly(async { tokio::join!(service.invoke(LIST, json!({}), &config), updating) }).await;
    assert_eq!(updated.output()["attributes"]["title"], Value::from("Dr"));
    assert_eq!(listed.identities(), ids(USERS));
    let own = standard.upstream.seen().iter().filter(|asked| !is_page(asked)).count();
    assert!(standard.upstream.count(&Method::PATCH, "/Users/u1") == 1 && own >= 3);
    assert!(between <= own, "{between} pages were fetched between the {own} requests of the update");
}

/// Providers say in their own ways that they were asked too fast. Of that a list is sent again, and nothing is lost; of a
/// quota that is used up, or a fault, it is not.
#[rstest]
#[case::standard("generic", 429, "{}", 3)]
#[case::databricks("generic", 500, r#"{"detail":"REQUEST_LIMIT_EXCEEDED: try again"}"#, 3)]
#[case::another_fault("generic", 500, r#"{"detail":"INTERNAL_ERROR"}"#, 1)]
#[case::aws("generic", 409, r#"{"detail":"Too many requests","status":"409","__type":"ThrottlingException"}"#, 3)]
#[case::a_conflict("generic", 409, r#"{"detail":"Duplicate","status":"409","__type":"ConflictException"}"#, 1)]
#[case::salesforce("salesforce", 429, "{}", 3)]
#[case::salesforce_s_quota_of_the_day(
    "salesforce",
    403,
    r#"[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]"#,
    1
)]
#[tokio::test]
async fn each_provider_s_words_for_too_fast(
    #[case] provider: &str,
    #[case] status: u16,
    #[case] body: &str,
    #[case] requests: usize,
) {
    let body = body.to_owned();
    let upstream =
        Upstream::start(move |_| Reply { status, content_type: "application/json", body: body.clone() }).await;
    let config = upstream.config(json!({"provider": provider, "maxRetries": 2}));
    let service = Service::start().await;
    let answer = hurried(service.invoke(LIST, json!({}), &config)).await;
    answer.failure();
    assert_eq!(upstream.count(&Method::GET, "/Users"), requests);
}
