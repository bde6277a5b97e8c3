//! The answer comes before the platform's `provisioningTimeout`; the work goes on, and a repeat finishes it.

use super::harness::{Service, add, attributes, key, pass, set, update, with};
use super::standard::Standard;
use super::upstream::{Asked, Reply, Turn};
use http::Method;
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// A server that does what a request says, and holds back its answer until it is told.
async fn holding_back(holds: impl Fn(&Asked) -> bool + Send + Sync + 'static) -> (Standard, Arc<Notify>) {
    let released = Arc::new(Notify::new());
    let release = Arc::clone(&released);
    let standard = Standard::stepping_in(move |asked, store| {
        holds(asked).then(|| Turn::When(Arc::clone(&release), store.answer(asked)))
    })
    .await;
    (standard, released)
}

fn settings() -> Value {
    json!({"provisioningTimeout": 10, "timeoutSeconds": 600})
}

/// Waits, in the time of machines, until something holds.
async fn until(holds: impl Fn() -> bool) {
    for _ in 0..1_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("it never came to that");
}

/// One request may take ten minutes by these settings; whoever waits for the read is answered all the same.
#[tokio::test]
async fn a_read_is_answered_in_time() {
    let (standard, _released) = holding_back(|asked| asked.method == Method::GET).await;
    let service = Service::start().await;
    let config = standard.config(settings());
    let call = service.invoke("std:account:read", key("u1"), &config);
    let time = async {
        until(|| !standard.upstream.seen().is_empty()).await;
        pass(Duration::from_secs(8)).await;
    };
    let (answer, ()) = tokio::join!(call, time);
    let failure = answer.failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("TIMEOUT", "timeout"));
    failure.assert_says("no answer within 7 s");
}

/// The first of two writes is not answered in time. The second follows all the same, and the repeat has nothing to do.
#[tokio::test]
async fn the_work_goes_on_after_the_answer() {
    let (standard, released) = holding_back(|asked| asked.method == Method::PATCH && asked.path.ends_with("/u1")).await;
    let service = Service::start().await;
    let config = standard.config(settings());
    let input = update("u1", json!([set("title", "Dr"), add("groups", "g3")]));
    let call = service.invoke("std:account:update", input.clone(), &config);
    let time = async {
        until(|| standard.upstream.count(&Method::PATCH, "/Users/u1") == 1).await;
        pass(Duration::from_secs(8)).await;
    };
    let (answer, ()) = tokio::join!(call, time);
    let failure = answer.failure();
    assert_eq!((failure.code.as_str(), failure.kind.as_str()), ("OUTCOME_UNKNOWN", "timeout"));
    failure.assert_says("still under way after 7 s");
    assert_eq!(standard.members("g3"), Vec::<String>::new());

    released.notify_one();
    until(|| standard.members("g3") == ["u1"]).await;
    assert_eq!(service.invoke("std:account:update", input, &config).await.output(), json!({}));
    assert_eq!(standard.upstream.writes().lines().count(), 2, "nothing was sent twice");
}

#[rstest]
#[case::create("std:account:create", json!({"attributes": {"userName": "new@example.com"}}))]
#[case::disable("std:account:disable", key("u1"))]
#[case::delete("std:account:delete", key("u1"))]
#[case::password("std:change-password", with(&key("u1"), json!({"password": "s3cret!"})))]
#[tokio::test]
async fn every_command_that_writes_answers_in_time(#[case] command: &str, #[case] input: Value) {
    let (standard, released) = holding_back(|asked| asked.method != Method::GET).await;
    let service = Service::start().await;
    let config = standard.config(settings());
    let call = service.invoke(command, input.clone(), &config);
    let time = async {
        until(|| !standard.upstream.writes().is_empty()).await;
        pass(Duration::from_secs(8)).await;
    };
    let (answer, ()) = tokio::join!(call, time);
    assert_eq!(answer.failure().code, "OUTCOME_UNKNOWN");
    released.notify_one();
    // Only a password is sent again: nobody can read whether it is there. That answer is let go, too.
    let repeated = async {
        until(|| standard.upstream.writes().lines().count() == 2).await;
        released.notify_one();
        std::future::pending::<()>().await;
    };
    let again = tokio::select! {
        answer = service.invoke(command, input, &config) => answer,
        () = repeated => unreachable!(),
    };
    if command == "std:account:delete" {
        assert_eq!(again.failure().error_type, "notFound");
    } else {
        let output = again.output();
        assert!(output == json!({}) || attributes(&output).contains_key("userName"), "{output}");
    }
    assert_eq!(
        standard.user_names().len(),
        match command {
            "std:account:create" => 4,
            "std:account:delete" => 2,
            _ => 3,
        }
    );
}

/// The caller goes away after the first of two writes was sent, and then the service stops.
#[tokio::test]
async fn a_service_that_stops_waits_for_work_whose_caller_is_gone() {
    let (standard, released) = holding_back(|asked| asked.method == Method::PATCH && asked.path.ends_with("/u1")).await;
    let service = Service::start().await;
    let config = standard.config(settings());
    let input = update("u1", json!([set("title", "Dr"), add("groups", "g3")]));
    tokio::select! {
        answer = service.invoke("std:account:update", input, &config) => panic!("{}", answer.status),
        () = until(|| standard.upstream.count(&Method::PATCH, "/Users/u1") == 1) => {}
    }
    let stopped = async {
        service.shut_down().await;
        standard.members("g3")
    };
    let release = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        released.notify_one();
    };
    let (members, ()) = tokio::join!(stopped, release);
    assert_eq!(members, ["u1"]);
}

/// Also where it is the reading that takes so long.
#[tokio::test]
async fn a_slow_read_is_no_reason_to_be_late() {
    let standard = Standard::stepping_in(|asked, _| {
        asked.path.ends_with("/Users/u1").then(|| Turn::When(Arc::new(Notify::new()), Reply::error(500, "late")))
    })
    .await;
    let service = Service::start().await;
    let config = standard.config(settings());
    let call = service.invoke("std:account:disable", key("u1"), &config);
    let time = async {
        until(|| standard.upstream.count(&Method::GET, "/Users/u1") == 1).await;
        pass(Duration::from_secs(8)).await;
    };
    let (answer, ()) = tokio::join!(call, time);
    assert_eq!(answer.failure().code, "OUTCOME_UNKNOWN");
    assert_eq!(standard.upstream.writes(), "");
}
