//! `std:authenticate`: whether a user's own password is right, and the user's account.
//!
//! The proof is a token that the provider's token endpoint gives for just this user name and password; nothing else is done
//! with it. The account is then looked up by user name alone, with the source's own credentials, which prove nothing.

use super::error::{Entry, own, refuse, translate_auth, with_findings};
use super::groups::account;
use super::lookup::users_named;
use super::session::Session;
use crate::auth::AuthError;
use crate::mapping::Account;
use crate::protocol::{Authenticate, Failure};
use crate::scim::resource;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::sync::Arc;

/// OAuth's codes for a user who is not let in (RFC 6749 §5.2, `OpenID` Connect Core §3.1.2.6, Salesforce, Auth0).
const OF_USERS: &[&str] =
    &["invalid_grant", "access_denied", "inactive_user", "interaction_required", "login_required", "mfa_required"];

/// OAuth's codes for a client that may not ask (RFC 6749 §5.2).
const OF_CLIENTS: &[&str] = &["unauthorized_client", "unsupported_grant_type"];

/// Why a user is not let in, by what providers say of it, in small letters; the first that fits. Numbers are Entra's.
const REASONS: &[(&[&str], &Entry)] = &[
    (&["locked", "lockout", "too many", "aadsts50053"], own::SIGN_IN_LOCKED),
    (&["inactive", "disabled", "deactivated", "suspended", "aadsts50057"], own::SIGN_IN_INACTIVE),
    (&["expired", "must change", "must be changed", "not fully set up", "aadsts50055"], own::SIGN_IN_EXPIRED),
    (
        &["mfa", "multi-factor", "multifactor", "second factor", "interaction_required", "aadsts50076", "aadsts50079"],
        own::SIGN_IN_SECOND_FACTOR,
    ),
    (&["ip restricted", "login hours"], own::SIGN_IN_RESTRICTED),
];

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Account, Failure> {
    let Authenticate { username, password, schema } = Authenticate::parse(&input)?;
    let doing = format!("Signing in {username}");
    match sign_in(&session, &username, &password, &doing).await? {
        Ok(()) => {}
        Err(error) => return Err(refused(&session, error, &doing)),
    }
    check_strangers(&session, &username, &doing).await?;
    let found = users_named(&session, &username, &doing).await?;
    // Where the case of letters tells names apart, the very name counts.
    let is_same =
        |user: &&Value| resource::get(*user, "userName").and_then(resource::text).is_some_and(|name| name == username);
    let user = match found.as_slice() {
        [user] => user,
        several => several.iter().find(is_same).ok_or_else(|| refuse(own::SIGN_IN_NO_ACCOUNT, &doing, &[]))?,
    };
    let account = account(&session, user, schema.as_ref(), &doing).await?;
    match (account.disabled, account.locked) {
        (true, _) => Err(refuse(own::SIGN_IN_INACTIVE, &doing, &[])),
        (_, true) => Err(refuse(own::SIGN_IN_LOCKED, &doing, &[])),
        (false, false) => Ok(account),
    }
}

/// What the token endpoint says.
///
/// # Errors
/// When there is none.
async fn sign_in(
    session: &Session,
    username: &str,
    password: &SecretString,
    doing: &str,
) -> Result<Result<(), AuthError>, Failure> {
    let answer = session.source.auth.sign_in(username, password, session.call.clone()).await;
    answer.ok_or_else(|| refuse(own::NO_TOKEN_ENDPOINT, doing, &[]))
}

/// A token endpoint that does not look at the user, or not at the password, would let everybody in. So, once a source, one is
/// asked for whom nobody can know, and the user with a password that nobody has.
async fn check_strangers(session: &Session, username: &str, doing: &str) -> Result<(), Failure> {
    let mut refuses = session.source.refuses_strangers.lock().await;
    if *refuses {
        return Ok(());
    }
    for name in [format!("{}@stranger.invalid", random()?), username.to_owned()] {
        match sign_in(session, &name, &SecretString::from(random()?), doing).await? {
            // Not that it is asked too often, or has a fault.
            Err(AuthError::Refused { status: 400 | 401 | 403, .. }) => {}
            Ok(()) => return Err(refuse(own::TOKENS_FOR_ANYBODY, doing, &[])),
            Err(error) => return Err(translate_auth(doing, error, session.token_url())),
        }
    }
    *refuses = true;
    Ok(())
}

fn random() -> Result<String, Failure> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|cause| refuse(own::INTERNAL, "", &[]).caused_by(cause))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// The failure of a user who is not let in, told apart where the provider does; or of an endpoint that could not say.
fn refused(session: &Session, error: AuthError, doing: &str) -> Failure {
    let AuthError::Refused { status, error: Some(code), description, .. } = &error else {
        return translate_auth(doing, error, session.token_url());
    };
    let words = format!("{code} {}", description.as_deref().unwrap_or_default()).to_lowercase();
    let has = |known: &[&str]| known.iter().any(|known| code.eq_ignore_ascii_case(known));
    let entry = if has(OF_CLIENTS) {
        own::PASSWORD_GRANT_REFUSED
    } else if has(OF_USERS) {
        let reason = REASONS.iter().find(|(signs, _)| signs.iter().any(|sign| words.contains(sign)));
        reason.map_or(own::SIGN_IN_REFUSED, |(_, entry)| *entry)
    } else {
        return translate_auth(doing, error, session.token_url());
    };
    let said = description.as_ref().map(|said| format!("{said}; ")).unwrap_or_default();
    let said = format!("the token endpoint says {said}{code}; HTTP {status}");
    with_findings(refuse(entry, doing, &[]), &[said]).caused_by(error)
}
