//! What hooks and commands of a fork work with: which command it is, the source's settings, and its provider.

use super::Scim;
use crate::connector::error::{own, refuse};
use crate::connector::session::Session;
use crate::connector::writer::secrets_in;
use crate::protocol::Failure;
use crate::secret::is_secret_name;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, PoisonError};

/// One command under way, as a fork's code sees it. Cheap to clone.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    command: String,
    session: Arc<Session>,
    settings: Map<String, Value>,
    is_dry: bool,
    /// What would have been sent in a dry run.
    shown: Mutex<Vec<Value>>,
    /// What no message may hold.
    secrets: Mutex<Vec<SecretString>>,
}

impl Context {
    pub(in crate::connector) fn new(
        command: &str,
        session: Arc<Session>,
        settings: Map<String, Value>,
        input: &Map<String, Value>,
    ) -> Self {
        let secrets = secrets_in(Value::Object(settings.clone()));
        let context = Self(Arc::new(Inner {
            command: command.to_owned(),
            session,
            settings,
            is_dry: input.get("dryRun") == Some(&Value::Bool(true)),
            shown: Mutex::default(),
            secrets: Mutex::new(secrets),
        }));
        context.hide(Value::Object(input.clone()));
        context
    }

    /// The command's name: `std:account:create`.
    pub fn command(&self) -> &str {
        &self.0.command
    }

    /// A setting of the source as it came, a fork's own ones among them. `None` where it is not set, and for secrets, which
    /// [`Context::secret`] gives. Booleans and numbers may have come as texts.
    pub fn setting(&self, key: &str) -> Option<&Value> {
        self.0.settings.get(key).filter(|value| !value.is_null() && !is_secret_name(key))
    }

    /// A setting that is secret, or any other one that is a text, in a type that shows it to no log.
    pub fn secret(&self, key: &str) -> Option<SecretString> {
        self.0.settings.get(key)?.as_str().map(SecretString::from)
    }

    /// The failure of a command whose settings cannot be used: names the setting, and what would be right ("must be the name
    /// of a region").
    pub fn invalid_setting(&self, key: &str, must: &str) -> Failure {
        refuse(own::INVALID_CONFIGURATION, "", &[("problem", &format!("{key} {must}"))])
    }

    /// Whether nothing that writes may be sent: it is only to be shown. [`Scim::send`] goes by it.
    pub fn is_dry_run(&self) -> bool {
        self.0.is_dry
    }

    /// The source's provider, asked as the connector itself asks it.
    pub fn scim(&self) -> Scim<'_> {
        Scim::new(self)
    }

    pub(in crate::connector) fn session(&self) -> &Arc<Session> {
        &self.0.session
    }

    /// Keeps the secrets of an input out of what is said of failures.
    pub(in crate::connector) fn hide(&self, input: Value) {
        self.0.secrets.lock().unwrap_or_else(PoisonError::into_inner).extend(secrets_in(input));
    }

    pub(in crate::connector) fn secrets(&self) -> Vec<SecretString> {
        self.0.secrets.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps a request of a dry run for its results.
    pub(super) fn show(&self, request: Vec<Value>) {
        self.0.shown.lock().unwrap_or_else(PoisonError::into_inner).extend(request);
    }

    pub(in crate::connector) fn take_shown(&self) -> Vec<Value> {
        std::mem::take(&mut *self.0.shown.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
