//! The service against programs that this project did not write: SCIM servers from `PyPI` and npm, a tester of SCIM
//! servers, an OAuth 2 server, a connector on the platform's own SDK, that SDK's parser of filter strings, and the Postman
//! collection run by newman.
//!
//! A test target of its own, behind the feature `peers`, since those programs must be installed first:
//! `tests/peers/setup.sh`, then `cargo test --features peers --test peers`. Every program listens on the loopback
//! interface, on a port that was free, and ends with its test. The service and the sandbox are the built binary, each
//! in a process of its own; nothing here calls the library, but for a service that is to speak sooner than it does by itself.

#[cfg(test)]
mod bundle;
#[cfg(test)]
mod checks;
#[cfg(test)]
mod collection;
#[cfg(test)]
mod connector;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod few_attributes;
#[cfg(test)]
mod filter_strings;
#[cfg(test)]
mod newman;
#[cfg(test)]
mod oauth;
#[cfg(test)]
mod process;
#[cfg(test)]
mod provisioning;
#[cfg(test)]
mod scim2_server;
#[cfg(test)]
mod scim2_tester;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod servers;
