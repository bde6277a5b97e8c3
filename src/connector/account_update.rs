//! `std:account:update`: what differs is sent, the account is read back, and what the provider did not do is said.

use super::error::{invalid, not_found};
use super::lookup::{Lookup, find_user};
use super::source::Source;
use super::updating::{Outcome, Updating};
use crate::protocol::{AccountUpdate, Failure, Kind, dry_run};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) async fn run(source: Arc<Source>, input: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    let is_dry = dry_run(&input)?;
    let input = AccountUpdate::parse(&input)?;
    let doing = format!("Updating {}", input.key);
    let Lookup::Found(user) = find_user(&source, &input.key, &doing).await? else {
        return Err(not_found("account", &input.key));
    };
    let updating = Updating { source: &source, doing: &doing, is_dry };
    match updating.run(user, &input.changes).await? {
        Outcome::Unchanged => Ok(vec![json!({})]),
        Outcome::Shown(requests) => Ok(requests),
        Outcome::Changed(changed) => {
            if let Some(failure) = changed.total_failure(&doing) {
                return Err(failure);
            }
            Ok(vec![changed.into_output(&source, input.schema.as_ref())])
        }
    }
}

/// The account with a result for each attribute that did not become what was asked for.
pub(super) fn with_results(mut account: Value, problems: &[(String, String)]) -> Value {
    let result = |(attribute, message): &(String, String)| json!({"attribute": attribute, "status": "error", "messages": [{"level": "ERROR", "message": message}]});
    if let Some(members) = account.as_object_mut()
        && !problems.is_empty()
    {
        members.insert("results".to_owned(), problems.iter().map(result).collect());
    }
    account
}

/// Changes that cannot be made.
pub(super) fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    let sentence = format!("The command's input cannot be used: {error}.");
    invalid(Kind::InvalidRequest, "INVALID_INPUT", &sentence).caused_by(error)
}
