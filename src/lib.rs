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
//! 8. [`sandbox`]: an embedded SCIM server, written from a provider's documentation apart from the client.
//!
//! Dependencies point down this list only (a source's settings, [`config`], stand beside [`auth`]); [`clock`], [`secret`] and
//! [`product`] are for anyone. A test holds them. Only `transport::http` names the HTTP library, only [`cli`] writes to standard output.

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
pub mod product;
pub mod protocol;
pub mod sandbox;
pub mod scim;
pub mod secret;
pub mod server;
pub mod telemetry;
pub mod transport;
