//! One run of one check: asks the connector, collects what is wrong, and takes back what the check made.

use super::item::Item;
use super::spec::{Field, Spec};
use super::subject::{Settings, Subject};
use super::values::Values;
use crate::cli::CliError;
use crate::protocol::Command;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

pub const CREATE: &str = Command::AccountCreate.name();
pub const READ: &str = Command::AccountRead.name();
pub const LIST: &str = Command::AccountList.name();
pub const UPDATE: &str = Command::AccountUpdate.name();
pub const DELETE: &str = Command::AccountDelete.name();
pub const DISABLE: &str = Command::AccountDisable.name();
pub const ENTITLEMENT_LIST: &str = Command::EntitlementList.name();
pub const ENTITLEMENT_READ: &str = Command::EntitlementRead.name();
pub const TEST_CONNECTION: &str = Command::TestConnection.name();

/// What all checks of a run have in common.
pub struct Context<'s> {
    pub subject: &'s dyn Subject,
    pub spec: &'s Spec,
    /// So many objects are read one by one, or granted.
    pub read_limit: usize,
    /// The provider, where its rules say that deletion only deactivates.
    pub deactivates: Option<String>,
    /// Whether somebody wants it all to end.
    pub interrupted: CancellationToken,
}

/// How a check came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// With what is worth knowing nevertheless.
    Passed(Vec<String>),
    Failed(Vec<String>),
    Skipped(String),
}

/// Why a check does not go on.
#[derive(Debug)]
pub enum Stop {
    Failed(String),
    /// There is nothing to check, or what it checks is excluded.
    Skipped(String),
}

pub struct Trial<'s> {
    pub context: &'s Context<'s>,
    pub values: &'s mut Values,
    /// Accounts that the check made and that are still there.
    made: Vec<Item>,
    problems: Vec<String>,
    notes: Vec<String>,
}

impl<'s> Trial<'s> {
    pub fn new(context: &'s Context<'s>, values: &'s mut Values) -> Self {
        Self { context, values, made: Vec::new(), problems: Vec::new(), notes: Vec::new() }
    }

    /// Something is wrong; the check may go on to find more.
    pub fn problem(&mut self, says: impl Into<String>) {
        self.problems.push(says.into());
    }

    /// Nothing is wrong, but it should be known.
    pub fn note(&mut self, says: impl Into<String>) {
        self.notes.push(says.into());
    }

    pub async fn ask(&self, command: &str, input: Value, settings: Settings) -> Result<Vec<Value>, CliError> {
        let answer = self.context.subject.ask(command, input, settings);
        // A creation is waited for: whoever goes away from one does not learn what is to be taken back.
        if command == CREATE {
            return answer.await;
        }
        tokio::select! {
            answer = answer => answer,
            () = self.context.interrupted.cancelled() => Err(CliError::Failed("interrupted".to_owned())),
        }
    }

    /// Goes on only where the connector reaches its source: that a command fails proves nothing where all do.
    pub async fn connected(&self) -> Result<(), Stop> {
        if !self.context.spec.has(TEST_CONNECTION) {
            return Ok(());
        }
        let answer = self.ask(TEST_CONNECTION, json!({}), Settings::Source).await;
        answer.map(drop).map_err(|error| failed(TEST_CONNECTION, &error))
    }

    /// A command with one account or entitlement as its result.
    pub async fn one(&self, command: &str, input: Value) -> Result<Item, Stop> {
        let results = self.ask(command, input, Settings::Source).await.map_err(|error| failed(command, &error))?;
        only(command, results)
    }

    /// A command with many of them.
    pub async fn list(&self, command: &str, input: Value) -> Result<Vec<Item>, Stop> {
        let results = self.ask(command, input, Settings::Source).await.map_err(|error| failed(command, &error))?;
        let items: Result<Vec<Item>, &str> = results.into_iter().map(Item::parse).collect();
        items.map_err(|lacks| Stop::Failed(format!("a result of {command} {lacks}")))
    }

    pub async fn read(&self, account: &Item) -> Result<Item, Stop> {
        self.one(READ, account.input()).await
    }

