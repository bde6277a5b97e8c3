//! What is counted and measured: `table` has every metric with its name, labels and help text, this file the only way to
//! count one.
//!
//! Every label has a closed set of values: a name here, a status that is registered, a code of the error catalogue. None
//! comes from a caller, a provider or a source. Counting is an addition for each command, request or page, and none for
//! a row. Nothing grows with time: a histogram is a fixed number of counters. The process has one set of metrics, since
//! whoever reads them sees one process. Who may read them is not decided here.

mod table;

use crate::product;
use http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::fmt::{self, Write as _};
use std::sync::LazyLock;
use std::time::Duration;
use table::{
    BUILD, COMMAND_SECONDS, COMMANDS, COMMANDS_UNDER_WAY, FAILURES, PAGES, REFUSALS, RETRIES, ROWS, TOKENS, UPSTREAM,
    UPSTREAM_LIMIT, UPSTREAM_SECONDS, UPSTREAM_UNDER_WAY, UPSTREAM_WAITING,
};
use tokio::time::Instant;

pub use table::{ALL, Kind, Metric};

/// The media type of [`text()`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds in seconds. A command may be a look-up or the list of a million accounts.
const COMMAND_BUCKETS: [f64; 13] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0];
/// Requests end with their time limit, 30 s by default.
const UPSTREAM_BUCKETS: [f64; 11] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CommandOutcome {
    Completed,
    Failed,
    Cancelled,
}

impl CommandOutcome {
    const ALL: [Self; 3] = [Self::Completed, Self::Failed, Self::Cancelled];
}

impl EncodeLabelValue for CommandOutcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(match self {
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        })
    }
}

/// What a request to a provider is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Route {
    Users,
    Groups,
    Entitlements,
    Discovery,
    Token,
    /// An endpoint that the settings or a fork name.
    #[default]
    Other,
}

impl EncodeLabelValue for Route {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(match self {
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Entitlements => "entitlements",
            Self::Discovery => "discovery",
            Self::Token => "token",
            Self::Other => "other",
        })
    }
}

/// What became of asking for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenOutcome {
    Fetched,
    Refused,
    Failed,
}

impl TokenOutcome {
    const ALL: [Self; 3] = [Self::Fetched, Self::Refused, Self::Failed];
}

impl EncodeLabelValue for TokenOutcome {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        encoder.write_str(match self {
            Self::Fetched => "fetched",
            Self::Refused => "refused",
            Self::Failed => "failed",
        })
    }
}

/// What a request came to: its status, by its class where it is none that is registered, or a word for why it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    Answered(StatusCode),
    Without(&'static str),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(status) if status.canonical_reason().is_some() => f.write_str(status.as_str()),
            Self::Answered(status) => write!(f, "{}xx", status.as_u16() / 100),
            Self::Without(why) => f.write_str(why),
        }
    }
}

