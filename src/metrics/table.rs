//! Every metric: its name, its labels, and what it tells. Nothing here counts.

/// What a metric is, and so what may be asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows; `_total` stands at the end of its name.
    Counter,
    Gauge,
    /// Seconds; `_bucket`, `_sum` and `_count` stand at the end of its names.
    Histogram,
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Without the ending that its kind gives it.
    pub name: &'static str,
    pub kind: Kind,
    pub labels: &'static [&'static str],
    /// What it tells, as a sentence without its full stop.
    pub help: &'static str,
}

const fn metric(name: &'static str, kind: Kind, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind, labels, help }
}

pub(super) const BUILD: Metric = metric(
    "scim_connector_build_info",
    Kind::Gauge,
    &["product", "version"],
    "Always 1; its labels say which program runs",
);
pub(super) const COMMANDS: Metric = metric(
    "scim_connector_commands",
    Kind::Counter,
    &["command", "outcome"],
    "Commands that have ended: completed, failed, or cancelled by their caller",
);
pub(super) const FAILURES: Metric = metric(
    "scim_connector_command_failures",
    Kind::Counter,
    &["code"],
    "Commands that failed, by the code of the error that ended them",
);
pub(super) const COMMAND_SECONDS: Metric = metric(
    "scim_connector_command_duration_seconds",
    Kind::Histogram,
    &["command"],
    "How long commands took, from their start to their last line",
);
pub(super) const COMMANDS_UNDER_WAY: Metric =
    metric("scim_connector_commands_in_flight", Kind::Gauge, &[], "Commands that run now and whose caller waits");
pub(super) const REFUSALS: Metric = metric(
    "scim_connector_refusals",
    Kind::Counter,
    &["status"],
    "Requests to the service that started no command, by the status they were answered with",
);
pub(super) const UPSTREAM: Metric = metric(
    "scim_connector_upstream_requests",
    Kind::Counter,
    &["route", "status"],
    "Requests sent to providers, each attempt counted, by what they asked for and the status or why there was none",
);
pub(super) const UPSTREAM_SECONDS: Metric = metric(
    "scim_connector_upstream_request_duration_seconds",
    Kind::Histogram,
    &["route"],
    "How long providers took for one attempt, from the sending to the answer's last byte",
);
pub(super) const UPSTREAM_UNDER_WAY: Metric =
    metric("scim_connector_upstream_requests_in_flight", Kind::Gauge, &[], "Requests to providers that are under way");
pub(super) const UPSTREAM_WAITING: Metric = metric(
    "scim_connector_upstream_requests_waiting",
    Kind::Gauge,
    &[],
    "Requests that wait for their turn, as pacing has it",
);
pub(super) const UPSTREAM_LIMIT: Metric = metric(
    "scim_connector_upstream_concurrency_limit",
    Kind::Gauge,
    &[],
    "How many requests may be under way at once, as pacing has found, over all providers that are asked",
);
pub(super) const RETRIES: Metric = metric(
    "scim_connector_upstream_retries",
    Kind::Counter,
    &["route"],
    "Requests that were sent again, after a refusal, a fault, or with a new token",
);
pub(super) const TOKENS: Metric = metric(
    "scim_connector_token_fetches",
    Kind::Counter,
    &["outcome"],
    "Tokens asked for: fetched, refused by the token endpoint, or failed for another reason",
);
pub(super) const PAGES: Metric =
    metric("scim_connector_list_pages", Kind::Counter, &["route"], "Pages of lists that were read");
pub(super) const ROWS: Metric =
    metric("scim_connector_list_rows", Kind::Counter, &["route"], "Resources on these pages");

/// Every metric, in the order in which people are shown them.
pub const ALL: &[Metric] = &[
    BUILD,
    COMMANDS,
    FAILURES,
    COMMAND_SECONDS,
    COMMANDS_UNDER_WAY,
    REFUSALS,
    UPSTREAM,
    UPSTREAM_SECONDS,
    UPSTREAM_UNDER_WAY,
    UPSTREAM_WAITING,
    UPSTREAM_LIMIT,
    RETRIES,
    TOKENS,
    PAGES,
    ROWS,
];
