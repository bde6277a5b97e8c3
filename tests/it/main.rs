//! The service as the platform sees it: invocations over HTTP against the sandbox and against servers that misbehave,
//! the built binary as a process, and what must hold of the source text itself.
//!
//! Start with `harness`: every answer goes through its checks, whatever a test is about. Nothing here reaches beyond the
//! loopback interface, and no test waits for the clock.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod attributes;
#[cfg(test)]
mod authenticating;
#[cfg(test)]
mod bad_changes;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod badly_by_key;
#[cfg(test)]
mod beginnings;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod breakdown;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod completeness;
#[cfg(test)]
mod connection;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod creation;
#[cfg(test)]
mod cursors;
#[cfg(test)]
mod deadline;
#[cfg(test)]
mod delta;
#[cfg(test)]
mod deployment;
#[cfg(test)]
mod discovery;
mod dry_run;
#[cfg(test)]
mod entitlement_types;
mod entitlements;
mod errors;
#[cfg(test)]
mod example;
#[cfg(test)]
mod existing;
#[cfg(test)]
mod explaining;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod fork;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod granting;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod instance_url;
#[cfg(test)]
mod interleavings;
#[cfg(test)]
mod list_faults;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod lost_answers;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod memberships;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod pacing;
#[cfg(test)]
mod parallel;
#[cfg(test)]
mod process;
#[cfg(test)]
mod providers;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod quirks;
#[cfg(test)]
mod relay;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod security;
#[cfg(test)]
mod settings_files;
#[cfg(test)]
mod shrinking;
#[cfg(test)]
mod side_by_side;
#[cfg(test)]
mod signing_in;
#[cfg(test)]
mod spec;
#[cfg(test)]
mod standard;
#[cfg(test)]
mod switching;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tokens;
#[cfg(all(test, unix))]
mod unix_socket;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod vendor_cli;
#[cfg(test)]
mod verify;
