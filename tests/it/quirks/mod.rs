//! Commands × quirks: what comes out of each command at a provider with each quirk of the sandbox's, with `provider: generic`
//! and hardly a setting besides. `table` says it.
//!
//! - `ok`: the result is what it is without the quirk, and the provider holds what it should; `ok but email`: attributes of
//!   the result differ; `ok, deactivated`: what was to be deleted is there and inactive.
//! - `part`: the result says that something was not done; with `undone` or `begun`, nothing or not all was.
//! - `TIMEOUT`: the error's code; with `late`, results had been given out before; with `done` or `begun`, all or some of it is
//!   there all the same.
//! - `WRONG`: a mistake that is known. Accounts that lack groups without a word, or a success without the change.

mod cell;
mod commands;
mod table;
