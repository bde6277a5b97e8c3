//! One cell: a command meets a fault, and what comes out is compared with what comes out without it.

use super::commands::{Command, Family};
use super::faults::{Place, Row};
use super::outcome::{Change, Outcome};
use super::provider::{ENTITLEMENTS, GROUPS, Provider, USERS, World, state, without_moments, world};
use super::time::quickly;
use crate::harness::{Answer, Bench, Service, with};
use scim_connector::sandbox::{Effect, ListEffect, Schedule};
use serde_json::Value;
use std::sync::{Mutex, PoisonError};

/// Held by the one cell whose answers are very large.
static LARGE: Mutex<()> = Mutex::new(());

/// What a command does when nothing goes wrong.
#[derive(Debug)]
pub struct Reference {
    world: World,
    outputs: Vec<Value>,
    requests: usize,
    /// After how many requests the middle is: see [`Command::middle`].
    middle: (u32, u32),
    before: Value,
    after: Value,
}

/// A command at a provider.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    pub provider: Provider,
    pub command: Command,
    /// The setting; without it the service decides how much it asks for at once.
    pub concurrency: Option<u32>,
}

impl Column {
    async fn invoke(self, service: &Service, bench: &Bench, world: &World) -> Answer {
        let (command, input) = self.command.invocation(self.provider, world);
        let config = with(&self.provider.config(bench, self.concurrency), self.command.settings());
        service.invoke(command, input, &config).await
    }

    /// The command without any fault; it must do what it is for.
    pub async fn reference(self) -> Reference {
        let bench = self.provider.start().await;
        let world = world(&bench).await;
        let before = state(&bench, self.command, &world).await;
        let seen = bench.sandbox.requests().len();
        let outputs = outputs(&self.invoke(&bench.service, &bench, &world).await.outputs());
        let requests = bench.sandbox.requests().split_off(seen);
        let after = state(&bench, self.command, &world).await;
        self.assert_is_right(&world, &outputs, &before, &after);
        let scim: Vec<_> = requests.iter().filter(|request| !request.path.ends_with("/token")).cloned().collect();
        let middle = self.command.middle(&scim);
        Reference { world, outputs, requests: requests.len(), middle, before, after }
    }

    fn assert_is_right(self, world: &World, outputs: &[Value], before: &Value, after: &Value) {
        let (user, has_member) =
            (&after["users"][0], |state: &Value| state["members"].to_string().contains(&world.user));
        let is_salesforce = self.provider == Provider::Salesforce;
        match self.command {
            Command::Accounts | Command::AccountsByKey => assert_eq!(outputs.len() as u64, USERS),
            Command::Groups => assert_eq!(outputs.len() as u64, GROUPS),
            Command::Entitlements => assert_eq!(outputs.len() as u64, ENTITLEMENTS),
            Command::TestConnection | Command::Read | Command::Schema => assert_eq!(outputs.len(), 1),
            Command::SourceData => assert!(outputs[0].as_array().is_some_and(|rows| rows.len() > 10)),
            Command::SignIn => assert_eq!(outputs[0]["identity"], world.user),
            Command::Create => {
                let grown = after["all"].as_u64().unwrap() - before["all"].as_u64().unwrap();
                let members = |state: &Value| state["members"].as_array().map_or(0, Vec::len);
                assert_eq!((grown, members(after) - members(before)), (1, 1));
            }
            Command::Update => assert_eq!(user["title"], "Chief of Tests"),
            Command::Grant => assert!(!has_member(before) && has_member(after)),
            Command::Disable => assert_eq!(user["active"], false),
            Command::Delete => assert!(if is_salesforce { user["active"] == false } else { user.is_null() }),
            Command::Password => assert_ne!(before["version"], after["version"]),
        }
        assert_eq!(self.command.family() == Family::Writing, before != after);
    }

