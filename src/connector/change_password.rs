//! `std:change-password`: the new password in one PATCH. It is never shown, and cannot be read back.

use super::error::{not_found, translate};
use super::lookup::{Lookup, find_user};
use super::session::Session;
use super::writer::Writer;
use crate::protocol::{ChangePassword, Failure, dry_run};
use crate::scim::patch::{self, Assignment};
use crate::scim::resource;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    let is_dry = dry_run(&input)?;
    let input = ChangePassword::parse(&input)?;
    let doing = format!("Changing the password of {}", input.key);
    let Lookup::Found(user) = find_user(&session, &input.key, &doing).await? else {
        return Err(not_found("account", &input.key));
    };
    let profile = &session.config.profile;
    let Some(write) = session.table.column("password").and_then(|column| column.write.as_ref()) else {
        return Ok(vec![json!({})]);
    };
    let assignment = Assignment { read: &[], write, value: Some(json!(input.password.expose_secret())), others: &[] };
    let operations = patch::operations(profile.writing.patch, &[assignment], &user);
    let id = resource::id(&user).unwrap_or_default();
    let mut writer = Writer::new(&session, is_dry);
    let request = session.client.patch(&profile.users, &id, &operations).map_err(|error| translate(&doing, error))?;
    writer.send(request).await.map_err(|error| translate(&doing, error))?;
    if is_dry { Ok(writer.into_shown()) } else { Ok(vec![json!({})]) }
}
