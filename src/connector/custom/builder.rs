//! Gathers what a fork adds, and says all that is wrong with it at once.

use super::specification::Specification;
use super::{Attribute, Context, Custom, Hook, Hooks, Results};
use crate::config::KEYS;
use crate::connector::error::{self, Entry};
use crate::connector::{Connector, global_pool};
use crate::product::{self, Product};
use crate::protocol::{Command, Failure, Kind};
use crate::transport::NetworkPolicy;
use futures::FutureExt as _;
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;

/// A connector with what a fork adds to it. `run` is the whole program; [`Builder::build`] makes a connector for tests.
///
/// ```no_run
/// use scim_connector::{Command, Connector, Product, set_attribute};
/// use std::process::ExitCode;
///
/// fn main() -> ExitCode {
///     Connector::builder()
///         .product(Product::new(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")).title("ACME Connector"))
///         .before(Command::AccountCreate, async |_context, mut input| {
///             set_attribute(&mut input, "preferredLanguage", "en-GB");
///             Ok(input)
///         })
///         .run()
/// }
/// ```
#[derive(Default)]
#[must_use = "nothing happens before it is run"]
pub struct Builder {
    product: Option<Product>,
    specification: Option<String>,
    settings: Vec<Value>,
    attributes: Vec<Attribute>,
    /// The names of the profiles that are added.
    providers: Vec<String>,
    errors: Vec<&'static Entry>,
    custom: Custom,
    problems: Vec<String>,
}

impl Builder {
    /// What the program is called: in help texts, in the specification, in its environment variables, to providers. A process
    /// is one product.
    pub fn product(mut self, product: Product) -> Self {
        self.product = Some(product);
        self
    }

    /// A specification of the fork's own (the text of a `connector-spec.json`), in the place of the crate's. What else the
    /// fork adds is shown in it all the same.
    pub fn spec(mut self, json: impl Into<String>) -> Self {
        self.specification = Some(json.into());
        self
    }

    /// A setting of the fork's own: an item of the specification's form, shown in a menu with the product's title. Hooks and
    /// commands read it by [`Context::setting`] or [`Context::secret`].
    ///
    /// ```
    /// # use scim_connector::Connector;
    /// use serde_json::json;
    ///
    /// let builder = Connector::builder().setting(json!({"key": "region", "label": "Region", "type": "text"}));
    /// ```
    pub fn setting(mut self, item: Value) -> Self {
        match item.get("key").and_then(Value::as_str) {
            Some(key) if KEYS.contains(&key) => self.problem(format!("the setting {key} is the connector's own")),
            Some(key) if self.settings.iter().any(|other| other.get("key").is_some_and(|known| known == key)) => {
                self.problem(format!("the setting {key} is there twice"));
            }
            Some(_) => self.settings.push(item),
            None => self.problem(format!("a setting has no \"key\": {item}")),
        }
        self
    }

    /// A provider: the text of a profile's JSON file, as `docs/PROVIDERS.md` has it. It says what is different from `generic`,
    /// or from the profile that its `extends` names.
    ///
    /// ```
    /// # use scim_connector::Connector;
    /// let profile = r#"{"title": "ACME Directory", "hosts": ["*.acme.example"], "scimPath": "/api/scim/v2"}"#;
    /// let builder = Connector::builder().profile("acme", profile);
    /// ```
    pub fn profile(mut self, name: &str, json: &str) -> Self {
        match serde_json::from_str(json) {
            Ok(content) => match self.custom.profiles.add(name, content) {
                Ok(()) => self.providers.push(name.to_owned()),
                Err(invalid) => self.problem(format!("the profile {name}: {invalid}")),
            },
            Err(error) => self.problem(format!("the profile {name} is no JSON object: {error}")),
        }
        self
    }

    /// An attribute of accounts, or another one in the place of one that there is: read, created, updated, and shown in the
    /// specification.
    ///
    /// ```
    /// use scim_connector::{Attribute, Connector};
    ///
    /// let path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter";
    /// let builder = Connector::builder().attribute(Attribute::new("costCenter", path).describe("Who pays for the user."));
    /// ```
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// What people are told of an error that this connector does not know, or knows otherwise: entries of a fork go before
    /// the connector's own where both fit equally well.
    ///
    /// ```
    /// use scim_connector::Connector;
    /// use scim_connector::error::{Entry, Sign};
    ///
    /// static NO_SEAT: Entry = Entry::new("ACME_NO_SEAT", &[Sign::Code("SEATS_EXHAUSTED")])
    ///     .says("no seat is left at ACME", "Order seats, or release some.");
    ///
    /// let builder = Connector::builder().error(&NO_SEAT);
    /// ```
    pub fn error(mut self, entry: &'static Entry) -> Self {
        if entry.kind == Kind::NotFound && !entry.signs.is_empty() {
            self.problem(format!(
                "the error {} must not be notFound: the platform creates what is not found",
                entry.code
            ));
        }
        self.errors.push(entry);
        self
    }

