//! The platform's wire protocol, without any I/O: what an invocation is, which commands there are, and how results and
//! failures are written as lines.
//!
//! Nothing here knows SCIM or HTTP.

mod change;
mod command;
mod event;
mod failure;
mod forms;
mod input;
mod invocation;

use futures::future::{self, BoxFuture, FutureExt as _};
use futures::stream::BoxStream;

pub use change::{Action, Change};
pub use command::Command;
pub use event::{ConfigChange, Event, LineTooLong, Lines, MAX_LINE_BYTES, state_bytes, write_line};
pub use failure::{ErrorType, Exchange, Failure, Kind, Parts};
pub use forms::{Authenticate, ConfigOptionsRead, DEFAULT_LIMIT, MAX_LIMIT, QueryInput, SourceDataRead};
pub use input::{
    AccountCreate, AccountRead, AccountUpdate, ChangePassword, EntitlementList, EntitlementRead, InputError, Schema,
    Stateful, Wanted, dry_run,
};
pub use invocation::{InvalidInvocation, Invocation};

/// What a command gives back: its events in order, ended by at most one failure.
///
/// Dropping it cancels the command; not polling it pauses the command.
pub type Events = BoxStream<'static, Result<Event, Failure>>;

/// Whatever carries out invocations.
pub trait Handler: Send + Sync + 'static {
    /// Starts `invocation`. Nothing is sent anywhere before the stream is polled.
    fn handle(&self, invocation: Invocation) -> Events;

    /// Whether it has a command of that name: what is counted by its name must be one of a closed set.
    fn knows(&self, command: &str) -> bool {
        Command::from_name(command).is_some()
    }

    /// Waits until nothing goes on any more of commands whose events nobody waits for.
    fn finished(&self) -> BoxFuture<'_, ()> {
        future::ready(()).boxed()
    }
}