    /// Asks for a new account, and remembers to take it back. Gives back the results as they came.
    pub async fn try_create(&mut self, attributes: &Map<String, Value>) -> Result<Vec<Value>, CliError> {
        let mut input = json!({"attributes": attributes});
        let name = ["userName", "username", "email", "name"].iter().find_map(|name| attributes.get(*name));
        if let (Some(name), Some(input)) = (name, input.as_object_mut()) {
            input.insert("identity".to_owned(), name.clone());
        }
        let results = self.ask(CREATE, input, Settings::Source).await?;
        self.made.extend(results.iter().cloned().filter_map(|result| Item::parse(result).ok()));
        Ok(results)
    }

    /// A new account, which is taken back when the check is over.
    pub async fn create(&mut self, attributes: &Map<String, Value>) -> Result<Item, Stop> {
        let results = self.try_create(attributes).await.map_err(|error| failed(CREATE, &error))?;
        let whose = attributes.get("userName").map(|name| format!(" (of {name})")).unwrap_or_default();
        only(&format!("{CREATE}{whose}"), results)
    }

    /// A new account with what the template requires and no more.
    pub async fn create_minimal(&mut self) -> Result<Item, Stop> {
        let attributes = self.values.account(required(self.context.spec));
        self.create(&attributes).await
    }

    /// Deletes an account that the check made.
    pub async fn delete(&mut self, account: &Item) -> Result<(), Stop> {
        self.ask(DELETE, account.input(), Settings::Source).await.map_err(|error| failed(DELETE, &error))?;
        self.made.retain(|made| made.identity != account.identity);
        Ok(())
    }

    /// Takes back the accounts that are still there, interrupted or not.
    pub async fn tidy(&mut self) {
        for account in std::mem::take(&mut self.made) {
            if let Err(says) = self.take_back(&account).await {
                self.problem(format!("the account {} that this check made stays: {says}", account.identity));
            }
        }
    }

    /// Deletes an account, or disables it at least.
    async fn take_back(&mut self, account: &Item) -> Result<(), String> {
        let mut obstacles = Vec::new();
        for command in [DELETE, DISABLE] {
            if !self.context.spec.has(command) {
                obstacles.push(format!("the specification lacks {command}"));
                continue;
            }
            if let Err(error) = self.context.subject.ask(command, account.input(), Settings::Source).await {
                obstacles.push(format!("{command} failed: {error}"));
                continue;
            }
            let notes = obstacles.iter().map(|why| format!("the account {} is only disabled: {why}", account.identity));
            self.notes.extend(notes);
            return Ok(());
        }
        Err(obstacles.join("; "))
    }

    /// How it came out.
    pub fn conclude(mut self, result: Result<(), Stop>) -> Outcome {
        // What a check makes of answers that were cut short means nothing.
        if self.context.interrupted.is_cancelled() {
            self.problems.insert(0, "interrupted".to_owned());
            return Outcome::Failed(self.problems);
        }
        match result {
            Err(Stop::Failed(says)) => self.problems.push(says),
            Err(Stop::Skipped(why)) if self.problems.is_empty() => return Outcome::Skipped(why),
            Ok(()) | Err(Stop::Skipped(_)) => {}
        }
        if self.problems.is_empty() {
            return Outcome::Passed(self.notes);
        }
        self.problems.append(&mut self.notes);
        Outcome::Failed(self.problems)
    }
}

/// The fields of the template without which no account is created.
pub fn required(spec: &Spec) -> impl Iterator<Item = &Field> {
    spec.fields().iter().filter(|field| field.required)
}

fn failed(command: &str, error: &CliError) -> Stop {
    Stop::Failed(format!("{command} failed: {error}"))
}

fn only(command: &str, results: Vec<Value>) -> Result<Item, Stop> {
    let count = results.len();
    match (results.into_iter().next(), count) {
        (Some(result), 1) => {
            Item::parse(result).map_err(|lacks| Stop::Failed(format!("the result of {command} {lacks}")))
        }
        _ => Err(Stop::Failed(format!("{command} gave {count} results, not one"))),
    }
}
