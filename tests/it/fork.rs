//! A fork by dependency: what is added to the connector works as if it had always been there, and fails as it does.

use super::harness::{Bench, POLICY, Service, attributes, hurried, invocation, key, set, update, with};
use super::upstream::{Reply, Upstream};
use futures::stream::{self, StreamExt as _};
use http::{Method, StatusCode};
use rstest::rstest;
use scim_connector::clock::Clock;
use scim_connector::error::{Entry, Sign, refuse};
use scim_connector::protocol::{Handler as _, Invocation};
use scim_connector::sandbox::{Effect, Fault, Options};
use scim_connector::{Attribute, Builder, Command, Connector, Failure, Kind, Results};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const FIRST: &str = "005RM000002FD0bYAG";
const COST_CENTER: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter";

fn cost_center() -> Attribute {
    Attribute::new("costCenter", COST_CENTER).takes_any_text().describe("Who pays for the user.")
}

/// A fork, and a sandbox with eight users.
async fn bench_of(fork: Builder) -> Bench {
    bench_with_users(fork, 8).await
}

async fn bench_with_users(fork: Builder, users: u64) -> Bench {
    let service = Service::of(fork.build(POLICY).unwrap()).await;
    Bench::of(Options { users, ..Options::default() }, Clock::system(), service).await
}

fn joiner(attributes: Value) -> Value {
    let joiner = json!({"userName": "new@example.com", "email": "new@example.com", "familyName": "Joiner", "givenName": "New",
        "profile": "Standard User"});
    json!({"attributes": with(&joiner, attributes)})
}

#[tokio::test]
async fn an_attribute_is_written_read_and_shown() {
    let bench = bench_of(Connector::builder().attribute(cost_center())).await;
    let created = bench.run("std:account:create", joiner(json!({"costCenter": "4711"}))).await.output();
    assert_eq!(created["attributes"]["costCenter"], "4711");
    let id = created["identity"].as_str().unwrap();
    let changed = bench.run("std:account:update", update(id, [set("costCenter", "0815")])).await.output();
    assert_eq!(changed["attributes"]["costCenter"], "0815");
    assert_eq!(bench.run("std:account:read", key(id)).await.output(), changed);

    let spec = bench.run("std:spec:read", json!({})).await.output();
    let shown = spec["specification"]["accountSchema"]["attributes"].as_array().unwrap().last().unwrap().clone();
    let described = json!({"name": "costCenter", "type": "string", "description": "Who pays for the user."});
    assert_eq!(shown, with(&described, json!({"writable": true})));
    let discovered = bench.run("std:account:discover-schema", json!({})).await.output();
    assert!(discovered["attributes"].as_array().unwrap().contains(&described), "{discovered}");
}

#[tokio::test]
async fn an_attribute_takes_the_place_of_one_that_has_its_name() {
    let bench = bench_of(Connector::builder().attribute(Attribute::new("title", "nickName").read_only())).await;
    let read = bench.run("std:account:read", key(FIRST)).await.output();
    assert_eq!(read["attributes"]["title"], read["attributes"]["nickName"]);
    let refused = bench.run("std:account:update", update(FIRST, [set("title", "Dr")])).await.failure();
    assert_eq!((refused.code.as_str(), bench.writes().as_str()), ("INVALID_INPUT", ""));
    let spec = bench.run("std:spec:read", json!({})).await.output();
    let shown = spec["specification"]["accountSchema"]["attributes"].as_array().unwrap();
    let titles: Vec<&Value> = shown.iter().filter(|shown| shown["name"] == "title").collect();
    assert_eq!(titles.len(), 1);
    assert_eq!(titles[0]["writable"], Value::Null);
}

#[tokio::test]
async fn what_comes_before_changes_the_input_in_order() {
    let fork = Connector::builder()
        .before(Command::AccountCreate, async |_, mut input| {
            input["attributes"]["title"] = "Trainee".into();
            Ok(input)
        })
        .before(Command::AccountCreate, async |_, mut input| {
            let title = input["attributes"]["title"].as_str().unwrap_or_default().to_owned();
            input["attributes"]["title"] = format!("{title}, first year").into();
            Ok(input)
        });
    let bench = bench_of(fork).await;
    let created = bench.run("std:account:create", joiner(json!({"title": "Queen"}))).await.output();
    assert_eq!(created["attributes"]["title"], "Trainee, first year");
    // Other commands are none of its business.
    let id = created["identity"].as_str().unwrap();
    let changed = bench.run("std:account:update", update(id, [set("title", "Dr")])).await.output();
    assert_eq!(changed["attributes"]["title"], "Dr");
}

