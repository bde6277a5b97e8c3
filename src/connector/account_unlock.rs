//! `std:account:unlock`: SCIM has no lock (RFC 7643 §4.1), so there is nothing to undo.

use super::error::{own, refuse};
use super::session::Session;
use crate::protocol::{AccountRead, Failure};
use serde_json::{Map, Value};

pub(super) fn run(session: &Session, input: &Map<String, Value>) -> Result<Value, Failure> {
    let input = AccountRead::parse(input)?;
    let provider = &session.config.profile.name;
    Err(refuse(own::NOT_SUPPORTED, &format!("Unlocking {}", input.key), &[("subject", provider)]))
}
