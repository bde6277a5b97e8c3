//! What a fork adds to the connector: commands, hooks, attributes, providers, and the specification that shows them.
//!
//! `builder` gathers it and says what is wrong with it; `context` and `scim` are what a fork's code works with. Where hooks
//! run in a command is `work`'s business.

mod attribute;
mod builder;
mod context;
mod scim;
mod specification;

use super::attributes;
use crate::mapping::table::Table;
use crate::protocol::Failure;
use crate::scim::provider::Profiles;
pub use attribute::{Attribute, attribute, set_attribute};
pub use builder::{Builder, InvalidFork};
pub use context::Context;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
pub use scim::Scim;
use serde_json::{Map, Value};
pub use specification::Specification;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Changes an input or a result.
pub type Hook = Arc<dyn Fn(Context, Value) -> BoxFuture<'static, Result<Value, Failure>> + Send + Sync>;

/// Carries out a command that the fork adds.
pub type CommandHandler = Arc<dyn Fn(Context, Value) -> BoxFuture<'static, Result<Results, Failure>> + Send + Sync>;

/// The results of a command that a fork adds: one, some, or as many as come. A stream is pulled as fast as the platform
/// reads, and dropped when it goes away.
#[non_exhaustive]
pub enum Results {
    /// All of them at once.
    Some(Vec<Value>),
    /// One after the other; it ends with the first failure.
    Stream(BoxStream<'static, Result<Value, Failure>>),
}

impl From<Value> for Results {
    fn from(result: Value) -> Self {
        Self::Some(vec![result])
    }
}

impl From<Vec<Value>> for Results {
    fn from(results: Vec<Value>) -> Self {
        Self::Some(results)
    }
}

impl From<BoxStream<'static, Result<Value, Failure>>> for Results {
    fn from(results: BoxStream<'static, Result<Value, Failure>>) -> Self {
        Self::Stream(results)
    }
}

/// All that a fork adds. Its default adds nothing.
pub struct Custom {
    pub specification: Specification,
    /// The keys of the fork's own settings.
    pub settings: Vec<String>,
    /// What accounts consist of, unless a source's settings say more.
    pub table: Arc<Table>,
    pub profiles: Profiles,
    pub commands: BTreeMap<String, CommandHandler>,
    /// By the names of commands.
    pub hooks: BTreeMap<String, Hooks>,
}

impl Custom {
    /// The attributes that the source's `attributeMapping` makes read-only.
    pub fn made_read_only(&self, settings: &Map<String, Value>) -> Vec<String> {
        attributes::made_read_only(&self.table, settings)
    }
}

impl Default for Custom {
    fn default() -> Self {
        Self {
            specification: Specification::default(),
            settings: Vec::new(),
            table: Table::built_in(),
            profiles: Profiles::built_in(),
            commands: BTreeMap::new(),
            hooks: BTreeMap::new(),
        }
    }
}

/// What a fork does before and after one command, in the order in which it was added.
#[derive(Default, Clone)]
pub struct Hooks {
    pub before: Vec<Hook>,
    pub after: Vec<Hook>,
}
