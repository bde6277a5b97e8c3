//! `std:account:read`: one user as an account, found by its id, else by its user name.

use super::groups::account;
use super::lookup::{Lookup, find_user};
use super::session::Session;
use crate::mapping::Account;
use crate::protocol::{AccountRead, Failure};
use serde_json::{Map, Value};
use std::sync::Arc;

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Account, Failure> {
    let input = AccountRead::parse(&input)?;
    let doing = format!("Reading {}", input.key);
    match find_user(&session, &input.key, &doing).await? {
        Lookup::Found(user) => account(&session, &user, input.schema.as_ref(), &doing).await,
        Lookup::Absent => Err(super::error::not_found("account", &input.key)),
    }
}
