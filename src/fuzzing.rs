//! What is fuzzed, and what must hold of it: each target takes any bytes and panics where a property does not hold.
//!
//! Two runners share them: `fuzz/` (cargo-fuzz, guided by coverage) and `tests/fuzz.rs` (on the stable toolchain). It is no part
//! of the product: only the feature `fuzzing` compiles it.

use crate::config::Config;
use crate::connector::error::{own, refuse, translate};
use crate::mapping::table::Table;
use crate::mapping::{AccountMapper, EntitlementMapper, Grants, ProfileIds, Update, group_members};
use crate::protocol::{self, Failure, Invocation, Kind, Lines, Schema};
use crate::scim::filter::{self, MAX_TEXT_BYTES};
use crate::scim::patch::{self, Assignment};
use crate::scim::path::Path;
use crate::scim::provider::{GENERIC, PatchForm, Profile, Profiles, SALESFORCE};
use crate::scim::{self, ListPage, parse_json, resource};
use crate::transport::{FailedStatus, Fault, SendError, asked_wait};
use bytes::Bytes;
use chrono::DateTime;
use http::header::{DATE, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use scim_v2::filter::Filter;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

/// Something that reads bytes of others.
pub struct Target {
    pub name: &'static str,
    /// Whether the bytes were such as it reads; what is refused has been looked at too.
    pub run: fn(&[u8]) -> bool,
}

/// All that is fuzzed.
pub const TARGETS: &[Target] = &[
    Target { name: "invocation", run: invocation },
    Target { name: "changes", run: changes },
    Target { name: "filter", run: filter },
    Target { name: "path", run: path },
    Target { name: "list_response", run: list_response },
    Target { name: "resource", run: resource_of_others },
    Target { name: "refusal", run: refusal },
    Target { name: "retry_after", run: retry_after },
];

static PROFILES: LazyLock<[Arc<Profile>; 2]> = LazyLock::new(|| [Arc::clone(&GENERIC), Arc::clone(&SALESFORCE)]);

/// A user with something of every kind.
static USER: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "id": "005A", "userName": "ada@example.com", "active": "True", "logins": "3", "title": null, "tags": ["a", "b"],
        "name": {"familyName": "Lovelace", "givenName": "Ada"},
        "emails": [{"value": "ada@example.com", "type": "work", "primary": true}, {"value": "a@home.example"}, null, "x"],
        "groups": [{"value": "00G1", "type": "direct"}, {"value": "00G2", "type": "indirect"}],
        "entitlements": [{"value": "00e1", "display": "Standard User", "type": "Profile"}],
        "meta": {"lastModified": "2024-05-06T07:08:09Z"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "005B"}},
    })
});

/// The body of a request to the service: an invocation, its input as each command reads it, the source's settings.
pub fn invocation(bytes: &[u8]) -> bool {
    let invocation = match Invocation::parse(bytes) {
        Ok(invocation) => invocation,
        Err(reason) => {
            check_words(&reason.to_string());
            return false;
        }
    };
    assert!(!invocation.command.trim().is_empty());
    let input = &invocation.input;
    let parsed = [
        protocol::AccountRead::parse(input).map(drop),
        protocol::AccountCreate::parse(input).map(drop),
        protocol::AccountUpdate::parse(input).map(drop),
        protocol::ChangePassword::parse(input).map(drop),
        protocol::EntitlementList::parse(input).map(drop),
        protocol::EntitlementRead::parse(input).map(drop),
        protocol::Authenticate::parse(input).map(drop),
        protocol::ConfigOptionsRead::parse(input).map(drop),
        protocol::QueryInput::parse(input).map(drop),
        protocol::SourceDataRead::parse(input).map(drop),
        protocol::dry_run(input).map(drop),
    ];
    for error in parsed.into_iter().filter_map(Result::err) {
        check_failure(&error.into());
    }
    match invocation.config.as_ref().map(|config| Config::parse(config, &Profiles::built_in())) {
        Some(Ok(config)) => {
            if let Some(base_url) = config.base_url {
                assert!(matches!(base_url.scheme(), "http" | "https") && base_url.password().is_none());
            }
        }
        Some(Err(problems)) => {
            check_failure(&refuse(own::INVALID_CONFIGURATION, "", &[("problem", &problems.to_string())]));
        }
        None => {}
    }
    true
}

