//! The settings that say how requests are authorized. `fixed` reads those that become one header, `oauth` those by which
//! tokens are fetched, `private_key` the key that signs.

mod fixed;
mod oauth;
mod private_key;

use super::reader::Reader;
use crate::scim::provider::Profile;
pub use fixed::FixedHeader;
pub use oauth::{Client, ClientAuthentication, Grant, JwtBearer, OAuth, Password};
pub use private_key::{InvalidKey, PrivateKey};
use secrecy::SecretString;
use url::Url;

/// How requests are authorized.
#[derive(Debug, Clone)]
pub enum AuthSettings {
    None,
    /// By a header that does not change: a bearer token, Basic, an API key.
    Fixed(FixedHeader),
    /// By a token that is fetched (RFC 6749).
    OAuth(Box<OAuth>),
}

impl AuthSettings {
    /// The name by which the provider knows this client; empty where there is none.
    pub fn client(&self) -> &str {
        match self {
            Self::None => "",
            Self::Fixed(fixed) => &fixed.client,
            Self::OAuth(oauth) => &oauth.client.id,
        }
    }

    /// As whom the client acts, where the settings say so.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::OAuth(oauth) => oauth.user(),
            Self::None | Self::Fixed(_) => None,
        }
    }

    /// All secrets that these settings hold.
    pub fn secrets(&self) -> Vec<SecretString> {
        match self {
            Self::None => Vec::new(),
            Self::Fixed(fixed) => fixed.secrets.clone(),
            Self::OAuth(oauth) => oauth.secrets(),
        }
    }

    /// The refresh token, where tokens are fetched with one.
    pub fn refresh_token(&self) -> Option<&SecretString> {
        match self {
            Self::OAuth(oauth) => match &oauth.grant {
                Grant::RefreshToken(token) => Some(token),
                Grant::ClientCredentials | Grant::Password(_) | Grant::JwtBearer(_) => None,
            },
            Self::None | Self::Fixed(_) => None,
        }
    }

    /// Where tokens are fetched, if they are.
    pub fn token_url(&self) -> Option<&Url> {
        match self {
            Self::None | Self::Fixed(_) => None,
            Self::OAuth(oauth) => Some(&oauth.token_url),
        }
    }
}

#[derive(Clone, Copy)]
enum AuthType {
    OAuth2,
    BearerToken,
    Basic,
    ApiKey,
    None,
}

const TYPES: &[(&str, AuthType)] = &[
    ("oauth2", AuthType::OAuth2),
    ("bearerToken", AuthType::BearerToken),
    ("basic", AuthType::Basic),
    ("apiKey", AuthType::ApiKey),
    ("none", AuthType::None),
];

/// A problem leaves a stand-in, which is not given out, since the problem is reported.
pub(super) fn read(reader: &mut Reader<'_>, base_url: Option<&Url>, profile: &Profile) -> AuthSettings {
    let fixed = match auth_type(reader) {
        AuthType::None => None,
        AuthType::BearerToken => fixed::bearer(reader),
        AuthType::Basic => fixed::basic(reader),
        AuthType::ApiKey => fixed::api_key(reader),
        AuthType::OAuth2 => {
            return oauth::read(reader, base_url, profile)
                .map_or(AuthSettings::None, |oauth| AuthSettings::OAuth(Box::new(oauth)));
        }
    };
    fixed.map_or(AuthSettings::None, AuthSettings::Fixed)
}

fn auth_type(reader: &mut Reader<'_>) -> AuthType {
    if let Some(chosen) = reader.choice("authType", TYPES) {
        return chosen;
    }
    // A wrong word is the problem; what a guess would need on top is none.
    if reader.value("authType").is_some() {
        return AuthType::None;
    }
    // A guess would send the wrong one of two secrets.
    for (key, wanted) in [("token", "bearerToken"), ("apiKey", "apiKey")] {
        if reader.value(key).is_some() {
            let says = format!("is missing, while {key} is set: it must be {wanted} if that {key} is to be used");
            reader.problem("authType", says);
            return AuthType::None;
        }
    }
    AuthType::OAuth2
}

#[cfg(test)]
mod tests;
