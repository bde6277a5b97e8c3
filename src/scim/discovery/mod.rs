//! What a server says of itself (RFC 7644 §4), asked for where it helps and needed nowhere. Documents that are wrong or
//! missing end nothing.
//!
//! One thing is decided by them: lists are read by cursor (RFC 9865) where neither the settings nor the provider's profile
//! have another way than the usual one, and the server names cursors as its own. What a server says that it cannot do is
//! told to people, and believed nowhere: there are servers that say that they have no filters, and filter (Slack), and
//! those that write 0 where they have them (Snowflake). Where it has cursors by its own account only, and does not, the list
//! is read by index: see [`Pages::knows_cursors`](super::pages::Pages::knows_cursors).

mod document;

use super::client::Client;
use super::error::Error;
use super::provider::{Endpoint, Paging};
use crate::transport::{Fault, Repeat};
use document::objects;
pub use document::{Pagination, ServerConfig};
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// Nobody waits for longer than this.
const PATIENCE: Duration = Duration::from_secs(5);
/// After this time it is asked again whether there is a document where there was none.
const AGAIN_AFTER: Duration = Duration::from_mins(15);

const CONFIG: &str = "ServiceProviderConfig";
/// Salesforce's name for it.
const CONFIG_IN_PLURAL: &str = "ServiceProviderConfigs";

/// What is known of one server, for as long as it is asked.
#[derive(Debug, Default)]
pub struct Discovery(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    config: Option<ServerConfig>,
    /// When it was asked for last.
    asked: Option<Instant>,
}

/// How a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub paging: Paging,
    /// Whether only the server's description says so.
    pub is_found: bool,
    /// More than this the server does not give at once, as far as it says; only asked for where `is_found`.
    pub(super) max_page_size: Option<u64>,
}

/// What became of asking for every document.
#[derive(Debug)]
pub struct Survey {
    /// The path at which it was found, and what it says.
    pub config: Result<(&'static str, ServerConfig), Missing>,
    /// The paths of the resource types.
    pub endpoints: Result<Vec<String>, Missing>,
    /// How many schemas there are.
    pub schemas: Result<usize, Missing>,
}

impl Client {
    /// How a list of this endpoint is read, here and now: as the settings or the profile say; where they say nothing
    /// particular, as the server says of itself, if its profile lets it. It is asked at most once for as long as the source is known.
    ///
    /// # Errors
    /// When there are no credentials to ask with, which is what the list would come to as well. Nothing else that goes wrong
    /// with a description is an error.
    pub async fn way(&self, endpoint: &Endpoint) -> Result<Way, Error> {
        let paging = self.paging(endpoint);
        let set = Way { paging, is_found: false, max_page_size: None };
        if paging != Paging::Index || self.options().paging.is_some() || !self.profile().discovery {
            return Ok(set);
        }
        Ok(match self.server_config().await? {
            Some(config) if config.prefers_cursors() => {
                Way { paging: Paging::Cursor, is_found: true, max_page_size: config.max_page_size() }
            }
            _ => set,
        })
    }

    /// What the server says of itself, if it does: asked for once, and again only after a while where nothing came.
    pub(super) async fn server_config(&self) -> Result<Option<ServerConfig>, Error> {
        let Some(discovery) = &self.options().discovery else { return Ok(None) };
        let mut known = discovery.0.lock().await;
        if known.config.is_none() && known.asked.is_none_or(|asked| asked.elapsed() >= AGAIN_AFTER) {
            match in_time(self.config_at(CONFIG)).await {
                Ok(config) => known.config = Some(config),
                Err(Missing::Failed(Error::Send(error))) if matches!(error.fault, Fault::Authorization(_)) => {
                    return Err(error.into());
                }
                Err(reason) => tracing::debug!(%reason, "the provider does not describe itself"),
            }
            known.asked = Some(Instant::now());
        }
        Ok(known.config.clone())
    }

    /// Asks for every document, whatever is known by now. What came takes the place of what was known.
    pub async fn survey(&self) -> Survey {
        let config = async {
            match self.config_at(CONFIG).await {
                Ok(config) => Ok((CONFIG, config)),
                Err(missing) => {
                    self.config_at(CONFIG_IN_PLURAL).await.map(|config| (CONFIG_IN_PLURAL, config)).map_err(|_| missing)
                }
            }
        };
        let types = async { self.documents_once("ResourceTypes").await.map(|types| endpoints(&types)) };
        let schemas = async { self.documents_once("Schemas").await.map(|schemas| schemas.len()) };
        let (config, endpoints, schemas) = tokio::join!(in_time(config), in_time(types), in_time(schemas));
        if let Some(discovery) = &self.options().discovery {
            let mut known = discovery.0.lock().await;
            known.asked = Some(Instant::now());
            if let Ok((_, config)) = &config {
                known.config = Some(config.clone());
            }
        }
        Survey { config, endpoints, schemas }
    }

    async fn config_at(&self, path: &'static str) -> Result<ServerConfig, Missing> {
        let documents = self.documents_once(path).await?;
        documents.iter().find_map(ServerConfig::read).ok_or(Missing::Empty)
    }

    /// What a command has of retries is for its work.
    async fn documents_once(&self, path: &'static str) -> Result<Vec<Value>, Missing> {
        self.json_at(path, Repeat::Never).await.map(objects).map_err(Missing::Failed)
    }

    /// The documents at a path, in whatever form they come: `Schemas`, `ResourceTypes`, `ServiceProviderConfig`.
    ///
    /// # Errors
    /// As for every request; [`Error::Unreadable`] where what comes is no JSON.
    pub async fn documents(&self, path: &'static str) -> Result<Vec<Value>, Error> {
        self.json_at(path, Repeat::Safe).await.map(objects)
    }
}

/// Why there is no document, in a few words.
#[derive(Debug)]
pub enum Missing {
    Failed(Error),
    Late,
    /// Nothing in it is what should be there.
    Empty,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(Error::Unreadable { .. }) => f.write_str("no JSON"),
            Self::Failed(error) => match error.status() {
                Some(status) => write!(f, "HTTP {status}"),
                None => f.write_str("no answer"),
            },
            Self::Late => write!(f, "no answer within {} seconds", PATIENCE.as_secs()),
            Self::Empty => f.write_str("it says nothing"),
        }
    }
}

async fn in_time<T>(asking: impl Future<Output = Result<T, Missing>>) -> Result<T, Missing> {
    timeout(PATIENCE, asking).await.unwrap_or(Err(Missing::Late))
}

fn endpoints(types: &[Value]) -> Vec<String> {
    let endpoint = |kind| super::resource::get(kind, "endpoint").and_then(Value::as_str).map(str::to_owned);
    types.iter().filter_map(endpoint).collect()
}

#[cfg(test)]
mod tests;
