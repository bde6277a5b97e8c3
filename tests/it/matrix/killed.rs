//! The service is killed while it writes, after each of the requests that a command takes. It is started again, gets the
//! command again, and then the provider holds what it holds when the command is sent once.

use super::commands::Command;
use super::provider::{Provider, World, state, world};
use crate::binary::{Serving, json_of};
use crate::harness::{Bench, add, invocation, key, set, update};
use rstest::rstest;
use scim_connector::sandbox::{Effect, Fault, Schedule};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::Duration;

/// Longer than the test takes.
const LONG: Duration = Duration::from_mins(10);

/// What is sent, as the platform sends it; two groups are granted.
fn sent(command: Command, worlds: &[World; 2]) -> (&'static str, Value) {
    let user = &worlds[0].user;
    let groups = json!([worlds[0].group, worlds[1].group]);
    match command {
        Command::Create => {
            let name = World::JOINER;
            let attributes = json!({
                "userName": name, "email": name, "familyName": "Joiner", "profile": "Standard User", "groups": groups,
            });
            ("std:account:create", json!({"attributes": attributes}))
        }
        Command::Grant => {
            ("std:account:update", update(user, json!([set("title", "Chief of Tests"), add("groups", groups)])))
        }
        _ => ("std:account:disable", key(user)),
    }
}

struct Test {
    provider: Provider,
    command: Command,
    bench: Bench,
    worlds: [World; 2],
    body: String,
}

impl Test {
    async fn start(provider: Provider, command: Command) -> Self {
        let bench = provider.start().await;
        let first = world(&bench).await;
        let second = World { group: another_group(&bench, provider, &first).await, ..first.clone() };
        let worlds = [first, second];
        let (name, mut input) = sent(command, &worlds);
        if provider == Provider::Generic
            && let Some(attributes) = input["attributes"].as_object_mut()
        {
            attributes.remove("profile");
        }
        let body = invocation(name, input, &provider.config(&bench, None));
        Self { provider, command, bench, worlds, body }
    }

    /// The account and both groups.
    async fn state(&self) -> [Value; 2] {
        let [first, second] = &self.worlds;
        [state(&self.bench, self.command, first).await, state(&self.bench, self.command, second).await]
    }

    /// Sends the command to a service of its own.
    fn run(&self) -> String {
        Serving::start(&[], &[]).invoke(&self.body)
    }

    /// The same, and kills the service when the provider has done what this one of its requests asks for.
    async fn is_killed_at(&self, nth: u32) {
        let fault = Fault {
            route: Some(self.provider.route().to_owned()),
            after: nth,
            times: Some(1),
            ..Fault::new("", Effect::Stall(LONG))
        };
        self.bench.sandbox.schedule(Schedule { faults: vec![fault], ..Schedule::default() });
        let serving = Serving::start(&[], &[]);
        let mut stream = serving.connect();
        let (address, headers) = (stream.peer_addr().unwrap(), json_of(&self.body));
        write!(stream, "POST / HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n{}", self.body).unwrap();
        for _ in 0..10_000 {
            if self.bench.sandbox.fired()[0].1 > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert_eq!(self.bench.sandbox.fired()[0].1, 1, "the command has no request {nth}");
        assert_eq!(serving.stop("-KILL").0, None);
        self.bench.sandbox.schedule(Schedule::default());
    }
}

async fn another_group(bench: &Bench, provider: Provider, world: &World) -> String {
    let config = provider.config(bench, None);
    let groups = bench.service.invoke("std:entitlement:list", json!({"type": "group"}), &config).await.identities();
    let account = bench.service.invoke("std:account:read", key(&world.user), &config).await.output();
    let held = account["attributes"]["groups"].to_string();
    groups.into_iter().find(|group| *group != world.group && !held.contains(group)).unwrap()
}

#[rstest]
#[case::create_salesforce(Provider::Salesforce, Command::Create, 6)]
#[case::create_generic(Provider::Generic, Command::Create, 6)]
#[case::update_salesforce(Provider::Salesforce, Command::Grant, 6)]
#[case::update_generic(Provider::Generic, Command::Grant, 6)]
#[case::disable_salesforce(Provider::Salesforce, Command::Disable, 3)]
#[case::disable_generic(Provider::Generic, Command::Disable, 3)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_finishes_what_a_killed_service_left(
    #[case] provider: Provider,
    #[case] command: Command,
    #[case] at_least: u32,
) {
    let test = Test::start(provider, command).await;
    let (before, seen) = (test.state().await, test.bench.sandbox.requests().len());
    let answer = test.run();
    assert!(answer.contains(r#"{"type":"output""#) && !answer.contains(r#""results""#), "{answer}");
    let requests = test.bench.sandbox.requests().split_off(seen);
    let requests = requests.iter().filter(|request| !request.path.ends_with("/token")).count();
    let requests = u32::try_from(requests).unwrap();
    assert!(requests >= at_least, "{requests}");
    let once = test.state().await;
    assert_ne!(once, before);

    for nth in 0..requests {
        test.bench.sandbox.reset();
        test.is_killed_at(nth).await;
        let answer = test.run();
        assert!(
            answer.contains(r#"{"type":"output""#) && !answer.contains(r#""results""#),
            "killed at {nth}: {answer}"
        );
        assert_eq!(test.state().await, once, "killed at {nth}");
        let answer = test.run();
        assert!(answer.contains(r#"{"type":"output""#), "killed at {nth}, sent a third time: {answer}");
        assert_eq!(test.state().await, once, "killed at {nth}, sent a third time");
    }
}
