//! `std:account:read`: one user as an account, found by its id, else by its user name.

use super::groups::account;
use super::lookup::{Lookup, find_user};
use super::source::Source;
use crate::mapping::Account;
use crate::protocol::{AccountRead, Failure};
use serde_json::{Map, Value};
use std::sync::Arc;

pub(super) async fn run(source: Arc<Source>, input: Map<String, Value>) -> Result<Account, Failure> {
    let input = AccountRead::parse(&input)?;
    let doing = format!("Reading {}", input.key);
    match find_user(&source, &input.key, &doing).await? {
        Lookup::Found(user) => account(&source, &user, input.schema.as_ref(), &doing).await,
        Lookup::Absent => Err(super::error::not_found("account", &input.key)),
    }
}
