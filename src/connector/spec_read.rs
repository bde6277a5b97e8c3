//! `std:spec:read`: the connector's specification.

use super::error;
use crate::product;
use crate::protocol::{Failure, Kind};
use serde_json::{Value, json};

pub(super) fn run() -> Result<Value, Failure> {
    let specification: Value = serde_json::from_str(product::SPEC)
        .map_err(|cause| error::invalid(Kind::Generic, "INTERNAL", "The specification is no JSON.").caused_by(cause))?;
    Ok(json!({"specification": specification}))
}
