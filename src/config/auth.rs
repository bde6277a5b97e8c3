//! The settings that say how requests are authorized.

use super::reader::{PLACEHOLDER, Reader};
use crate::scim::provider::Profile;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use std::time::Duration;
use url::Url;

/// How requests are authorized.
#[derive(Debug, Clone)]
pub enum AuthSettings {
    None,
    /// A token that does not change.
    Bearer {
        token: SecretString,
    },
    /// By a token fetched with the client's own credentials (RFC 6749 §4.4).
    ClientCredentials(ClientCredentials),
}

impl AuthSettings {
    /// The name by which the provider knows this client; empty where there is none.
    pub fn client(&self) -> &str {
        match self {
            Self::ClientCredentials(client) => &client.client_id,
            Self::None | Self::Bearer { .. } => "",
        }
    }

    /// The secret that these settings hold.
    pub fn secret(&self) -> Option<&SecretString> {
        match self {
            Self::None => None,
            Self::Bearer { token } => Some(token),
            Self::ClientCredentials(client) => Some(&client.client_secret),
        }
    }
}

/// What the `client_credentials` grant needs.
#[derive(Debug, Clone)]
pub struct ClientCredentials {
    pub token_url: Url,
    pub client_id: String,
    pub client_secret: SecretString,
    pub scope: Option<String>,
    pub authentication: ClientAuthentication,
    /// How long a token lives where the answer only says when it was issued.
    pub token_lifetime: Duration,
}

/// Where the client's id and secret stand in a token request (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClientAuthentication {
    #[default]
    Body,
    Header,
}

#[derive(Clone, Copy)]
enum AuthType {
    OAuth2,
    BearerToken,
    None,
}

/// A problem leaves a stand-in, which is not given out, since the problem is reported.
pub(super) fn read(reader: &mut Reader<'_>, base_url: Option<&Url>, profile: &Profile) -> AuthSettings {
    let types = [("oauth2", AuthType::OAuth2), ("bearerToken", AuthType::BearerToken), ("none", AuthType::None)];
    let chosen = match reader.choice("authType", &types) {
        Some(chosen) => chosen,
        // A wrong word is the problem; what a guess would need on top is none.
        None if reader.value("authType").is_some() => AuthType::None,
        // A guess would send the wrong one of two secrets.
        None if reader.value("token").is_some() => {
            reader.problem(
                "authType",
                "is missing, while token is set: it must be bearerToken if that token is to be used",
            );
            AuthType::None
        }
        None => AuthType::OAuth2,
    };
    match chosen {
        AuthType::None => AuthSettings::None,
        AuthType::BearerToken => AuthSettings::Bearer { token: token(reader) },
        AuthType::OAuth2 => client_credentials(reader, base_url, profile),
    }
}

fn token(reader: &mut Reader<'_>) -> SecretString {
    let token = reader.required_secret("token", "the token that the provider's administrator made").unwrap_or_default();
    // A token has no spaces (RFC 6750 §2.1): what stands before one is the scheme, copied along.
    if token.expose_secret().trim().contains(' ') {
        reader.problem("token", "must be the token alone, without \"Bearer\" or anything else before it");
    }
    token
}

fn client_credentials(reader: &mut Reader<'_>, base_url: Option<&Url>, profile: &Profile) -> AuthSettings {
    reader.choice("grantType", &[("clientCredentials", ())]);
    let fixed = profile.token_path.and_then(|path| base_url?.join(path).ok());
    let token_url = match fixed {
        Some(fixed) if reader.value("tokenUrl").is_none() => Some(fixed),
        _ => reader.url("tokenUrl", "the URL of the OAuth 2 token endpoint"),
    };
    let ways = [("body", ClientAuthentication::Body), ("header", ClientAuthentication::Header)];
    AuthSettings::ClientCredentials(ClientCredentials {
        token_url: token_url.unwrap_or_else(|| PLACEHOLDER.clone()),
        client_id: reader.required_text("clientId", "the OAuth client's id").unwrap_or_default(),
        client_secret: reader.required_secret("clientSecret", "the OAuth client's secret").unwrap_or_default(),
        scope: reader.text("scope"),
        authentication: reader.choice("clientAuthentication", &ways).unwrap_or(ClientAuthentication::Body),
        token_lifetime: Duration::from_secs(
            reader.whole("tokenLifetimeSeconds", 60..=31_536_000).unwrap_or(7_200).into(),
        ),
    })
}

/// Headers that belong to the connection or to the authentication.
const RESERVED: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// Headers by which the connector says what it sends and what it reads.
const OWN: &[&str] = &["accept", "accept-encoding", "content-type"];

/// `customHeaders`: `[{"key": …, "value": …}]`, or an object of names and values.
pub(super) fn custom_headers(reader: &mut Reader<'_>) -> Vec<(String, SecretString)> {
    const KEY: &str = "customHeaders";
    let pairs: Vec<(Option<&str>, Option<&str>)> = match reader.value(KEY) {
        None => return Vec::new(),
        Some(Value::Array(pairs)) => pairs
            .iter()
            .map(|pair| (pair.get("key").and_then(Value::as_str), pair.get("value").and_then(Value::as_str)))
            .collect(),
        Some(Value::Object(members)) => {
            members.iter().map(|(name, value)| (Some(name.as_str()), value.as_str())).collect()
        }
        Some(_) => {
            reader.problem(KEY, "must be a list of pairs {\"key\": name, \"value\": text}");
            return Vec::new();
        }
    };
    let authorizes = !matches!(reader.value("authType").and_then(Value::as_str), Some("none"));
    let mut headers = Vec::new();
    for (name, value) in pairs {
        let (Some(name), Some(value)) = (name.map(str::trim).filter(|name| !name.is_empty()), value) else {
            reader.problem(KEY, "must be a list of pairs {\"key\": name, \"value\": text}");
            continue;
        };
        let lower = name.to_ascii_lowercase();
        if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
            reader.problem(KEY, format!("has \"{name}\", which is no header name"));
        } else if http::HeaderValue::from_str(value).is_err() {
            reader.problem(KEY, format!("has a value for {name} that no header can have (a line break?)"));
        } else if RESERVED.contains(&lower.as_str()) {
            reader.problem(KEY, format!("must not have {name}: the connection sets it"));
        } else if OWN.contains(&lower.as_str()) {
            reader.problem(KEY, format!("must not have {name}: the connector sets it to what it can read and write"));
        } else if lower == "authorization" && authorizes {
            reader.problem(KEY, "must not have Authorization unless authType is none: authType sets it");
        } else {
            headers.push((lower, value.into()));
        }
    }
    headers
}
