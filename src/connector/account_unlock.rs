//! `std:account:unlock`: SCIM has no lock (RFC 7643 §4.1), so there is nothing to undo.

use super::error::invalid;
use super::session::Session;
use crate::protocol::{AccountRead, Failure, Kind};
use serde_json::{Map, Value};

pub(super) fn run(session: &Session, input: &Map<String, Value>) -> Result<Vec<Value>, Failure> {
    let input = AccountRead::parse(input)?;
    let provider = session.config.profile.name;
    let says = format!(
        "Unlocking {} is not supported by this provider ({provider}): SCIM has no lock. Unlock the account at the provider itself, or set a new password.",
        input.key
    );
    Err(invalid(Kind::InvalidRequest, "NOT_SUPPORTED", &says))
}
