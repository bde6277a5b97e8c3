//! The `client_credentials` grant: the client shows who it is, and nothing more ([RFC 6749, 4.4]).
//!
//! [RFC 6749, 4.4]: https://www.rfc-editor.org/rfc/rfc6749#section-4.4

use super::token_request::Form;

pub(super) fn form() -> Form {
    Form::new("client_credentials")
}