impl EncodeLabelValue for Status {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        write!(encoder, "{self}")
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBuild {
    product: &'static str,
    version: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCommand {
    command: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfEnd {
    command: String,
    outcome: CommandOutcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFailure {
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRefusal {
    status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    route: Route,
    status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: Route,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfToken {
    outcome: TokenOutcome,
}

struct Metrics {
    registry: Registry,
    build: Family<OfBuild, Gauge>,
    commands: Family<OfEnd, Counter>,
    failures: Family<OfFailure, Counter>,
    command_seconds: Family<OfCommand, Histogram>,
    commands_under_way: Gauge,
    refusals: Family<OfRefusal, Counter>,
    upstream: Family<OfRequest, Counter>,
    upstream_seconds: Family<OfRoute, Histogram>,
    upstream_under_way: Gauge,
    upstream_waiting: Gauge,
    upstream_limit: Gauge,
    retries: Family<OfRoute, Counter>,
    tokens: Family<OfToken, Counter>,
    pages: Family<OfRoute, Counter>,
    rows: Family<OfRoute, Counter>,
}

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::default();
        Self {
            build: add(&mut registry, BUILD, Family::default()),
            commands: add(&mut registry, COMMANDS, Family::default()),
            failures: add(&mut registry, FAILURES, Family::default()),
            command_seconds: add(
                &mut registry,
                COMMAND_SECONDS,
                Family::new_with_constructor(|| Histogram::new(COMMAND_BUCKETS)),
            ),
            commands_under_way: add(&mut registry, COMMANDS_UNDER_WAY, Gauge::default()),
            refusals: add(&mut registry, REFUSALS, Family::default()),
            upstream: add(&mut registry, UPSTREAM, Family::default()),
            upstream_seconds: add(
                &mut registry,
                UPSTREAM_SECONDS,
                Family::new_with_constructor(|| Histogram::new(UPSTREAM_BUCKETS)),
            ),
            upstream_under_way: add(&mut registry, UPSTREAM_UNDER_WAY, Gauge::default()),
            upstream_waiting: add(&mut registry, UPSTREAM_WAITING, Gauge::default()),
            upstream_limit: add(&mut registry, UPSTREAM_LIMIT, Gauge::default()),
            retries: add(&mut registry, RETRIES, Family::default()),
            tokens: add(&mut registry, TOKENS, Family::default()),
            pages: add(&mut registry, PAGES, Family::default()),
            rows: add(&mut registry, ROWS, Family::default()),
            registry,
        }
    }
}

fn add<M>(registry: &mut Registry, described: Metric, metric: M) -> M
where
    M: prometheus_client::registry::Metric + Clone,
{
    registry.register(described.name, described.help, metric.clone());
    metric
}

/// All of them, as they stand, in the text format of `OpenMetrics` 1.0, which is Prometheus's with an end mark.
pub fn text() -> String {
    let &product::Product { name: product, version, .. } = product::get();
    METRICS.build.get_or_create(&OfBuild { product, version }).set(1);
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = text::encode(&mut text, &METRICS.registry);
    text
}

/// One more of something that is there now, until this is dropped.
#[derive(Debug)]
pub struct Present(&'static Gauge);

impl Present {
    fn of(gauge: &'static Gauge) -> Self {
        gauge.inc();
        Self(gauge)
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A command runs.
pub fn command_runs() -> Present {
    Present::of(&METRICS.commands_under_way)
}

/// A command has ended. `command` is one of a closed set. All its outcomes are there from now on, most of them 0: what
/// appears with a 1 is no increase to whoever looks for increases.
pub fn command_ended(command: &str, outcome: CommandOutcome, took: Duration) {
    let command = command.to_owned();
    METRICS.command_seconds.get_or_create(&OfCommand { command: command.clone() }).observe(took.as_secs_f64());
    for possible in CommandOutcome::ALL {
        let of = OfEnd { command: command.clone(), outcome: possible };
        METRICS.commands.get_or_create(&of).inc_by(u64::from(possible == outcome));
    }
}

/// A command failed with this code.
pub fn command_failed(code: &'static str) {
    METRICS.failures.get_or_create(&OfFailure { code }).inc();
}

/// A request to the service started no command.
pub fn refused(status: StatusCode) {
    METRICS.refusals.get_or_create(&OfRefusal { status: Status::Answered(status) }).inc();
}

/// A request waits for its turn.
pub fn request_waits() -> Present {
    Present::of(&METRICS.upstream_waiting)
}

/// One attempt at a provider, counted when this is dropped: as `cancelled`, unless it is said what became of it.
#[derive(Debug)]
pub struct Attempt {
    route: Route,
    started: Instant,
    status: Status,
    _present: Present,
}

/// A request is sent.
pub fn attempt(route: Route) -> Attempt {
    let present = Present::of(&METRICS.upstream_under_way);
    Attempt { route, started: Instant::now(), status: Status::Without("cancelled"), _present: present }
}

impl Attempt {
    pub fn ended(mut self, status: Status) {
        self.status = status;
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let Self { route, status, .. } = *self;
        METRICS.upstream.get_or_create(&OfRequest { route, status }).inc();
        METRICS.upstream_seconds.get_or_create(&OfRoute { route }).observe(self.started.elapsed().as_secs_f64());
    }
}

/// A request is sent again.
pub fn retried(route: Route) {
    METRICS.retries.get_or_create(&OfRoute { route }).inc();
}

/// A token was asked for. All outcomes are there from now on, as with commands.
pub fn token_asked(outcome: TokenOutcome) {
    for possible in TokenOutcome::ALL {
        METRICS.tokens.get_or_create(&OfToken { outcome: possible }).inc_by(u64::from(possible == outcome));
    }
}

/// A page of a list was read.
pub fn page_read(route: Route, rows: u64) {
    METRICS.pages.get_or_create(&OfRoute { route }).inc();
    METRICS.rows.get_or_create(&OfRoute { route }).inc_by(rows);
}

/// One limiter's part in how many requests may be under way, until this is dropped.
#[derive(Debug)]
pub struct Limit(i64);

impl Limit {
    pub fn new(limit: usize) -> Self {
        let mut part = Self(0);
        part.set(limit);
        part
    }

    pub fn set(&mut self, limit: usize) {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        METRICS.upstream_limit.inc_by(limit.saturating_sub(self.0));
        self.0 = limit;
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        METRICS.upstream_limit.dec_by(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(Status::Answered(StatusCode::TOO_MANY_REQUESTS), "429")]
    #[case(Status::Answered(StatusCode::from_u16(299).unwrap()), "2xx")]
    #[case(Status::Answered(StatusCode::from_u16(799).unwrap()), "7xx")]
    #[case(Status::Without("timeout"), "timeout")]
    fn a_status_is_one_of_a_closed_set(#[case] status: Status, #[case] label: &str) {
        assert_eq!(status.to_string(), label);
    }
}
