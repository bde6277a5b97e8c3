//! `std:account:read`: one user as an account, found by its id, else by its user name.

use super::lists::{membership_sources, sweep};
use super::lookup::{Lookup, find_user};
use super::source::Source;
use crate::mapping::{Account, AccountMapper};
use crate::protocol::{AccountRead, Failure, Schema};
use crate::scim::resource;
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

/// The account of a user, its groups read where the source reads them. The same as its row in a list.
pub(super) async fn account(
    source: &Source,
    user: &Value,
    schema: Option<&Schema>,
    doing: &str,
) -> Result<Account, Failure> {
    let mut mapper = AccountMapper::new(source.config.profile, schema);
    let (sweeps, reads_own) = membership_sources(source);
    if sweeps && mapper.wants_groups() {
        mapper = mapper.with_memberships(sweep(source, doing).await?, reads_own);
    }
    Ok(mapper.map(&resource::id(user).unwrap_or_default(), user))
}
