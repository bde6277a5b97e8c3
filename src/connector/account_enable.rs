//! `std:account:enable` and `std:account:disable`: the same switch, both ways.

use super::error::{not_found, own, refuse, translate};
use super::groups::account;
use super::lookup::{Lookup, find, find_user, is_status};
use super::session::Session;
use super::updating::{Outcome, Updating};
use super::writer::Writer;
use crate::protocol::{AccountRead, Action, Change, Failure, dry_run};
use crate::scim::provider::Deletion;
use crate::scim::{self, resource};
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(super) async fn enable(session: Arc<Session>, input: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    switch(&session, &input, true).await
}

pub(super) async fn disable(session: Arc<Session>, input: Map<String, Value>) -> Result<Vec<Value>, Failure> {
    if session.config.provisioning.disable_deletes {
        return delete_instead(&session, &input).await;
    }
    switch(&session, &input, false).await
}

async fn switch(session: &Session, input: &Map<String, Value>, active: bool) -> Result<Vec<Value>, Failure> {
    let is_dry = dry_run(input)?;
    let input = AccountRead::parse(input)?;
    let doing = format!("{} {}", if active { "Enabling" } else { "Disabling" }, input.key);
    let Lookup::Found(user) = find_user(session, &input.key, &doing).await? else {
        return Err(not_found("account", &input.key));
    };
    let change = Change { attribute: "active".to_owned(), action: Action::Set(json!(active)) };
    let updating = Updating { session, doing: &doing, is_dry };
    match updating.run(user.clone(), &[change]).await? {
        Outcome::Shown(requests) => Ok(requests),
        Outcome::Unchanged => Ok(vec![json!(account(session, &user, input.schema.as_ref(), &doing).await?)]),
        Outcome::Changed(mut changed) => match changed.total_failure(session, &doing) {
            Some(failure) => Err(failure),
            None => Ok(vec![changed.into_output(session, input.schema.as_ref())]),
        },
    }
}

/// `disableAction` is `delete`: the account as it was, disabled.
async fn delete_instead(session: &Session, input: &Map<String, Value>) -> Result<Vec<Value>, Failure> {
    let is_dry = dry_run(input)?;
    let input = AccountRead::parse(input)?;
    let doing = format!("Disabling {}", input.key);
    let Lookup::Found(user) = find_user(session, &input.key, &doing).await? else {
        return Err(not_found("account", &input.key));
    };
    let mut last = account(session, &user, input.schema.as_ref(), &doing).await?;
    let shown = delete(session, &user, &doing, is_dry).await?;
    if is_dry {
        return Ok(shown);
    }
    last.disabled = true;
    if let Some(active) = last.attributes.get_mut("active") {
        *active = json!(false);
    }
    Ok(vec![json!(last)])
}

/// Deletes a user; gives back the requests of a dry run.
pub(super) async fn delete(session: &Session, user: &Value, doing: &str, is_dry: bool) -> Result<Vec<Value>, Failure> {
    let users = &session.config.profile.users;
    let id = resource::id(user).unwrap_or_default();
    let mut writer = Writer::new(session, is_dry);
    let request = session.client.deletion(users, &id).map_err(|error| translate(doing, error))?;
    match writer.send(request).await {
        Ok(_) => {}
        // Somebody else was faster, or the provider has no DELETE; or it was taken, and the answer cannot be read: whether
        // the user is gone is looked up.
        Err(error) if is_status(&error, &[404]) || matches!(error, scim::Error::Unreadable { .. }) => {
            if let Lookup::Found(_) = find(session, users, &id, doing).await?
                && session.config.profile.deletion == Deletion::Removes
            {
                return Err(if is_status(&error, &[404]) {
                    refuse(own::NOT_DELETED, doing, &[]).caused_by(error)
                } else {
                    translate(doing, error)
                });
            }
        }
        Err(error) => return Err(translate(doing, error)),
    }
    if is_dry || session.config.profile.deletion == Deletion::Removes {
        return Ok(writer.into_shown());
    }
    let after = session.client.read(users, &id).await.map_err(|error| translate(doing, error))?;
    if resource::get(&after, "active").and_then(resource::boolean) == Some(true) {
        return Err(refuse(own::NOT_CHANGED, doing, &[("problem", "the account is still active")]));
    }
    Ok(writer.into_shown())
}
