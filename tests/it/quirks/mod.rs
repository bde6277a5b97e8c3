//! Commands × quirks: what comes out of each command at a provider with each quirk of the sandbox's, with `provider: generic`
//! and hardly a setting besides. `table` says it.
//!
//! A cell is `ok` where the result is what it is without the quirk and the provider holds what it should; `ok but email` where
//! attributes of the result differ; `part` where the result says that something was not done, with `undone` where nothing
//! was; else the error's code, with `late` if results had been given out before, and `done` or `begun` if all or some of it is
//! there all the same. A `WRONG` is a mistake that is known: a short list, accounts without their groups, or a success without the change.

mod cell;
mod commands;
mod table;
