//! `std:account:update`: what differs is sent, the account is read back, and what the provider did not do is said.

use super::error::not_found;
use super::lookup::{Lookup, find_user};
use super::session::Session;
use super::updating::{Outcome, Updating};
use crate::protocol::{AccountUpdate, Failure, dry_run};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    let is_dry = dry_run(&input)?;
    let input = AccountUpdate::parse(&input)?;
    let doing = format!("Updating {}", input.key);
    let Lookup::Found(user) = find_user(&session, &input.key, &doing).await? else {
        return Err(not_found("account", &input.key));
    };
    let updating = Updating { session: &session, doing: &doing, is_dry };
    match updating.run(user, &input.changes).await? {
        Outcome::Unchanged => Ok(vec![json!({})]),
        Outcome::Shown(requests) => Ok(requests),
        Outcome::Changed(mut changed) => {
            if let Some(failure) = changed.total_failure(&session, &doing) {
                return Err(failure);
            }
            Ok(vec![changed.into_output(&session, input.schema.as_ref())])
        }
    }
}
