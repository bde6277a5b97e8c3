//! A SCIM 2.0 connector service for identity governance platforms.
//!
//! # Reading order
//!
//! 1. [`protocol`]: what the platform sends and gets: invocations, events, failures. Pure.
//! 2. [`connector`]: one file a command; the long-lived sources; failures in words for people.
//! 3. [`mapping`]: SCIM resources to accounts and entitlements and back, by one table. Pure.
//! 4. [`filter_string`]: what is left out of the lists. Pure.
//! 5. [`scim`]: the SCIM client: pages with a proof that they are complete, filters, paths, providers as data.
//! 6. [`auth`], [`transport`]: tokens, and bytes over HTTP.
//! 7. [`server`], [`cli`], [`telemetry`]: the ways in, and the logs.
//! 8. [`spec`]: whether a connector's specification is right. Pure.
//! 9. [`sandbox`]: an embedded SCIM server, written from a provider's documentation apart from the client.
//!
//! # A fork by dependency
//!
//! [`Connector::builder`] makes a connector with commands, hooks, attributes, providers and a name of one's own, and runs it;
//! `docs/CUSTOMIZING.md` walks through one. What it needs stands here at the top, with the crates that are in its signatures.
//!
//! # Dependencies
//!
//! Dependencies point down the list above only (a source's settings, [`config`], stand beside [`auth`]); [`clock`], [`secret`], [`metrics`]
//! and [`product`] are for anyone. A test holds them. Only `transport::http` names the HTTP library, only [`cli`] writes to standard output.

pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connector;
pub mod filter_string;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod mapping;
pub mod metrics;
pub mod product;
pub mod protocol;
pub mod sandbox;
pub mod scim;
pub mod secret;
pub mod server;
pub mod spec;
pub mod telemetry;
pub mod transport;

pub use connector::custom::{Attribute, Builder, Context, InvalidFork, Results, Scim, attribute, set_attribute};
pub use connector::{Connector, error};
pub use product::Product;
pub use protocol::{Command, Failure, Kind};
pub use {futures, http, secrecy, serde_json};
