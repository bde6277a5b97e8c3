//! The grants of the token endpoint, as Salesforce documents its own: client credentials, user name and password, refresh
//! token, JWT bearer. Each says whether there is a token, in Salesforce's errors.

use super::App;
use super::oauth::{Asked, refusal};
use crate::sandbox::dialect::Dialect;
use crate::sandbox::errors::Refusal;
use crate::sandbox::tokens::Refreshed;
use crate::sandbox::{CLIENT_ID, CLIENT_SECRET, PASSWORD, SECURITY_TOKEN, USER_NAME};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;

/// A refresh token that comes beside the access token, in the place of the one that was used.
type Beside = Option<String>;

pub(super) fn grant(app: &App, asked: &Asked<'_>) -> Result<Beside, Refusal> {
    match asked.field("grant_type").as_deref() {
        Some("client_credentials") => client(asked, Secret::Required).map(|()| None),
        Some("password") => password(app, asked),
        Some("refresh_token") => refresh_token(app, asked),
        Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => assertion(app, asked),
        _ => Err(refusal("unsupported_grant_type", "grant type not supported")),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Secret {
    Required,
    /// An app may be set up so that its secret is not needed; one that comes must be right all the same.
    Optional,
}

fn client(asked: &Asked<'_>, secret: Secret) -> Result<(), Refusal> {
    let (id, given) = asked.client();
    if id.is_none() || (given.is_none() && secret == Secret::Required) {
        return Err(refusal("invalid_request", "client credentials are missing"));
    }
    if id.as_deref() != Some(CLIENT_ID) {
        return Err(refusal("invalid_client_id", "client identifier invalid"));
    }
    if given.is_some_and(|given| given != CLIENT_SECRET) {
        return Err(refusal("invalid_client", "invalid client credentials"));
    }
    Ok(())
}

/// The security token stands right after the password. Without one Salesforce lets in only whom it knows by the network,
/// and this machine's is known.
///
/// Besides the administrator it is each user, who has the administrator's password until another is set.
fn password(app: &App, asked: &Asked<'_>) -> Result<Beside, Refusal> {
    client(asked, Secret::Required)?;
    let password = asked.field("password").unwrap_or_default();
    let without_token = password.strip_suffix(SECURITY_TOKEN).unwrap_or(&password);
    let user_name = asked.field("username").unwrap_or_default();
    let is_active = match user_name.as_str() {
        USER_NAME => (without_token == PASSWORD).then_some(true),
        other => app.store.view().signs_in(other, without_token, PASSWORD),
    };
    match is_active {
        Some(true) => Ok(None),
        Some(false) => Err(refusal("inactive_user", "user is inactive")),
        None => Err(refusal("invalid_grant", "authentication failure")),
    }
}

fn refresh_token(app: &App, asked: &Asked<'_>) -> Result<Beside, Refusal> {
    client(asked, Secret::Optional)?;
    let token = asked.field("refresh_token").unwrap_or_default();
    match app.tokens.refresh(&token, app.options.rotates_refresh_tokens).map_err(|_| Refusal::internal())? {
        Refreshed::Same => Ok(None),
        Refreshed::Replaced(new) => Ok(Some(new)),
        Refreshed::Refused => Err(refusal("invalid_grant", "expired access/refresh token")),
    }
}

/// What an assertion must say (RFC 7523 §3).
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: i64,
}

fn assertion(app: &App, asked: &Asked<'_>) -> Result<Beside, Refusal> {
    let invalid = |description| Err(refusal("invalid_grant", description));
    let Some(claims) = asked.field("assertion").and_then(|assertion| signed_claims(app, &assertion)) else {
        return invalid("invalid assertion");
    };
    if claims.iss != CLIENT_ID {
        return Err(refusal("invalid_client_id", "client identifier invalid"));
    }
    if claims.sub != USER_NAME {
        return invalid("user hasn't approved this consumer");
    }
    let is_audience = match app.options.dialect {
        Dialect::Salesforce => SALESFORCE_AUDIENCES.contains(&claims.aud.as_str()),
        Dialect::Rfc => claims.aud == app.token_url(),
    };
    if !is_audience {
        return invalid("audience is invalid");
    }
    let seconds_left = claims.exp.saturating_sub(app.clock.now().timestamp());
    if !(1..=LONGEST_ASSERTION).contains(&seconds_left) {
        return invalid("assertion has expired, or lasts longer than three minutes");
    }
    Ok(None)
}

/// What the assertion says, if the client's key has signed it.
fn signed_claims(app: &App, assertion: &str) -> Option<Claims> {
    let key = DecodingKey::from_rsa_der(app.options.assertion_key.as_deref()?);
    let mut validation = Validation::new(Algorithm::RS256);
    // The machine's clock is not the sandbox's, and each claim has an error of its own.
    (validation.validate_exp, validation.validate_aud) = (false, false);
    validation.required_spec_claims.clear();
    jsonwebtoken::decode(assertion, &key, &validation).ok().map(|decoded| decoded.claims)
}

const SALESFORCE_AUDIENCES: [&str; 2] = ["https://login.salesforce.com", "https://test.salesforce.com"];
/// In seconds.
const LONGEST_ASSERTION: i64 = 180;
