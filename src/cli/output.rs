//! Standard output and standard error, for people and for programs. Nobody else writes to them.

use anstyle::{AnsiColor, Style};
use serde_json::Value;
use std::io::{self, Write};

pub const TITLE: Style = Style::new().bold();
pub const GOOD: Style = AnsiColor::Green.on_default();
pub const BAD: Style = AnsiColor::Red.on_default();
pub const FAINT: Style = Style::new().dimmed();

/// Writes a line of text to standard output, with colours where a terminal shows them.
///
/// # Errors
/// When standard output is closed.
pub fn text(text: &str) -> io::Result<()> {
    writeln!(anstream::stdout(), "{text}")
}

/// Writes a value to standard output as one line of JSON.
///
/// # Errors
/// When standard output is closed.
pub fn json(value: &Value) -> io::Result<()> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    io::stdout().lock().write_all(&line)
}

/// The text in a style.
pub fn styled(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Says on standard error what went wrong.
pub fn complain(message: &str) {
    // Nobody is left to be told when standard error is gone.
    let _ = writeln!(anstream::stderr(), "{}: {message}", styled(BAD, "error"));
}

/// Says something on standard error that is no result.
pub fn remark(message: &str) {
    let _ = writeln!(anstream::stderr(), "{message}");
}
