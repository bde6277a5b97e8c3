//! A connector with accounts and groups in memory, which behaves as it should but for one flaw.

use crate::cli::CliError;
use crate::cli::validate::subject::{Settings, Subject};
use futures::future::{BoxFuture, FutureExt as _};
use serde_json::{Map, Value, json};
use std::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// What it does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    None,
    CreatesFromNothing,
    RefusesCreation,
    CreatesWithoutIdentity,
    CreatesTwice,
    AnswersOtherEmail,
    ReadsOtherEmail,
    LosesTitle,
    RefusesDeletion,
    OnlyDeactivates,
    ForgetsToDelete,
    HidesNewAccounts,
    ReadsOtherTitle,
    ListsDeleted,
    RefusesReading,
    FindsEverything,
    TitleIsANumber,
    GroupsAreNoList,
    GroupsHoldNull,
    UnknownAttribute,
    IgnoresUpdates,
    RefusesUpdates,
    LosesTags,
    IgnoresAdd,
    IgnoresRemove,
    RemoveEmpties,
    ReordersGroupValues,
    GroupNameIsANumber,
    ConnectsWithNothing,
    RefusesConnection,
    HasNothing,
}

pub struct Fake {
    flaw: Flaw,
    state: Mutex<State>,
    /// Cancelled when an account is created, where that is to happen.
    pub interrupt: Option<CancellationToken>,
}

#[derive(Default)]
struct State {
    /// Ids, attributes, and whether disabled.
    accounts: Vec<(String, Map<String, Value>, bool)>,
    deleted: Vec<String>,
    made: usize,
}

pub fn spec() -> Value {
    json!({
        "commands": [
            "std:test-connection", "std:account:list", "std:account:read", "std:account:create", "std:account:update",
            "std:account:delete", "std:account:disable", "std:entitlement:list", "std:entitlement:read",
        ],
        "accountSchema": {"attributes": [
            {"name": "userName", "type": "string"},
            {"name": "email", "type": "string", "writable": true},
            {"name": "title", "type": "string", "writable": true},
            {"name": "tags", "type": "string", "multi": true, "writable": true},
            {"name": "groups", "type": "string", "multi": true, "entitlement": true, "writable": true},
            {"name": "roles", "type": "string", "multi": true, "entitlement": true},
        ]},
        "entitlementSchemas": [{"type": "group", "attributes": [
            {"name": "name", "type": "string"}, {"name": "owners", "type": "string", "multi": true},
        ]}],
        "accountCreateTemplate": {"fields": [
            {"key": "userName", "type": "string", "required": true, "initialValue": {
                "type": "generator", "attributes": {"name": "Create Unique Account ID", "template": "$(first)$(uniqueCounter)"},
            }},
            {"key": "email", "type": "string", "required": true},
            {"key": "title", "type": "string", "required": false},
            {"key": "badges", "type": "array", "required": false},
        ]},
    })
}

type Answer = Result<Vec<Value>, &'static str>;

impl Fake {
    pub fn new(flaw: Flaw) -> Self {
        let account = |number: u32| {
            let attributes = json!({
                "userName": format!("user{number}"), "email": null, "title": "Clerk", "tags": [], "groups": ["g2", "g1"], "roles": [],
            });
            (format!("old{number}"), attributes.as_object().unwrap().clone(), false)
        };
        let accounts = if flaw == Flaw::HasNothing { Vec::new() } else { (0..3).map(account).collect() };
        Self { flaw, state: Mutex::new(State { accounts, ..State::default() }), interrupt: None }
    }

    /// The accounts that checks made and that are still active.
    pub fn left_behind(&self) -> Vec<String> {
        let state = self.state.lock().unwrap();
        let left = state.accounts.iter().filter(|(id, _, disabled)| id.starts_with("new") && !disabled);
        left.map(|(id, ..)| id.clone()).collect()
    }

    /// How many accounts were made at all.
    pub fn made(&self) -> usize {
        self.state.lock().unwrap().made
    }

    fn answer(&self, command: &str, input: &Value, settings: Settings) -> Answer {
        let id = input.pointer("/key/simple/id").and_then(Value::as_str).unwrap_or_default();
        let mut state = self.state.lock().unwrap();
        match command {
            "std:spec:read" => Ok(vec![json!({"specification": spec()})]),
            "std:test-connection" => match (settings, self.flaw) {
                (Settings::Empty, flaw) if flaw != Flaw::ConnectsWithNothing => Err("no settings"),
                (Settings::Source, Flaw::RefusesConnection) => Err("wrong password"),
                _ => Ok(vec![json!({})]),
            },
            "std:account:create" => self.create(&mut state, &input["attributes"]),
            "std:account:list" => Ok(self.list(&state)),
            "std:account:read" => self.read(&state, id),
            "std:account:update" => self.update(&mut state, id, &input["changes"][0]),
            "std:account:delete" => self.delete(&mut state, id),
            "std:account:disable" => disable(&mut state, id),
            "std:entitlement:list" if self.flaw == Flaw::HasNothing => Ok(Vec::new()),
            "std:entitlement:list" => Ok((1..=3).map(|number| self.group(&format!("g{number}"), false)).collect()),
            "std:entitlement:read" if ["g1", "g2", "g3"].contains(&id) || self.flaw == Flaw::FindsEverything => {
                Ok(vec![self.group(id, self.flaw == Flaw::ReordersGroupValues)])
            }
            "std:entitlement:read" => Err("no such group"),
            _ => Err("unsupported command"),
        }
    }