/// `{"changes":[…],"account":{…}}`: the changes of an update, held against an account's attributes.
pub fn changes(bytes: &[u8]) -> bool {
    let Ok(Value::Object(mut input)) = serde_json::from_slice(bytes) else { return false };
    let Some(Value::Object(account)) = input.remove("account") else { return false };
    input.insert("identity".to_owned(), "005A".into());
    let update = match protocol::AccountUpdate::parse(&input) {
        Ok(update) => update,
        Err(error) => {
            check_failure(&error.into());
            return false;
        }
    };
    let table = Table::built_in();
    for profile in PROFILES.iter() {
        let profiles = ProfileIds { set: Some("00e1".to_owned()), on_revoke: Some("00e2".to_owned()) };
        match Update::plan(&update.changes, &account, &table, profile, &profiles) {
            Ok(plan) => {
                let mut after = account.clone();
                for Grants { column, delta } in plan.grants.iter().filter(|grants| grants.column.name == "groups") {
                    let groups = done(&account, &delta.add, &delta.remove);
                    after.insert(column.name.clone(), groups.into_iter().collect());
                }
                let again = Update::plan(&update.changes, &after, &table, profile, &profiles);
                let is_left = |grants: &Grants| grants.column.name == "groups" && !grants.delta.is_empty();
                assert!(again.is_ok_and(|again| !again.grants.iter().any(is_left)), "a repeat changes groups again");
            }
            Err(error) => check_failure(&refuse(own::INVALID_INPUT, "", &[("problem", &error.to_string())])),
        }
    }
    true
}

/// The groups after what is to be done, which nobody has twice or has had before.
fn done(account: &Map<String, Value>, add: &[String], remove: &[String]) -> BTreeSet<String> {
    let groups = account.get("groups").and_then(Value::as_array);
    let mut held: BTreeSet<String> =
        groups.into_iter().flatten().filter_map(resource::text).map(String::from).collect();
    for id in remove {
        assert!(held.remove(id), "{id} is no group of the account");
    }
    for id in add {
        assert!(held.insert(id.clone()), "{id} is a group of the account already");
    }
    held
}

/// A filter's text: what is printed is the same filter, and it is evaluated as logic has it.
pub fn filter(bytes: &[u8]) -> bool {
    let Some(parsed) = std::str::from_utf8(bytes).ok().and_then(|text| filter::parse(text).ok()) else { return false };
    let printed = filter::to_query(&parsed);
    if printed.len() <= MAX_TEXT_BYTES {
        assert_eq!(filter::parse(&printed).as_ref(), Ok(&parsed), "{printed}");
    }
    let holds = filter::matches(&parsed, &*USER);
    assert_eq!(filter::matches(&Filter::Not(Box::new(parsed.clone())), &*USER), !holds);
    assert_eq!(filter::matches(&Filter::and(parsed.clone(), parsed.clone()), &*USER), holds);
    assert_eq!(filter::matches(&Filter::or(parsed.clone(), parsed), &*USER), holds);
    true
}

/// An attribute path's text: read, written, and what a source may name as an attribute of its own.
pub fn path(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let schema = json!({"schema": {"attributes": [{"name": text, "multi": true}, {"name": text, "type": "string"}]}});
    if let Some(Ok(Some(schema))) = schema.as_object().map(Schema::parse) {
        let table = Table::built_in().with_named(schema.wanted());
        check_account(&AccountMapper::new(&table, &GENERIC, Some(&schema)), "005A", &USER);
    }
    let parsed: Path = match text.parse() {
        Ok(parsed) => parsed,
        Err(error) => {
            check_failure(&refuse(own::INVALID_CONFIGURATION, "", &[("problem", &error.to_string())]));
            return false;
        }
    };
    assert_eq!(parsed.to_string().parse().as_ref(), Ok(&parsed));
    assert_eq!(parsed.first(&*USER), parsed.values(&*USER).next());
    for value in [Some(Value::from("x")), None] {
        let assignment =
            [Assignment { read: std::slice::from_ref(&parsed), write: &parsed, value: value.clone(), others: &[] }];
        for form in [PatchForm::Paths, PatchForm::Values] {
            assert!(patch::operations(form, &assignment, &USER).iter().all(|operation| operation["op"].is_string()));
        }
        let once = patch::assigned(&assignment, &USER);
        // Where the path reads what was written by it, the same change once more changes nothing.
        if value.is_some() && parsed.first(&once) == value.as_ref() {
            assert_eq!(patch::assigned(&assignment, &once), once, "{parsed}");
        }
    }
    true
}

/// The body of an answer that should be a page of a list.
pub fn list_response(bytes: &[u8]) -> bool {
    let page = match ListPage::parse(bytes) {
        Ok(page) => page,
        Err(reason) => {
            check_words(&reason);
            return false;
        }
    };
    let shown: usize = page.resources.iter().map(|raw| raw.get().len()).sum();
    assert!(shown <= bytes.len(), "more resources than there are");
    assert!(page.resources.len() <= bytes.split(|byte| *byte == b',').count());
    for raw in page.resources {
        match parse_json(raw.get().as_bytes()) {
            Ok(found) => check_resource(&found),
            Err(reason) => check_words(&reason),
        }
    }
    true
}

