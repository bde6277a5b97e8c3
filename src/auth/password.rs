//! The `password` grant: a user's name and password ([RFC 6749, 4.3]).
//!
//! Salesforce wants its security token right after the password, in the same field, from networks that it does not know.
//!
//! [RFC 6749, 4.3]: https://www.rfc-editor.org/rfc/rfc6749#section-4.3

use super::token_request::Form;
use crate::config::Password;
use secrecy::{ExposeSecret, SecretString};

pub(super) fn form(user: &Password) -> Form {
    let security_token = user.security_token.as_ref().map_or("", ExposeSecret::expose_secret);
    let password = SecretString::from(format!("{}{security_token}", user.password.expose_secret()));
    Form::new("password").field("username", &user.username).secret("password", password)
}