#[rstest]
#[case("std:account:create", joiner(json!({})), Command::AccountCreate)]
#[case("std:account:list", json!({}), Command::AccountList)]
#[case("std:account:read", key(FIRST), Command::AccountRead)]
#[tokio::test]
async fn a_hook_before_may_end_the_command(#[case] name: &str, #[case] input: Value, #[case] command: Command) {
    static CLOSED: Entry = Entry::new("ACME_CLOSED", &[]).says("ACME is closed until {wait}", "Try again then.");
    let fork = Connector::builder().error(&CLOSED).before(command, async |context, _| {
        Err(refuse(&CLOSED, &format!("Doing {}", context.command()), &[("wait", "Monday")]))
    });
    let bench = bench_of(fork).await;
    let failure = bench.run(name, input.clone()).await.failure();
    assert_eq!(
        failure.message,
        format!("Doing {name} failed: ACME is closed until Monday. Try again then. [ACME_CLOSED]")
    );
    assert_eq!(bench.requests_to("/Users"), 0);
    // The source's own words are for it as for all others.
    let words = json!({"errorMessages": [{"key": "ACME_CLOSED", "value": "Come back {wait}."}]});
    let failure = bench.run_with(name, input, words).await.failure();
    failure.assert_says("Come back Monday.");
}

#[tokio::test]
async fn what_comes_after_changes_each_result_and_none_is_lost_or_out_of_order() {
    let upper = async |_, mut account: Value| {
        // The first are the slowest.
        let place = account["identity"].as_str().and_then(|id| id.as_bytes().get(14).copied()).unwrap_or(0);
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(200 - place))).await;
        account["attributes"]["userName"] = account["attributes"]["userName"].as_str().unwrap().to_uppercase().into();
        Ok(account)
    };
    let fork = Connector::builder().after(Command::AccountList, upper).after(Command::AccountRead, upper);
    let (forked, plain) = (bench_of(fork).await, Bench::with_users(8).await);
    let listed = hurried(forked.run("std:account:list", json!({}))).await.outputs();
    let mut expected = plain.run("std:account:list", json!({})).await.outputs();
    for account in &mut expected {
        account["attributes"]["userName"] = attributes(account)["userName"].as_str().unwrap().to_uppercase().into();
    }
    assert_eq!(listed, expected);
    assert_eq!(hurried(forked.run("std:account:read", key(FIRST))).await.output(), expected[0]);
}

#[tokio::test]
async fn a_hook_after_that_fails_breaks_the_list() {
    let seen = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&seen);
    let fork = Connector::builder().after(Command::AccountList, move |_, account| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        async move {
            let failed = || Failure::new(Kind::Generic, "ACME_ODD", "this account is odd [ACME_ODD]");
            if number < 450 { Ok(account) } else { Err(failed()) }
        }
    });
    let bench = bench_with_users(fork, 500).await;
    let answer = bench.run("std:account:list", json!({})).await;
    assert_eq!(answer.late_failure().code, "ACME_ODD");
    let given_out = answer.given_out().len();
    assert!((1..450).contains(&given_out), "{given_out}");
}

/// A caller that goes away stops nothing that is begun: neither the change, nor what a fork does about it.
#[tokio::test]
async fn what_comes_after_a_change_happens_when_nobody_waits() {
    let done = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&done);
    let fork = Connector::builder().after(Command::AccountDisable, move |_, account| {
        let count = Arc::clone(&count);
        async move {
            count.fetch_add(1, Ordering::Relaxed);
            Ok(account)
        }
    });
    let connector = fork.build(POLICY).unwrap();
    let bench = Bench::with_users(8).await;
    let body = invocation("std:account:disable", key(FIRST), &bench.config(json!({})));
    let mut events = connector.handle(Invocation::parse(body.as_bytes()).unwrap());
    assert!(futures::poll!(events.next()).is_pending());
    // Until the task is under way.
    while bench.requests_to("/token") == 0 {
        assert!(futures::poll!(events.next()).is_pending());
        tokio::task::yield_now().await;
    }
    drop(events);
    connector.finished().await;
    assert_eq!((done.load(Ordering::Relaxed), bench.writes().lines().count()), (1, 1));
}

