//! An embedded SCIM server in two dialects: as Salesforce's is documented to behave (its token endpoint, paging limits,
//! entitlements, error shapes), and as RFC 7644 says. For trying the connector out and for tests; it listens on loopback only.
//!
//! What it accepts and answers is written from the provider's documentation and shares no rule with the client, so that
//! neither can agree with the other's mistakes; only the pure types of `scim` are common to both.
//!
//! Read `routes` for the endpoints, `list` for paging, `salesforce` and `rfc` for what may be written, `patch` for PATCH,
//! `population` for the data, `dialect` for where the dialects differ, `quirks` for how other providers differ, `faults` for
//! what can be made to go wrong.

mod answer;
mod cursor;
mod dialect;
mod errors;
mod faults;
mod ids;
mod list;
mod log;
mod options;
mod patch;
mod population;
mod projection;
mod quirks;
mod rfc;
mod routes;
mod salesforce;
mod schemas;
mod server;
mod store;
mod tokens;

pub use dialect::Dialect;
pub use faults::{Capacity, Effect, Fault, ListEffect, Problems, RateLimit, Schedule};
pub use log::SeenRequest;
pub use options::Options;
pub use quirks::{Quirks, UnusableQuirks};

use crate::clock::Clock;
use routes::App;
use serde_json::Value;
use server::Connections;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The id of the one client that the token endpoint knows.
pub const CLIENT_ID: &str = "sandbox";
/// That client's secret.
pub const CLIENT_SECRET: &str = "sandbox";
/// The name of the one user that signs in: with a password, or by the client's assertion.
pub const USER_NAME: &str = "admin@sandbox.example";
/// That user's password.
pub const PASSWORD: &str = "sandbox";
/// What Salesforce wants after the password, from networks that it does not know. The sandbox takes the password with it
/// and without.
pub const SECURITY_TOKEN: &str = "SandboxSecurityToken";
/// The refresh token that the client was given when that user authorized it.
pub const REFRESH_TOKEN: &str = "sandbox-refresh-token";

/// A running sandbox. When dropped it accepts nothing more and answers what it has begun.
#[derive(Debug)]
pub struct Sandbox {
    app: Arc<App>,
    address: SocketAddr,
    connections: Connections,
}

impl Sandbox {
    /// Starts to serve, in tasks of the running tokio runtime.
    pub fn start(options: Options, clock: Clock, listener: TcpListener) -> Result<Self, StartError> {
        let address = listener.local_addr().map_err(StartError::Address)?;
        if !address.ip().is_loopback() {
            return Err(StartError::NotLoopback(address));
        }
        let records =
            [("users", options.users), ("groups", options.groups), ("permission sets", options.permission_sets)];
        if let Some((what, _)) = records.into_iter().find(|(_, number)| *number > MOST_RECORDS) {
            return Err(StartError::TooMany(what));
        }
        options.quirks.check(options.dialect)?;
        let app = Arc::new(App::new(options, clock, format!("http://{address}")));
        let connections = Connections::default();
        connections.serve(listener, routes::router(app.clone()));
        Ok(Self { app, address, connections })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the SCIM endpoints are: in Salesforce's dialect `http://127.0.0.1:PORT/services/scim/v2`.
    pub fn base_url(&self) -> String {
        self.app.base_url()
    }

    pub fn token_url(&self) -> String {
        self.app.token_url()
    }

    /// Takes back everything that was written. Tokens stay good.
    pub fn reset(&self) {
        self.app.store.reset();
    }

    /// The resources of an endpoint (`Users`, `Groups`) as they are kept, whatever quirks and faults make of them.
    pub fn stored(&self, endpoint: &str) -> Vec<Value> {
        self.app.store.view().all(endpoint)
    }

    /// From now on no token that was issued is good.
    pub fn revoke_tokens(&self) {
        self.app.tokens.revoke_all();
    }

    /// How many tokens were issued since the start.
    pub fn tokens_issued(&self) -> u64 {
        self.app.tokens.count()
    }

    /// The latest requests, the oldest first; ten thousand at most.
    pub fn requests(&self) -> Vec<SeenRequest> {
        self.app.log.seen()
    }

    /// Makes requests fail. Of several faults the first that is due counts.
    pub fn fail(&self, fault: Fault) {
        self.app.faults.add(fault);
    }

    /// Ends all faults, and begins with those of a schedule.
    pub fn schedule(&self, schedule: Schedule) {
        self.app.faults.replace(schedule);
    }

    /// How often each fault has changed an answer, by its name: its own, or by its place `faults[0]`; after them `rateLimit`
    /// and `capacity`, where there are such limits.
    pub fn fired(&self) -> Vec<(String, u64)> {
        self.app.faults.fired()
    }

    /// Ends as a crash would: the listener and all connections are closed, in the middle of an answer too.
    pub async fn stop(&self) {
        self.connections.abort().await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.connections.drain();
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the sandbox listens on loopback only, and {0} is another address")]
    NotLoopback(SocketAddr),
    #[error("the sandbox holds at most {MOST_RECORDS} {0}")]
    TooMany(&'static str),
    #[error(transparent)]
    Quirks(#[from] UnusableQuirks),
    #[error("the listener's address could not be read")]
    Address(#[source] std::io::Error),
}

/// Far below where the arithmetic of ids and names ends.
const MOST_RECORDS: u64 = 100_000_000;

#[cfg(test)]
mod tests;
