//! Whether the token endpoint lets a user in: the `password` grant with the user's own name and password, and the source's
//! client. The token that it gives is dropped at once: it is the proof, and nothing else.
//!
//! Neither the source's own token nor its pauses after failures have anything to do with it.

use super::error::AuthError;
use super::fetcher::Fetcher;
use super::{password, token_request};
use crate::config::{Grant, OAuth, Password};
use crate::transport::Call;
use secrecy::SecretString;

impl Fetcher {
    /// # Errors
    /// Why the user is not let in, or could not be asked for.
    pub(super) async fn sign_in(&self, username: &str, own: &SecretString, call: Call) -> Result<(), AuthError> {
        let user = Password { username: username.to_owned(), password: own.clone(), security_token: None };
        // A second attempt may count as a second failure, and lock the user out.
        let form = password::form(&user).once();
        let oauth = OAuth { grant: Grant::Password(user), ..self.oauth().clone() };
        let answer = token_request::send(&oauth, form, &self.transport_for(call), self.clock()).await;
        answer.map(drop).map_err(|failed| failed.error)
    }
}
