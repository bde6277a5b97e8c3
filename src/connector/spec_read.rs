//! `std:spec:read`: the connector's specification.

use super::error;
use crate::product;
use crate::protocol::Failure;
use serde_json::{Value, json};

pub(super) fn run() -> Result<Value, Failure> {
    let specification: Value = serde_json::from_str(product::SPEC)
        .map_err(|cause| error::refuse(error::own::INTERNAL, "", &[]).caused_by(cause))?;
    Ok(json!({"specification": specification}))
}