/// A resource as a provider may write it.
pub fn resource_of_others(bytes: &[u8]) -> bool {
    let Ok(found) = parse_json(bytes) else { return false };
    check_resource(&found);
    true
}

fn check_resource(found: &Value) {
    for member in group_members(found) {
        assert!(!member.is_empty());
    }
    let Some(id) = resource::id(found) else { return };
    for profile in PROFILES.iter() {
        check_account(&AccountMapper::new(&Table::built_in(), profile, None), &id, found);
        for mapper in [EntitlementMapper::groups(profile, None), EntitlementMapper::entitlements(profile, None)] {
            let entitlement = mapper.map(&id, found);
            assert_eq!(entitlement.identity, id);
            assert!(entitlement.attributes.values().all(Value::is_string));
        }
    }
}

/// An account is flat, its lists are sorted, and it fits in one line that reads back the same, or in none.
fn check_account(mapper: &AccountMapper, id: &str, user: &Value) {
    let account = mapper.map(id, user);
    assert_eq!(account.identity, id);
    for (name, value) in &account.attributes {
        match value {
            Value::Array(values) => {
                let texts: Vec<_> = values.iter().map(Value::as_str).collect();
                assert!(texts.iter().all(Option::is_some) && texts.is_sorted_by(|a, b| a < b), "{name}: {value}");
            }
            Value::Object(_) => assert!(!value.is_object(), "{name}: {value}"),
            _ => {}
        }
    }
    let mut lines = Lines::default();
    if lines.push(&account).is_ok() {
        let line = protocol::Event::Outputs(lines.clone()).into_bytes();
        assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1));
        assert!(lines.results().eq(serde_json::to_value(&account)), "{account:?}");
    }
}

/// The body of a failed answer, after two bytes that make the status: what a person is told of it.
pub fn refusal(bytes: &[u8]) -> bool {
    let [high, low, body @ ..] = bytes else { return false };
    let Ok(status) = StatusCode::from_u16(100 + u16::from_be_bytes([*high, *low]) % 500) else { return false };
    let mut headers = HeaderMap::new();
    let line = body.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if let Ok(value) = HeaderValue::from_bytes(line) {
        headers.insert(LOCATION, value.clone());
        headers.insert("x-request-id", value);
    }
    let failed = FailedStatus { status, headers, body: Bytes::copy_from_slice(body) };
    let excerpt = String::from_utf8_lossy(body).into_owned();
    let refused = SendError {
        method: Method::POST,
        url: "https://scim.example/v2/Users".to_owned(),
        attempts: 1,
        elapsed: Duration::ZERO,
        outcome_unknown: false,
        refused: None,
        given_up: None,
        fault: Fault::Status(Box::new(failed)),
    };
    let unreadable = scim::Error::Unreadable {
        url: "https://scim.example/v2/Users".to_owned(),
        expected: "a SCIM resource",
        reason: "it is no JSON".to_owned(),
        content_type: Some(excerpt.lines().next().unwrap_or_default().to_owned()),
        excerpt,
    };
    for error in [refused.into(), unreadable] {
        let failure = translate("Creating ada@example.com", error);
        assert!(failure.message.starts_with("Creating ada@example.com failed: "), "{}", failure.message);
        check_failure(&failure);
    }
    true
}

/// `Retry-After` in the first line, the answer's `Date` in the second.
pub fn retry_after(bytes: &[u8]) -> bool {
    let mut lines = bytes.splitn(2, |byte| *byte == b'\n');
    let mut headers = HeaderMap::new();
    for name in [RETRY_AFTER, DATE] {
        if let Some(Ok(value)) = lines.next().map(HeaderValue::from_bytes) {
            headers.insert(name, value);
        }
    }
    let wait = asked_wait(&headers, DateTime::UNIX_EPOCH);
    let text = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    if let Ok(number) = text.parse::<f64>() {
        assert_eq!(wait.is_some(), number >= 0.0, "{text}");
    }
    if let Ok(seconds) = text.parse::<u32>() {
        assert_eq!(wait, Some(Duration::from_secs(seconds.into())), "{text}");
    }
    wait.is_some()
}

/// What goes for every failure that a person reads. That something does not exist is never concluded from what was sent.
fn check_failure(failure: &Failure) {
    let message = &failure.message;
    check_words(message);
    assert!(message.chars().count() <= 1_000, "{message}");
    assert!(message.ends_with(&format!(" [{}]", failure.code)), "{message}");
    assert!(failure.kind != Kind::NotFound, "{message}");
}

fn check_words(message: &str) {
    assert!(!message.contains(char::is_control), "{message:?}");
}
