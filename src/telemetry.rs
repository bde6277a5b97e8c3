//! Logs: one JSON object a line in the shape of the platform's SDK, or short lines for a person at a terminal.
//!
//! What is logged comes through `tracing`. The context of a command comes from the nearest span named `invocation`, with
//! the fields `id`, `version`, `invocationId`, `requestId`, `commandType`, which go on each line, and `debugLogging`,
//! which lets this command's debug events through. It redacts nothing: secrets must not be logged in the first place.

use crate::clock::Clock;
use crate::product;
use chrono::{DateTime, Local, SecondsFormat, Utc};
use serde_json::{Map, Value};
use std::{
    error::Error,
    fmt::{self, Write as _},
    io::Write as _,
    panic,
};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry::LookupSpan};

/// The target of this library's own events.
const OWN_TARGET: &str = env!("CARGO_CRATE_NAME");
const INVOCATION_SPAN: &str = "invocation";
/// The order of the context on a line.
const CONTEXT: [&str; 5] = ["id", "version", "invocationId", "requestId", "commandType"];
const DEBUG: &str = "debugLogging";
const MESSAGE: &str = "message";

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A JSON object, for the platform.
    Json,
    /// `12:34:56 WARN message key=value`, in local time, for a person.
    Human,
}

/// Logs to standard error from now on, panics included; a second call changes nothing. `debug` lets the debug events of
/// all commands through.
pub fn init(format: Format, debug: bool) {
    let write = |line: &str| {
        // Nobody is left to be told when standard error is gone.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    };
    let subscriber = tracing_subscriber::registry().with(layer(format, debug, Clock::system(), write));
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        panic::set_hook(Box::new(log_panic));
    }
}

/// Only a fixed message is logged: a formatted one may hold anything.
fn log_panic(panic: &panic::PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string);
    let reason = panic.payload().downcast_ref::<&'static str>();
    tracing::error!(location, reason, "panic");
}

/// A layer that gives each line, with its line feed, to `write`.
pub fn layer<S>(
    format: Format,
    debug: bool,
    clock: Clock,
    write: impl Fn(&str) + Send + Sync + 'static,
) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    Lines { format, debug, clock, write }
}

struct Lines<W> {
    format: Format,
    debug: bool,
    clock: Clock,
    write: W,
}

/// The fields of an invocation's span.
struct Invocation(Fields);

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&str) + Send + Sync + 'static,
{
    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::DEBUG)
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        let limit = if is_own(metadata.target()) { Level::DEBUG } else { Level::WARN };
        *metadata.level() <= limit
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != INVOCATION_SPAN {
            return;
        }
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().replace(Invocation(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(Invocation(fields)) = span.extensions_mut().get_mut()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut spans = context.event_scope(event).into_iter().flatten();
        let invocation = spans.find_map(|span| span.extensions().get().map(|Invocation(fields)| fields.0.clone()));
        let invocation = invocation.unwrap_or_default();
        let level = *event.metadata().level();
        if level > Level::INFO && !self.debug && invocation.get(DEBUG) != Some(&Value::Bool(true)) {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let line = match self.format {
            Format::Json => json_line(level, self.clock.now(), &invocation, fields.0),
            Format::Human => human_line(level, self.clock.now(), &invocation, fields.0),
        };
        (self.write)(&line);
    }
}

/// This crate's modules and a fork's, and no crate whose name only begins the same.
fn is_own(target: &str) -> bool {
    let of_fork = product::get().name.replace('-', "_");
    [OWN_TARGET, &of_fork]
        .iter()
        .any(|own| target.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
}

fn json_line(
    level: Level,
    now: DateTime<Utc>,
    invocation: &Map<String, Value>,
    mut fields: Map<String, Value>,
) -> String {
    let mut line = Map::new();
    line.insert("level".to_owned(), level.as_str().into());
    line.insert("timestamp".to_owned(), now.to_rfc3339_opts(SecondsFormat::Millis, true).into());
    for name in CONTEXT {
        if let Some(value) = invocation.get(name) {
            line.insert(name.to_owned(), value.clone());
        }
    }
    line.insert(MESSAGE.to_owned(), fields.shift_remove(MESSAGE).unwrap_or_else(|| "".into()));
    for (name, value) in fields {
        line.entry(name).or_insert(value);
    }
    format!("{}\n", Value::Object(line))
}

/// Of a command's context only its name: the ids mean nothing to a person.
fn human_line(
    level: Level,
    now: DateTime<Utc>,
    invocation: &Map<String, Value>,
    mut fields: Map<String, Value>,
) -> String {
    let time = now.with_timezone(&Local).format("%H:%M:%S");
    let message = fields.shift_remove(MESSAGE).unwrap_or_default();
    let message = message.as_str().unwrap_or_default().replace(char::is_control, " ");
    let mut line = format!("{time} {level} {message}");
    let command = invocation.get_key_value("commandType");
    for (name, value) in command.into_iter().chain(&fields) {
        // Writing to a string cannot fail.
        let _ = match value {
            Value::String(text) if is_plain(text) => write!(line, " {name}={text}"),
            value => write!(line, " {name}={value}"),
        };
    }
    line.push('\n');
    line
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '='))
}