    fn create(&self, state: &mut State, attributes: &Value) -> Answer {
        if let Some(interrupt) = &self.interrupt {
            interrupt.cancel();
        }
        let nameless = attributes.get("userName").is_none();
        if (nameless && self.flaw != Flaw::CreatesFromNothing) || self.flaw == Flaw::RefusesCreation {
            return Err("no user name");
        }
        state.made += 1;
        let id = format!("new{}", state.made);
        let mut account = json!({"title": null, "tags": [], "groups": [], "roles": []}).as_object().unwrap().clone();
        account.extend(attributes.as_object().unwrap().clone());
        account.shift_remove("badges");
        if self.flaw == Flaw::LosesTitle {
            account.insert("title".to_owned(), "Clerk".into());
        }
        state.accounts.push((id.clone(), account.clone(), false));
        if self.flaw == Flaw::AnswersOtherEmail {
            account.insert("email".to_owned(), "other@example.com".into());
        }
        let mut shown = show(&id, &account, false);
        shown["results"] = json!([]);
        match self.flaw {
            Flaw::CreatesWithoutIdentity => Ok(vec![json!({"key": {}, "attributes": {}})]),
            Flaw::CreatesTwice => Ok(vec![shown.clone(), shown]),
            _ => Ok(vec![shown]),
        }
    }

    fn list(&self, state: &State) -> Vec<Value> {
        let listed =
            state.accounts.iter().filter(|(id, ..)| self.flaw != Flaw::HidesNewAccounts || id.starts_with("old"));
        let mut accounts: Vec<Value> = listed.map(|(id, account, disabled)| show(id, account, *disabled)).collect();
        if self.flaw == Flaw::ListsDeleted {
            accounts.extend(state.deleted.iter().map(|id| show(id, &Map::new(), false)));
        }
        for account in &mut accounts {
            match self.flaw {
                Flaw::TitleIsANumber => account["attributes"]["title"] = 7.into(),
                Flaw::GroupsAreNoList => account["attributes"]["groups"] = "g1".into(),
                Flaw::GroupsHoldNull => account["attributes"]["groups"] = json!(["g1", null]),
                Flaw::UnknownAttribute => account["attributes"]["shoeSize"] = 43.into(),
                _ => {}
            }
        }
        accounts
    }

    fn read(&self, state: &State, id: &str) -> Answer {
        let found = state.accounts.iter().find(|(known, ..)| known == id);
        let (account, disabled) = match found {
            Some((_, account, disabled)) => (account.clone(), *disabled),
            None if self.flaw == Flaw::FindsEverything => (Map::new(), false),
            None => return Err("no such account"),
        };
        let mut shown = show(id, &account, disabled);
        // The order of an account's values means nothing.
        if let Some(groups) = shown["attributes"]["groups"].as_array_mut() {
            groups.reverse();
        }
        match self.flaw {
            Flaw::RefusesReading => return Err("not today"),
            Flaw::ReadsOtherEmail => shown["attributes"]["email"] = "other@example.com".into(),
            Flaw::ReadsOtherTitle => shown["attributes"]["title"] = "Chief".into(),
            _ => {}
        }
        Ok(vec![shown])
    }

    fn update(&self, state: &mut State, id: &str, change: &Value) -> Answer {
        let (_, account, _) = state.accounts.iter_mut().find(|(known, ..)| known == id).ok_or("no such account")?;
        let (op, name) = (change["op"].as_str().unwrap(), change["attribute"].as_str().unwrap());
        let value = change["value"].clone();
        match (op, self.flaw) {
            (_, Flaw::RefusesUpdates) => return Err("read-only"),
            (_, Flaw::IgnoresUpdates) | ("Add", Flaw::IgnoresAdd) | ("Remove", Flaw::IgnoresRemove) => {}
            ("Add", Flaw::LosesTags) if name == "tags" => {}
            ("Set", _) => {
                account.insert(name.to_owned(), value);
            }
            ("Add", _) => account[name].as_array_mut().unwrap().push(value),
            ("Remove", Flaw::RemoveEmpties) => account[name].as_array_mut().unwrap().clear(),
            _ => account[name].as_array_mut().unwrap().retain(|held| *held != value),
        }
        Ok(vec![json!({})])
    }

    fn delete(&self, state: &mut State, id: &str) -> Answer {
        match self.flaw {
            Flaw::RefusesDeletion => Err("not allowed"),
            Flaw::OnlyDeactivates => disable(state, id),
            Flaw::ForgetsToDelete => Ok(vec![json!({})]),
            _ => {
                state.accounts.retain(|(known, ..)| known != id);
                state.deleted.push(id.to_owned());
                Ok(vec![json!({})])
            }
        }
    }

    fn group(&self, id: &str, reordered: bool) -> Value {
        let owners = if reordered { json!(["b", "a"]) } else { json!(["a", "b"]) };
        let name: Value = if self.flaw == Flaw::GroupNameIsANumber { 7.into() } else { format!("Group {id}").into() };
        json!({"identity": id, "key": {"simple": {"id": id}}, "type": "group", "attributes": {"name": name, "owners": owners}})
    }
}

fn show(id: &str, attributes: &Map<String, Value>, disabled: bool) -> Value {
    json!({"identity": id, "key": {"simple": {"id": id}}, "disabled": disabled, "attributes": attributes})
}

fn disable(state: &mut State, id: &str) -> Answer {
    let account = state.accounts.iter_mut().find(|(known, ..)| known == id).ok_or("no such account")?;
    account.2 = true;
    Ok(vec![json!({})])
}

impl Subject for Fake {
    fn ask<'a>(
        &'a self,
        command: &'a str,
        input: Value,
        settings: Settings,
    ) -> BoxFuture<'a, Result<Vec<Value>, CliError>> {
        async move { self.answer(command, &input, settings).map_err(|says| CliError::Failed(says.to_owned())) }.boxed()
    }
}
