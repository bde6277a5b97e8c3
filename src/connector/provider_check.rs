//! Before the first write: whether the provider is the one that the settings name. Its forms of writing are its own, and
//! what removes one member at one provider empties the group at another.

use super::error::{own, refuse, translate};
use super::lookup::is_status;
use super::session::Session;
use crate::protocol::Failure;
use crate::scim::provider::MemberForm;

/// Asks once a source; later calls know.
///
/// # Errors
/// When the host belongs to another provider, or does not show what this provider has.
pub async fn check(session: &Session) -> Result<(), Failure> {
    let mut is_checked = session.source.provider_checked.lock().await;
    if *is_checked {
        return Ok(());
    }
    let profile = &session.config.profile;
    let host = session.base_url.host_str().unwrap_or_default();
    let owner = session.config.profiles.of_host(host);
    if let Some(owner) = owner.filter(|owner| !profile.is_kind_of(owner)) {
        return Err(wrong(session, &format!("the host {host} is {}'s", owner.name)));
    }
    // Only a form of its own can do harm elsewhere. Salesforce has this document under a name of its own.
    if owner.is_none() && profile.writing.members.form == MemberForm::Wrapped {
        let is_there = match session.client.documents("ServiceProviderConfigs").await {
            Ok(documents) => !documents.is_empty(),
            Err(error) if is_status(&error, &[400, 403, 404, 405, 501]) => false,
            Err(error) => return Err(translate("Checking the provider before the first change", error)),
        };
        if !is_there {
            return Err(wrong(session, "it has no /ServiceProviderConfigs, as Salesforce has"));
        }
    }
    *is_checked = true;
    Ok(())
}

fn wrong(session: &Session, why: &str) -> Failure {
    refuse(own::WRONG_PROVIDER, "", &[("subject", session.config.profile.name.as_str()), ("problem", why)])
}
