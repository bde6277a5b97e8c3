//! `std:account:delete`: DELETE of the user. In Salesforce the user stays, and is not active any more.

use super::account_enable::delete;
use super::error::not_found;
use super::lookup::{Lookup, find_user};
use super::session::Session;
use crate::protocol::{AccountRead, Failure, dry_run};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    let is_dry = dry_run(&input)?;
    let input = AccountRead::parse(&input)?;
    let doing = format!("Deleting {}", input.key);
    let Lookup::Found(user) = find_user(&session, &input.key, &doing).await? else {
        return Err(not_found("account", &input.key));
    };
    let shown = delete(&session, &user, &doing, is_dry).await?;
    if is_dry { Ok(shown) } else { Ok(vec![json!({})]) }
}
