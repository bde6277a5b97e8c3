//! Requests that write: sent, or only shown.

use super::session::Session;
use crate::scim;
use crate::secret::{self, REDACTED, is_secret_name};
use crate::transport::{Fault, Request};
use secrecy::SecretString;
use serde_json::{Map, Value, json};

/// Sends requests that write; in a dry run it keeps them instead.
pub struct Writer<'a> {
    session: &'a Session,
    shown: Option<Vec<Value>>,
}

impl<'a> Writer<'a> {
    pub fn new(session: &'a Session, is_dry: bool) -> Self {
        Self { session, shown: is_dry.then(Vec::new) }
    }

    pub fn is_dry(&self) -> bool {
        self.shown.is_some()
    }

    /// What the provider answered; `null` for an empty answer and in a dry run.
    pub async fn send(&mut self, request: Request) -> Result<Value, scim::Error> {
        match &mut self.shown {
            None => {
                let body = request.body.clone().unwrap_or_default();
                self.session.client.send(request).await.map_err(|error| without_secrets(error, &body))
            }
            Some(shown) => {
                shown.push(show(&request));
                Ok(Value::Null)
            }
        }
    }

    /// The same for a change that is read back afterwards. The provider took it: an answer that cannot be read is no failure
    /// of the change.
    pub async fn send_and_look(&mut self, request: Request) -> Result<Value, scim::Error> {
        match self.send(request).await {
            Err(error @ scim::Error::Unreadable { .. }) => {
                tracing::warn!(%error, "the provider took a change, and its answer cannot be read");
                Ok(Value::Null)
            }
            answered => answered,
        }
    }

    /// The requests of a dry run, in their order.
    pub fn into_shown(self) -> Vec<Value> {
        self.shown.unwrap_or_default()
    }
}

/// A request as a person is shown it: what it does, without headers and secrets.
fn show(request: &Request) -> Value {
    let mut shown = Map::new();
    shown.insert("method".to_owned(), request.method.as_str().into());
    shown.insert("url".to_owned(), request.url.as_str().into());
    if let Some(body) = &request.body {
        let mut body = serde_json::from_slice(body).unwrap_or(Value::Null);
        hide(&mut body, &mut Vec::new());
        shown.insert("body".to_owned(), body);
    }
    Value::Object(shown)
}

/// Takes what was sent as a secret out of an answer that repeats it: here, while it is still whole.
fn without_secrets(mut error: scim::Error, sent: &[u8]) -> scim::Error {
    let secrets = secrets_in(serde_json::from_slice(sent).unwrap_or_default());
    match &mut error {
        scim::Error::Send(error) => {
            if let Fault::Status(failed) | Fault::WaitTooLong(_, failed) = &mut error.fault {
                failed.hide(&secrets);
            }
        }
        scim::Error::Unreadable { excerpt, .. } => *excerpt = secret::redact(excerpt, &secrets).into_owned(),
        _ => {}
    }
    error
}

/// The secrets of a request's body or of a command's input: new passwords.
pub fn secrets_in(mut value: Value) -> Vec<SecretString> {
    let mut secrets = Vec::new();
    hide(&mut value, &mut secrets);
    secrets.into_iter().map(SecretString::from).collect()
}

/// Takes out the values of secret members, and what is written under a secret path or attribute; they go into `hidden`.
fn hide(value: &mut Value, hidden: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            let names = |name| members.get(name).and_then(Value::as_str).is_some_and(is_secret_name);
            let is_secret = names("path") || names("attribute");
            for (name, value) in members {
                if is_secret_name(name) || (is_secret && name == "value") {
                    match std::mem::replace(value, json!(REDACTED)) {
                        Value::String(text) => hidden.push(text),
                        // A list of one stands for its element.
                        Value::Array(texts) => hidden.extend(texts.iter().filter_map(Value::as_str).map(str::to_owned)),
                        _ => {}
                    }
                } else {
                    hide(value, hidden);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| hide(value, hidden)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Request;
    use bytes::Bytes;
    use http::Method;

    #[test]
    fn a_secret_may_come_as_a_list_of_one() {
        let input = json!({"attributes": {"password": ["hunter22"]}, "changes": [
            {"op": "Set", "attribute": "password", "value": ["hunter33"]}, {"op": "Set", "attribute": "title", "value": "Ms"}]});
        let secrets = secrets_in(input);
        assert_eq!(secret::redact("hunter22 hunter33 Ms", &secrets), "[redacted] [redacted] Ms");
    }

    #[test]
    fn a_shown_request_has_no_secret() {
        let body = json!({"userName": "ada", "password": "hunter22", "Operations": [
            {"op": "replace", "path": "password", "value": "hunter22"},
            {"op": "replace", "value": {"Password": "hunter22", "title": "Ms"}},
        ]});
        let request = Request {
            method: Method::POST,
            body: Some(Bytes::from(body.to_string())),
            ..Request::get("https://scim.example/Users".parse().unwrap())
        };
        insta::assert_snapshot!(show(&request), @r#"{"method":"POST","url":"https://scim.example/Users","body":{"userName":"ada","password":"[redacted]","Operations":[{"op":"replace","path":"password","value":"[redacted]"},{"op":"replace","value":{"Password":"[redacted]","title":"Ms"}}]}}"#);
    }
}
