//! A SCIM 2.0 connector service for identity governance platforms.
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connector;
pub mod mapping;
pub mod product;
pub mod protocol;
pub mod sandbox;
pub mod scim;
pub mod secret;
pub mod server;
pub mod telemetry;
pub mod transport;
