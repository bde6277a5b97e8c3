//! The settings by which tokens are fetched: the client, the token endpoint, and what each grant needs.

use super::private_key::PrivateKey;
use crate::config::reader::Reader;
use crate::scim::provider::Profile;
use secrecy::{ExposeSecret as _, SecretString};
use std::time::Duration;
use url::Url;

/// How tokens are fetched.
#[derive(Debug, Clone)]
pub struct OAuth {
    pub token_url: Url,
    pub client: Client,
    pub scope: Option<String>,
    pub grant: Grant,
    /// How long a token lives where the answer only says when it was issued.
    pub token_lifetime: Duration,
}

/// The client as the token endpoint knows it.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    /// `None` for a public client, and for one that signs.
    pub secret: Option<SecretString>,
    pub authentication: ClientAuthentication,
}

/// Where the client's id and secret stand in a token request (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuthentication {
    #[default]
    Body,
    Header,
}

/// What a token is fetched with.
#[derive(Debug, Clone)]
pub enum Grant {
    /// The client's own credentials (RFC 6749 §4.4).
    ClientCredentials,
    /// A user's password (RFC 6749 §4.3).
    Password(Password),
    /// A refresh token (RFC 6749 §6).
    RefreshToken(SecretString),
    /// An assertion that the client signs (RFC 7523 §2.1).
    JwtBearer(JwtBearer),
}

/// A user, as the password grant needs it.
#[derive(Debug, Clone)]
pub struct Password {
    pub username: String,
    pub password: SecretString,
    /// What Salesforce wants after the password, from networks that it does not know.
    pub security_token: Option<SecretString>,
}

/// What an assertion says, and the key that signs it.
#[derive(Debug, Clone)]
pub struct JwtBearer {
    pub key: PrivateKey,
    /// The user that the connector acts as (`sub`).
    pub subject: String,
    /// For whom it is made out (`aud`).
    pub audience: String,
}

impl OAuth {
    /// As whom the client acts, where the settings say so.
    pub fn user(&self) -> Option<&str> {
        match &self.grant {
            Grant::Password(password) => Some(&password.username),
            Grant::JwtBearer(assertion) => Some(&assertion.subject),
            Grant::ClientCredentials | Grant::RefreshToken(_) => None,
        }
    }

    /// All secrets among the settings.
    pub fn secrets(&self) -> Vec<SecretString> {
        let mut secrets: Vec<SecretString> = self.client.secret.iter().cloned().collect();
        match &self.grant {
            Grant::ClientCredentials => {}
            Grant::Password(user) => {
                secrets.push(user.password.clone());
                secrets.extend(user.security_token.clone());
            }
            Grant::RefreshToken(token) => secrets.push(token.clone()),
            Grant::JwtBearer(jwt) => secrets.push(jwt.key.pem().clone()),
        }
        secrets
    }
}

#[derive(Clone, Copy, PartialEq)]
enum GrantType {
    ClientCredentials,
    Password,
    RefreshToken,
    JwtBearer,
}

const GRANTS: &[(&str, GrantType)] = &[
    ("clientCredentials", GrantType::ClientCredentials),
    ("password", GrantType::Password),
    ("refreshToken", GrantType::RefreshToken),
    ("jwtBearer", GrantType::JwtBearer),
];

/// `None` where there is a problem, which is reported.
pub(super) fn read(reader: &mut Reader<'_>, base_url: Option<&Url>, profile: &Profile) -> Option<OAuth> {
    let grant = grant_type(reader);
    let fixed = profile.token_path.as_deref().and_then(|path| base_url?.join(path).ok());
    let token_url = match fixed {
        Some(fixed) if reader.value("tokenUrl").is_none() => Some(fixed),
        _ => reader.url("tokenUrl", "the URL of the OAuth 2 token endpoint"),
    };
    let client_id = reader.required_text("clientId", "the OAuth client's id");
    let client_secret = match grant {
        Some(GrantType::ClientCredentials) => reader.required_secret("clientSecret", "the OAuth client's secret"),
        _ => reader.secret("clientSecret"),
    };
    let ways = [("body", ClientAuthentication::Body), ("header", ClientAuthentication::Header)];
    let authentication = reader.choice("clientAuthentication", &ways).unwrap_or_default();
    let scope = reader.text("scope");
    let lifetime = reader.whole("tokenLifetimeSeconds", 60..=31_536_000).unwrap_or(7_200);
    let grant = match grant? {
        GrantType::ClientCredentials => Some(Grant::ClientCredentials),
        GrantType::Password => password(reader),
        GrantType::RefreshToken => reader
            .required_secret("refreshToken", "the refresh token that the provider gave out when the app was authorized")
            .map(Grant::RefreshToken),
        GrantType::JwtBearer => jwt_bearer(reader, token_url.as_ref(), profile),
    };
    Some(OAuth {
        token_url: token_url?,
        client: Client { id: client_id?, secret: client_secret, authentication },
        scope,
        grant: grant?,
        token_lifetime: Duration::from_secs(lifetime.into()),
    })
}

/// `None` for a word that is none of them.
fn grant_type(reader: &mut Reader<'_>) -> Option<GrantType> {
    if reader.value("grantType").is_some() {
        return reader.choice("grantType", GRANTS);
    }
    // A guess would leave out what was meant to be used.
    for (key, wanted) in [("refreshToken", "refreshToken"), ("privateKey", "jwtBearer")] {
        if reader.value(key).is_some() {
            let says = format!("is missing, while {key} is set: it must be {wanted} if that {key} is to be used");
            reader.problem("grantType", says);
            return None;
        }
    }
    Some(GrantType::ClientCredentials)
}

fn password(reader: &mut Reader<'_>) -> Option<Grant> {
    let username = reader.required_text("username", "the name of the user that the connector signs in as");
    let password = reader.required_secret("password", "that user's password");
    let security_token = reader.secret("securityToken");
    Some(Grant::Password(Password { username: username?, password: password?, security_token }))
}

fn jwt_bearer(reader: &mut Reader<'_>, token_url: Option<&Url>, profile: &Profile) -> Option<Grant> {
    let key = reader.required_secret("privateKey", "the RSA private key in PEM form that signs for the OAuth client");
    let key = key.and_then(|key| match PrivateKey::parse(key.expose_secret()) {
        Ok(key) => Some(key),
        Err(problem) => {
            reader.problem("privateKey", problem.to_string());
            None
        }
    });
    let subject = reader.required_text("jwtSubject", "the name of the user that the connector acts as");
    let audience = reader.text("jwtAudience");
    let audience = audience.or_else(|| {
        let token_url = token_url?;
        let known = profile.assertion_audience(token_url.host_str().unwrap_or_default());
        Some(known.map_or_else(|| token_url.to_string(), str::to_owned))
    });
    Some(Grant::JwtBearer(JwtBearer { key: key?, subject: subject?, audience: audience? }))
}