    /// The command as it meets the fault; where it writes and fails, it is then sent again without.
    pub async fn outcome(self, row: Row, reference: &Reference) -> Outcome {
        // Forms offer what the provider shows: nobody takes what is not offered for deleted.
        let loses_view = matches!((row.trouble.effect)(), Effect::List(ListEffect::LoseView(_)));
        if self.command == Command::SourceData && loses_view {
            return Outcome::NotMet;
        }
        // What the service reads at once is limited for the whole process: two such answers would wait for each other.
        let is_large = matches!((row.trouble.effect)(), Effect::Enlarge { .. });
        let _alone = is_large.then(|| LARGE.lock().unwrap_or_else(PoisonError::into_inner));
        let bench = self.provider.start().await;
        let world = &reference.world;
        if row.trouble.place == Place::ScimKnown && self.command.family() == Family::Lists {
            self.invoke(&bench.service, &bench, world).await.outputs();
        }
        let fault = row.fault(self.provider.route(), reference.middle);
        bench.sandbox.schedule(Schedule { faults: vec![fault], ..Schedule::default() });
        let seen = bench.sandbox.requests().len();
        let answer = quickly(self.invoke(&bench.service, &bench, world)).await;
        let (requests, fired) = (bench.sandbox.requests().len() - seen, bench.sandbox.fired()[0].1);
        bench.sandbox.schedule(Schedule::default());
        let outcome = reference.judge(&answer, requests, fired);
        if self.command.family() != Family::Writing {
            return outcome;
        }
        let outcome = reference.with_state(outcome, &state(&bench, self.command, world).await);
        if matches!(outcome, Outcome::NotMet | Outcome::Right { .. }) {
            return outcome;
        }
        match self.is_finished_by_a_repeat(&bench, reference).await {
            Ok(()) => outcome,
            Err(why) => Outcome::Wrong(format!("{outcome}; {why}")),
        }
    }

    /// Another process of the service gets the command again, and nothing is wrong any more.
    async fn is_finished_by_a_repeat(self, bench: &Bench, reference: &Reference) -> Result<(), String> {
        let again = quickly(self.invoke(&Service::start().await, bench, &reference.world)).await;
        let is_gone = self.command == Command::Delete
            && again.lines.last().is_some_and(|line| line["data"]["type"] == "notFound");
        if (again.status != 200 || again.broken) && !is_gone {
            return Err(format!("sent again it fails: {}", again.error().message));
        }
        let state = state(bench, self.command, &reference.world).await;
        let is_right =
            if self.command == Command::Password { state != reference.before } else { state == reference.after };
        if is_right { Ok(()) } else { Err(format!("sent again it leaves {state}")) }
    }
}

impl Reference {
    fn judge(&self, answer: &Answer, requests: usize, fired: u64) -> Outcome {
        let given = outputs(&answer.given_out());
        if answer.status != 200 || answer.broken {
            if given.iter().any(|one| !self.outputs.contains(one)) {
                return Outcome::Wrong("what was given out before the error is wrong".to_owned());
            }
            let (code, is_late) = (answer.error().code, !given.is_empty());
            return Outcome::Error { code, requests, is_late, change: Change::None };
        }
        let more = requests.saturating_sub(self.requests);
        if given == self.outputs {
            return if fired == 0 && more == 0 { Outcome::NotMet } else { Outcome::Right { more } };
        }
        match given.as_slice() {
            [one] if one.get("results").is_some() => Outcome::Partial { more },
            _ => Outcome::Wrong(format!("{} results, not the {} that there are", given.len(), self.outputs.len())),
        }
    }

    /// The outcome of a command that writes, by what the provider holds afterwards.
    fn with_state(&self, outcome: Outcome, state: &Value) -> Outcome {
        let is_password = !self.after["version"].is_null();
        let is_done = *state == self.after || (is_password && *state != self.before);
        match outcome {
            Outcome::Right { .. } | Outcome::NotMet if !is_done => {
                Outcome::Wrong(format!("{outcome}, but the provider holds {state}"))
            }
            Outcome::Error { code, requests, is_late, .. } => {
                let change = match state {
                    _ if is_done => Change::Done,
                    state if *state == self.before => Change::None,
                    _ => Change::Begun,
                };
                Outcome::Error { code, requests, is_late, change }
            }
            other => other,
        }
    }
}

/// Results in an order of their own, without what differs from one sandbox to the next.
fn outputs(outputs: &[Value]) -> Vec<Value> {
    let mut outputs = outputs.to_vec();
    outputs.iter_mut().for_each(without_moments);
    outputs.sort_by_cached_key(ToString::to_string);
    outputs
}
