//! `std:account:create`: one POST, then the account as read back.

use super::error::{invalid, translate};
use super::lookup::is_status;
use super::source::Source;
use crate::mapping::{Account, AccountMapper, Creation, CreationError};
use crate::protocol::{AccountCreate, Failure, Kind};
use crate::scim::provider::{Endpoint, PROFILE_KIND};
use crate::scim::{Query, Read, resource};
use futures::TryStreamExt as _;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tracing::Instrument as _;

/// The new account, and what did not become of it.
#[derive(Serialize)]
pub(super) struct Created {
    #[serde(flatten)]
    account: Account,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results: Vec<Value>,
}

pub(super) async fn run(source: Arc<Source>, input: Map<String, Value>) -> Result<Created, Failure> {
    // Once begun, it goes on to its end even if the caller goes away: half a creation helps nobody.
    let work = tokio::spawn(create(source, input).in_current_span());
    work.await
        .map_err(|cause| invalid(Kind::Generic, "INTERNAL", "The creation ended unexpectedly.").caused_by(cause))?
}

async fn create(source: Arc<Source>, input: Map<String, Value>) -> Result<Created, Failure> {
    let input = AccountCreate::parse(&input)?;
    let profile = source.config.profile;
    let creation = Creation::parse(&input.attributes, profile).map_err(unusable)?;
    let Some(user_name) = creation.user_name().map(str::to_owned) else {
        return Err(invalid(
            Kind::InvalidRequest,
            "INVALID_INPUT",
            "The command's input cannot be used: input.attributes.userName is missing: it must be the new account's user name.",
        ));
    };
    let doing = format!("Creating {user_name}");
    let profile_id = match &creation.profile {
        Some(name) => Some(profile_id(&source, name, &doing).await?),
        None => None,
    };
    let results = creation.groups.iter().map(|group| not_joined(group)).collect();
    let user = creation.into_user(profile_id, profile).map_err(unusable)?;
    let created = source.client.create(&profile.users, &user).await.map_err(|error| translate(&doing, error))?;
    let created = read_back(&source, created, &user_name).await?;
    // Who is new is in no group yet, but for those that the provider's answer names.
    let mapper = AccountMapper::new(profile, input.schema.as_ref());
    let account = mapper.map(&resource::id(&created).unwrap_or_default(), &created);
    Ok(Created { account, results })
}

/// The user as the provider has it now. The account exists by then, so what goes wrong here must not look like a refusal.
async fn read_back(source: &Source, created: Value, user_name: &str) -> Result<Value, Failure> {
    let Some(id) = resource::id(&created).map(String::from) else {
        let doing = format!("Creating {user_name}");
        return match super::lookup::find_user(source, user_name, &doing).await? {
            super::lookup::Lookup::Found(user) => Ok(user),
            super::lookup::Lookup::Absent => {
                let says = format!(
                    "Creating {user_name}: the provider reported success, but does not show the account. Aggregate the accounts before trying again."
                );
                Err(invalid(Kind::InvalidResponse, "OUTCOME_UNKNOWN", &says))
            }
        };
    };
    match source.client.read(&source.config.profile.users, &id).await {
        Ok(user) => Ok(user),
        // What the provider answered to the creation is the user too; some show it elsewhere only after a while.
        Err(error) if is_status(&error, &[404]) => Ok(created),
        Err(error) => {
            tracing::warn!(%error, "the new account could not be read back; what the provider answered to the creation is used");
            Ok(created)
        }
    }
}

/// The id of a profile that was asked for by name or id.
async fn profile_id(source: &Source, name: &str, doing: &str) -> Result<String, Failure> {
    let provider = source.config.profile;
    let is_id = matches!(name.len(), 15 | 18) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_id && provider.entitlement_kind(name) == Some(PROFILE_KIND) {
        return Ok(name.to_owned());
    }
    let Some(endpoint) = &provider.entitlements else { return Ok(name.to_owned()) };
    let profiles = profiles(source, endpoint, doing).await?;
    let named: Vec<&(String, String)> =
        profiles.iter().filter(|(_, display)| display.to_lowercase() == name.to_lowercase()).collect();
    match named.as_slice() {
        [(id, _)] => Ok(id.clone()),
        [] => {
            let known: Vec<&str> = profiles.iter().map(|(_, display)| display.as_str()).take(20).collect();
            let says = format!(
                "{doing} failed: there is no profile \"{name}\" at the provider. Those that exist are {}.",
                known.join(", ")
            );
            Err(invalid(Kind::InvalidRequest, "UNKNOWN_PROFILE", &says))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|(id, _)| id.as_str()).collect();
            let says = format!(
                "{doing} failed: several profiles are named \"{name}\". Give the id instead: {}.",
                ids.join(" or ")
            );
            Err(invalid(Kind::InvalidRequest, "AMBIGUOUS_PROFILE", &says))
        }
    }
}

/// The provider's profiles: ids and names.
async fn profiles(source: &Source, endpoint: &'static Endpoint, doing: &str) -> Result<Vec<(String, String)>, Failure> {
    let provider = source.config.profile;
    let read: Read<Option<(String, String)>> = Arc::new(move |found| {
        let id = resource::id(found)?.into_owned();
        let name = resource::text(resource::get(found, "displayName")?)?.into_owned();
        (provider.entitlement_kind(&id) == Some(PROFILE_KIND)).then_some((id, name))
    });
    let pages = source.client.list(endpoint, Query::default(), read);
    let pages: Vec<Vec<Option<(String, String)>>> =
        pages.try_collect().await.map_err(|error| translate(&format!("{doing} (reading the profiles)"), error))?;
    Ok(pages.into_iter().flatten().flatten().collect())
}

fn not_joined(group: &str) -> Value {
    let message = format!(
        "The account was created, but not added to the group {group}: this connector does not change group memberships."
    );
    json!({"attribute": "groups", "status": "error", "messages": [{"level": "ERROR", "message": message}]})
}

fn unusable(error: CreationError) -> Failure {
    invalid(Kind::InvalidRequest, "INVALID_INPUT", &format!("The command's input cannot be used: {error}."))
        .caused_by(error)
}