    /// A command, or another way to carry out one that there is. Where its name ends in `:list` it is a long list: it makes
    /// way for other commands and takes as long as it takes. Any other goes on to its end once it has begun, and answers
    /// within the source's `provisioningTimeout`.
    ///
    /// ```
    /// # use scim_connector::Connector;
    /// use serde_json::json;
    ///
    /// let builder = Connector::builder().command("acme:seats:read", async |context, _input| {
    ///     let licences = context.scim().find("Licences", "status", "free").await?;
    ///     Ok(json!({"free": licences.len()}))
    /// });
    /// ```
    pub fn command<R, F>(
        mut self,
        name: impl Into<String>,
        handler: impl Fn(Context, Value) -> F + Send + Sync + 'static,
    ) -> Self
    where
        R: Into<Results>,
        F: Future<Output = Result<R, Failure>> + Send + 'static,
    {
        let name = name.into();
        let handler = move |context, input| {
            handler(context, input).map(|results: Result<R, Failure>| results.map(R::into)).boxed()
        };
        if name.trim().is_empty() {
            self.problem("a command has no name".to_owned());
        } else if self.custom.commands.insert(name.clone(), Arc::new(handler)).is_some() {
            self.problem(format!("the command {name} is there twice"));
        }
        self
    }

    /// Changes the input of a command, or of each of several, before it is carried out; or ends the command with a failure.
    /// Hooks run in the order in which they were added, within the time that the command has.
    pub fn before<F>(
        mut self,
        commands: impl AsRef<[Command]>,
        hook: impl Fn(Context, Value) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Value, Failure>> + Send + 'static,
    {
        let hook = boxed(hook);
        for command in commands.as_ref() {
            self.hooks(*command).before.push(Arc::clone(&hook));
        }
        self
    }

    /// Changes each result of a command, or of each of several, before it leaves; or ends the command with a failure. What
    /// changes an account is for all of [`Command::OF_ACCOUNTS`]: the platform expects each to show what the others show.
    ///
    /// Results keep their order; those of a list are with the hook `concurrency` at a time. No result can be left out:
    /// the platform would take it for deleted. What a dry run shows are no results.
    pub fn after<F>(
        mut self,
        commands: impl AsRef<[Command]>,
        hook: impl Fn(Context, Value) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Value, Failure>> + Send + 'static,
    {
        let hook = boxed(hook);
        for command in commands.as_ref() {
            self.hooks(*command).after.push(Arc::clone(&hook));
        }
        self
    }

    /// A connector in this process, for the fork's own tests. `policy` says where connections may go.
    ///
    /// # Errors
    /// [`InvalidFork`] says all that is wrong.
    pub fn build(self, policy: NetworkPolicy) -> Result<Connector, InvalidFork> {
        Ok(Connector::with(Arc::new(self.finish()?), global_pool(), policy))
    }

    /// What is added, checked. From now on the process is the fork's product.
    pub(crate) fn finish(mut self) -> Result<Custom, InvalidFork> {
        let specification =
            self.specification.as_deref().map_or_else(|| Ok(Specification::default()), Specification::parse);
        match specification {
            Ok(specification) => self.custom.specification = specification,
            Err(says) => self.problem(says),
        }
        if let Some(product) = self.product {
            if self.specification.is_none() {
                self.custom.specification.name(product.name);
            }
            if let Err(other) = product::set(product) {
                self.problem(format!("this process is {} already, and cannot be {}", other.name, product.name));
            }
        }
        if !self.settings.is_empty() {
            self.custom.specification.add_settings(product::get().title, &self.settings);
            let keys = self.settings.iter().filter_map(|item| item.get("key")?.as_str());
            self.custom.settings = keys.map(str::to_owned).collect();
        }
        self.add_attributes();
        for profile in self.providers.iter().filter_map(|name| self.custom.profiles.named(name)) {
            self.custom.specification.add_choice("provider", &profile.name, &profile.title);
        }
        for name in self.custom.commands.keys() {
            self.custom.specification.add_command(name);
        }
        if self.problems.is_empty() {
            error::add(&self.errors);
            Ok(self.custom)
        } else {
            Err(InvalidFork { problems: self.problems })
        }
    }

    fn add_attributes(&mut self) {
        let mut columns = Vec::new();
        for attribute in &self.attributes {
            match attribute.parse() {
                Ok((column, shown)) => {
                    self.custom.specification.add_attribute(shown);
                    columns.push(column);
                }
                Err(says) => self.problems.push(says),
            }
        }
        self.custom.table = Arc::new(self.custom.table.with(columns));
    }

    fn hooks(&mut self, command: Command) -> &mut Hooks {
        if command == Command::SpecRead {
            self.problem("std:spec:read has no source, and so no hooks: change the specification itself".to_owned());
        }
        self.custom.hooks.entry(command.name().to_owned()).or_default()
    }

    fn problem(&mut self, says: String) {
        self.problems.push(says);
    }
}

fn boxed<F>(hook: impl Fn(Context, Value) -> F + Send + Sync + 'static) -> Hook
where
    F: Future<Output = Result<Value, Failure>> + Send + 'static,
{
    Arc::new(move |context, value| hook(context, value).boxed())
}

/// What is wrong with a fork: mistakes in its code, all of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("this fork cannot run: {}", problems.join("; "))]
pub struct InvalidFork {
    pub problems: Vec<String>,
}