/// Fields as JSON values, in the order in which they were recorded.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field, value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// What is logged while `work` runs, on 1 January 2026.
    fn logged(format: Format, debug: bool, work: impl FnOnce()) -> String {
        let log = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&log);
        let layer = layer(format, debug, Clock::starting_at(start()), move |line| sink.lock().unwrap().push_str(line));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        log.lock().unwrap().clone()
    }

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_225_600, 0).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn every_kind_of_field_is_written_as_its_json_type() {
        let log = logged(Format::Json, false, || {
            tracing::info!(text = "a\n\"b\"", yes = true, less = -1, more = u64::MAX, half = 0.5, "all kinds");
            tracing::info!(cause = &io_error() as &dyn Error, shown = ?Some(1), level = "not mine", "{}", "formatted");
            tracing::info!(alone = 1);
        });
        insta::assert_snapshot!(log, @r#"
        {"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","message":"all kinds","text":"a\n\"b\"","yes":true,"less":-1,"more":18446744073709551615,"half":0.5}
        {"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","message":"formatted","cause":"disk full","shown":"Some(1)"}
        {"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","message":"","alone":1}
        "#);
    }

    fn io_error() -> std::io::Error {
        std::io::Error::other("disk full")
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_concerns_the_reader_is_logged() {
        let talk = || {
            tracing::trace!("own trace");
            tracing::debug!("own debug");
            tracing::info!(target: "scim_connector_of_another", "foreign info");
            tracing::warn!(target: "hyper::proto", "foreign warning");
        };
        insta::assert_snapshot!(logged(Format::Json, false, talk), @r#"{"level":"WARN","timestamp":"2026-01-01T00:00:00.000Z","message":"foreign warning"}"#);
        insta::assert_snapshot!(logged(Format::Json, true, talk), @r#"
        {"level":"DEBUG","timestamp":"2026-01-01T00:00:00.000Z","message":"own debug"}
        {"level":"WARN","timestamp":"2026-01-01T00:00:00.000Z","message":"foreign warning"}
        "#);
    }

    #[tokio::test(start_paused = true)]
    async fn the_context_is_that_of_the_nearest_invocation() {
        let log = logged(Format::Json, false, || {
            let outer = tracing::info_span!("invocation", commandType = "outer", version = tracing::field::Empty);
            outer.record("version", 3);
            let _outer = outer.enter();
            let _other = tracing::info_span!("page", number = 1).entered();
            tracing::info!("in a span of another name");
            let _inner = tracing::info_span!("invocation", commandType = "inner", debugLogging = true).entered();
            tracing::debug!("nearest");
        });
        insta::assert_snapshot!(log, @r#"
        {"level":"INFO","timestamp":"2026-01-01T00:00:00.000Z","version":3,"commandType":"outer","message":"in a span of another name"}
        {"level":"DEBUG","timestamp":"2026-01-01T00:00:00.000Z","commandType":"inner","message":"nearest"}
        "#);
    }

    #[tokio::test(start_paused = true)]
    async fn a_person_gets_short_lines() {
        let log = logged(Format::Human, true, || {
            let _invocation = tracing::info_span!("invocation", commandType = "std:spec:read", id = "c").entered();
            tracing::warn!(attempt = 2, host = "example.com", said = "try later", "not\x1b[2J yet");
            tracing::debug!(empty = "", "detail");
        });
        let time = start().with_timezone(&Local).format("%H:%M:%S").to_string();
        insta::assert_snapshot!(log.replace(&time, "12:34:56"), @r#"
        12:34:56 WARN not [2J yet commandType=std:spec:read attempt=2 host=example.com said="try later"
        12:34:56 DEBUG detail commandType=std:spec:read empty=""
        "#);
    }
}