#[tokio::test]
async fn a_command_gives_one_result_several_or_a_stream() {
    let fork = Connector::builder()
        .command("acme:one", async |_, input| Ok(json!({"asked": input})))
        .command("acme:some", async |_, _| Ok(vec![json!(1), json!(2)]))
        .command("acme:many:list", async |_, _| Ok(Results::from(stream::iter((0..5).map(|n| Ok(json!(n)))).boxed())))
        .command("acme:late:list", async |_, _| {
            let failed = Failure::new(Kind::Generic, "ACME_ODD", "odd [ACME_ODD]");
            Ok(stream::iter([Ok(json!(1)), Err(failed)]).boxed())
        });
    let bench = bench_of(fork).await;
    assert_eq!(bench.run("acme:one", json!({"a": 1})).await.output(), json!({"asked": {"a": 1}}));
    assert_eq!(bench.run("acme:some", json!({})).await.outputs(), [1, 2]);
    assert_eq!(bench.run("acme:many:list", json!({})).await.outputs(), [0, 1, 2, 3, 4]);
    assert_eq!(bench.run("acme:late:list", json!({})).await.late_failure().code, "ACME_ODD");

    let unknown = bench.run("acme:none", json!({})).await.failure();
    unknown.assert_says("unsupported command: acme:none");
    unknown.assert_says("std:change-password, std:authenticate, std:source-data:discover, std:source-data:read, std:config-options:read, acme:late:list, acme:many:list, acme:one, acme:some");
    let spec = bench.run("std:spec:read", json!({})).await.output();
    assert_eq!(spec["specification"]["commands"].as_array().unwrap().len(), Command::ALL.len() + 4);
}

#[tokio::test]
async fn a_command_takes_the_place_of_the_connector_s_own() {
    let fork = Connector::builder()
        .command("std:account:unlock", async |context, _| Ok(json!({"by": context.command()})))
        .after(Command::AccountUnlock, async |_, result| Ok(with(&result, json!({"after": true}))));
    let bench = bench_of(fork).await;
    let unlocked = bench.run("std:account:unlock", key(FIRST)).await.output();
    assert_eq!(unlocked, json!({"by": "std:account:unlock", "after": true}));
    let spec = bench.run("std:spec:read", json!({})).await.output();
    assert_eq!(spec["specification"]["commands"].as_array().unwrap().len(), Command::ALL.len());
}

