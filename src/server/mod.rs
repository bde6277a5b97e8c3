//! The service: invocations over HTTP in, lines of JSON out.
//!
//! It knows the protocol's wire rules (keepAlive, early and late errors, request ids) and who may ask. What a command
//! does is its [`Handler`]'s business; nothing here knows SCIM.
//!
//! Reading order: `routes` (what is asked), `guard` (who asks), `intake` (the body), `run` (the command),
//! `answer` (what goes back), `connection`, `tls` and `writing` (the bytes beneath).

mod answer;
mod connection;
mod guard;
mod intake;
mod listener;
mod routes;
mod run;
mod signal;
#[cfg(test)]
mod tests;
mod tls;
mod writing;

use crate::{product, protocol::Handler};
use connection::Stages;
use guard::Guard;
use secrecy::SecretString;
use serde_json::{Map, Value};
use std::{io, sync::Arc, time::Duration};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use tokio_util::{sync::DropGuard, task::TaskTracker};

pub use listener::{Address, Listener};
pub use signal::shutdown_signal;
pub use tls::{Tls, TlsError};

/// How long answers that are complete may take to reach a slow client when the service stops.
const LAST_BYTES: Duration = Duration::from_secs(5);

/// How a service behaves.
pub struct Options {
    /// What invocations have to present as `Authorization: Bearer …`; without one the service is for this machine only.
    pub token: Option<SecretString>,
    /// Listens beyond this machine, under any host name, without a token.
    pub insecure: bool,
    /// Encrypts connections; without it they are plain HTTP.
    pub tls: Option<Tls>,
    /// How many invocations run at once; more are refused with 503. At most 65,535.
    pub max_invocations: usize,
    /// The silence after which a keepAlive line is sent.
    pub keep_alive_after: Duration,
    /// How long a client may take nothing of what is written for it; then its command is cancelled.
    pub stall_limit: Duration,
    /// How long running invocations, and what goes on of them, may go on when the service stops.
    pub shutdown_grace: Duration,
    /// The settings for invocations that bring no `config` at all; never merged with one.
    pub default_config: Option<Map<String, Value>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            token: None,
            insecure: false,
            tls: None,
            max_invocations: 64,
            keep_alive_after: Duration::from_secs(30),
            stall_limit: Duration::from_mins(3),
            shutdown_grace: Duration::from_secs(30),
            default_config: None,
        }
    }
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(
        "{address} can be reached from other machines, and no token protects it. Set {prefix}TOKEN, listen on \
         127.0.0.1, or pass --insecure if something else keeps strangers out.",
        prefix = product::get().env_prefix()
    )]
    Unprotected { address: Address },
    #[error("the token cannot be sent in a header: it must be one or more visible ASCII characters without spaces")]
    UnusableToken,
    #[error("the listener has no address")]
    NoAddress(#[source] io::Error),
}

/// A running service. Dropping it closes everything at once; [`Server::shut_down`] lets commands finish first.
pub struct Server {
    address: Address,
    shutdown_grace: Duration,
    max_invocations: u32,
    stages: Stages,
    slots: Arc<Semaphore>,
    handler: Arc<dyn Handler>,
    tasks: TaskTracker,
    _close_on_drop: DropGuard,
}

impl Server {
    /// Starts to serve `handler` on `listener`. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] when the options do not protect the service, or cannot.
    pub fn start(
        listener: impl Into<Listener>,
        options: Options,
        handler: Arc<dyn Handler>,
    ) -> Result<Self, StartError> {
        let listener = listener.into();
        let address = listener.address().map_err(StartError::NoAddress)?;
        let guard = Guard::new(options.token.as_ref(), options.insecure, &address)?;
        let max_invocations = u16::try_from(options.max_invocations).unwrap_or(u16::MAX);
        let slots = Arc::new(Semaphore::new(usize::from(max_invocations)));
        let stages = Stages::default();
        let router = routes::router(routes::Service {
            guard: Arc::new(guard),
            handler: Arc::clone(&handler),
            slots: Arc::clone(&slots),
            stages: stages.clone(),
            keep_alive_after: options.keep_alive_after,
            default_config: options.default_config.map(Arc::new),
        });
        let tasks = TaskTracker::new();
        let tls = options.tls.as_ref().map(Tls::handshakes);
        if let Some(tls) = options.tls {
            let follow = stages.drain.clone().run_until_cancelled_owned(tls.follow_files());
            tasks.spawn(async move {
                follow.await;
            });
        }
        let terms = connection::Terms { router, tls, stages: stages.clone(), stall_limit: options.stall_limit };
        tasks.spawn(connection::accept(listener, terms, tasks.clone()));
        tasks.close();
        Ok(Self {
            address,
            shutdown_grace: options.shutdown_grace,
            max_invocations: u32::from(max_invocations),
            _close_on_drop: stages.close.clone().drop_guard(),
            stages,
            slots,
            handler,
            tasks,
        })
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Refuses new invocations at once, lets running ones finish within the grace, and also what goes on of those whose
    /// caller is gone; ends with an error those that do not, and closes everything. While it waits, the listener stays up,
    /// so that people are told so.
    pub async fn shut_down(&self) {
        let grace_over = Instant::now() + self.shutdown_grace;
        self.stages.stopping.cancel();
        tracing::info!("stopping: running commands may finish, new ones are refused");
        // All slots free again means that no command runs that could leave something behind.
        if timeout_at(grace_over, self.slots.acquire_many(self.max_invocations)).await.is_err() {
            tracing::warn!("commands still run after the grace and are ended");
        }
        if timeout_at(grace_over, self.handler.finished()).await.is_err() {
            tracing::warn!("changes are still under way after the grace and are given up; send their commands again");
        }
        self.stages.abort.cancel();
        self.stages.drain.cancel();
        if timeout_at(grace_over + LAST_BYTES, self.tasks.wait()).await.is_err() {
            tracing::warn!("some clients did not read their answers to the end; their connections are closed");
        }
        self.stages.close.cancel();
        self.tasks.wait().await;
        tracing::info!("stopped");
    }

    /// Waits until it is shut down.
    pub async fn wait(&self) {
        self.tasks.wait().await;
    }
}
