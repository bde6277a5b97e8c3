//! The program: arguments in, exit code out.

use scim_connector::Connector;
use std::process::ExitCode;

fn main() -> ExitCode {
    Connector::builder().run()
}