#[tokio::test]
async fn settings_are_read_and_secrets_only_as_such() {
    let fork = Connector::builder()
        .setting(json!({"key": "region", "label": "Region", "type": "text"}))
        .setting(json!({"key": "apiKey2", "label": "Key", "type": "secret"}))
        .command("acme:one", async |context, _| {
            let Some(region) = context.setting("region") else {
                return Err(context.invalid_setting("region", "must be the name of a region"));
            };
            let secret = context.secret("clientSecret").map(|secret| secret.expose_secret().len());
            Ok(json!({"region": region, "shown": context.setting("clientSecret"), "secret": secret}))
        })
        .command("acme:leak", async |context, _| {
            let secret = context.secret("clientSecret").map(|secret| secret.expose_secret().to_owned());
            Err::<Value, _>(Failure::new(Kind::Generic, "ACME_ODD", format!("the secret is {secret:?} [ACME_ODD]")))
        });
    let bench = bench_of(fork).await;
    let refused = bench.run("acme:one", json!({})).await.failure();
    assert_eq!(refused.kind, "invalidConfiguration");
    refused.assert_says("region must be the name of a region");
    let read = bench.run_with("acme:one", json!({}), json!({"region": "North"})).await.output();
    assert_eq!(read, json!({"region": "North", "shown": null, "secret": 7}));
    bench.run("acme:leak", json!({})).await.failure().assert_says("the secret is Some(\"[redacted]\")");
    let spec = bench.run("std:spec:read", json!({})).await.output();
    let menu = spec["specification"]["sourceConfig"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(menu["items"][0]["items"][0]["key"], "region");
}

/// A provider whose codes nobody knew.
#[tokio::test]
async fn an_error_is_told_in_the_fork_s_words() {
    static SEATS: Entry =
        Entry::new("ACME_SEATS", &[Sign::Code("SEATS_GONE")]).says("no seat is left at ACME", "Order seats.");
    let upstream = Upstream::start(|_| Reply::json(403, &json!({"errorCode": "SEATS_GONE", "message": "no"}))).await;
    let bench = bench_of(Connector::builder().error(&SEATS)).await;
    let answer = bench.service.invoke("std:account:read", key("1"), &upstream.config(json!({}))).await;
    answer.failure().assert_says("failed: no seat is left at ACME. Order seats.");
}

#[test]
fn what_is_wrong_with_a_fork_is_said_at_once() {
    static GONE: Entry = Entry::new("ACME_GONE", &[Sign::Status(410)]).of_kind(Kind::NotFound);
    let command = async |_, _| Ok(json!({}));
    let fork = Connector::builder()
        .spec("[]")
        .setting(json!({"key": "baseUrl", "label": "x", "type": "text"}))
        .setting(json!({"label": "x"}))
        .attribute(Attribute::new("badge", "emails[type eq"))
        .attribute(Attribute::new(" ", "title"))
        .error(&GONE)
        .command("", command)
        .command("acme:one", command)
        .command("acme:one", command)
        .before(Command::SpecRead, async |_, input| Ok(input));
    let problems = fork.build(POLICY).err().unwrap().problems;
    insta::assert_snapshot!(problems.join("\n"), @r#"
    the setting baseUrl is the connector's own
    a setting has no "key": {"label":"x"}
    the error ACME_GONE must not be notFound: the platform creates what is not found
    a command has no name
    the command acme:one is there twice
    std:spec:read has no source, and so no hooks: change the specification itself
    the specification is JSON, but no object
    the attribute badge: "emails[type eq" is no SCIM attribute path: at column 15: expected more after eq, but found the end
    an attribute has no name (its path is "title")
    "#);
}

#[tokio::test]
async fn a_specification_of_its_own_shows_what_is_added() {
    let own =
        json!({"name": "own", "commands": ["std:test-connection"], "accountSchema": {"displayAttribute": "userName"}});
    let fork = Connector::builder()
        .spec(own.to_string())
        .attribute(cost_center())
        .command("acme:one", async |_, _| Ok(json!({})));
    let spec = bench_of(fork).await.run("std:spec:read", json!({})).await.output();
    insta::assert_snapshot!(spec, @r#"{"specification":{"name":"own","commands":["std:test-connection","acme:one"],"accountSchema":{"displayAttribute":"userName","attributes":[{"name":"costCenter","type":"string","description":"Who pays for the user.","writable":true}]}}}"#);
}

/// A fork's own use of the provider: what the connector itself guarantees holds there, too.
#[tokio::test]
async fn a_command_reads_the_provider_as_the_connector_does() {
    let fork = Connector::builder()
        .command("acme:users:list", async |context, input| Ok(context.scim().list("Users", input["filter"].as_str())))
        .command("acme:user", async |context, input| {
            let scim = context.scim();
            let user = scim.read("Users", input["id"].as_str().unwrap()).await?;
            Ok(user.map_or(Value::Null, |user| user["userName"].clone()))
        })
        .command("acme:find", async |context, input| {
            context.scim().find("Groups", "displayName", input["name"].as_str().unwrap()).await
        });
    let bench = bench_with_users(fork, 450).await;
    let users = bench.run("acme:users:list", json!({})).await.outputs();
    assert_eq!((users.len(), users[0]["schemas"].is_array()), (450, true));
    let some = bench.run("acme:users:list", json!({"filter": "title eq \"Chief Executive Officer\""})).await.outputs();
    assert_eq!((some.len(), &some[0]), (1, &users[0]));
    let broken = bench.run("acme:users:list", json!({"filter": "title is it"})).await.failure();
    assert_eq!(broken.code, "INTERNAL");

    assert_eq!(bench.run("acme:user", json!({"id": FIRST})).await.output(), users[0]["userName"]);
    assert_eq!(bench.run("acme:user", json!({"id": "005RM000002FD9zYAG"})).await.output(), Value::Null);
    let group = bench.run("std:entitlement:list", json!({"type": "group"})).await.outputs()[0].clone();
    let found = bench.run("acme:find", json!({"name": group["attributes"]["displayName"]})).await.output();
    assert_eq!(found["id"], group["identity"]);
    assert_eq!(bench.run("acme:find", json!({"name": "no \" such"})).await.outputs(), Vec::<Value>::new());

    // Tried again, complete or broken off: as every list.
    bench.fail(Fault { times: Some(1), ..Fault::new("startIndex=200", Effect::Close) });
    assert_eq!(hurried(bench.run("acme:users:list", json!({}))).await.outputs(), users);
    let refusal = Effect::Answer { status: StatusCode::FORBIDDEN, body: String::new() };
    bench.fail(Fault::new("startIndex=399", refusal));
    let failure = bench.run("acme:users:list", json!({})).await.late_failure();
    failure.assert_says("Listing Users failed: ");
}

/// What is no SCIM stands elsewhere at the provider, and is asked for with the same credentials.
#[tokio::test]
async fn a_command_sends_what_it_likes_to_the_provider_and_nowhere_else() {
    let upstream = Upstream::start(|asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("POST", "/scim/v2/Devices") => Reply::json(201, &json!({"id": "d/1"})),
        ("DELETE", "/scim/v2/Devices/..%2Fd%20%2F1") => Reply::json(200, &json!({})),
        ("GET", "/services/query") => Reply::json(200, &json!({"asked": asked.query["q"]})),
        _ => Reply::json(404, &json!({})),
    })
    .await;
    let fork = Connector::builder()
        .command("acme:device:create", async |context, input| {
            context.scim().send(Method::POST, &["Devices"], Some(&input)).await
        })
        .command("acme:device:delete", async |context, input| {
            context.scim().send(Method::DELETE, &["Devices", input["id"].as_str().unwrap()], None).await
        })
        .command("acme:query", async |context, _| context.scim().get(&["services", "query"], &[("q", "a & b")]).await);
    let bench = bench_of(fork).await;
    let run =
        async |command: &str, input: Value| bench.service.invoke(command, input, &upstream.config(json!({}))).await;
    assert_eq!(run("acme:device:create", json!({"name": "x"})).await.output(), json!({"id": "d/1"}));
    assert_eq!(run("acme:device:delete", json!({"id": "../d /1"})).await.output(), json!({}));
    assert_eq!(run("acme:device:delete", json!({"id": ".."})).await.failure().code, "INVALID_ID");
    assert_eq!(run("acme:query", json!({})).await.output(), json!({"asked": "a & b"}));

    let before = upstream.seen().len();
    let shown = run("acme:device:create", json!({"name": "x", "password": "hunter22", "dryRun": true})).await.outputs();
    assert_eq!(upstream.seen().len(), before);
    insta::assert_snapshot!(json!(shown).to_string().replace(&upstream.address().to_string(), "scim.example"), @r#"[{"method":"POST","url":"http://scim.example/scim/v2/Devices","body":{"name":"x","password":"[redacted]","dryRun":true}}]"#);
}

#[tokio::test]
async fn a_provider_is_offered_and_known_by_its_host() {
    let profile = json!({"title": "ACME", "extends": "generic", "hosts": ["127.0.0.1"], "userId": {"alphanumeric": {"prefix": "A", "lengths": [2]}}});
    let bench = bench_of(Connector::builder().profile("acme", &profile.to_string())).await;
    let spec = bench.run("std:spec:read", json!({})).await.output();
    let choices = spec.pointer("/specification/sourceConfig/0/items/0/items/1/options").unwrap();
    assert!(choices.as_array().unwrap().contains(&json!({"label": "ACME", "value": "acme"})), "{choices}");
    // What cannot be an id of this provider is never asked for as one.
    let upstream = Upstream::start(|_| Reply::json(200, &json!({"totalResults": 0, "Resources": []}))).await;
    let mut config = upstream.config(json!({}));
    config.as_object_mut().unwrap().remove("provider");
    let absent = bench.service.invoke("std:account:read", key("somebody"), &config).await.failure();
    assert_eq!(absent.error_type, "notFound");
    assert!(upstream.seen().iter().all(|asked| !asked.path.ends_with("/somebody")));
}
