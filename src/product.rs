//! The product's names, in one place: a fork renames itself here (and in `Cargo.toml` and `connector-spec.json`,
//! which a test compares with this file).

/// The crate's, the binary's and the specification's name.
pub const NAME: &str = env!("CARGO_PKG_NAME");
/// The name that people read in headings.
pub const TITLE: &str = "SCIM Connector";
/// The crate's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// Every command line option is also an environment variable: this prefix and the option's name in capitals.
pub const ENV_PREFIX: &str = "SCIM_CONNECTOR_";
/// Sent with every request; some providers refuse requests without one (GitHub does).
pub const USER_AGENT: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
/// The connector's specification, as the platform gets it.
pub const SPEC: &str = include_str!("../connector-spec.json");
