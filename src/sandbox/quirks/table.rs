//! Every quirk: its name, what it does, where it is met.
//!
//! From the store outwards: of two quirks that touch the same thing the later one has the last word on the answer, and the
//! first on the request.

use super::exchange::{Answer, Asked};
use super::playing::Turn;
use super::{answers, filters, ids, paging, resources, writes};
use crate::sandbox::errors::Refusal;
use crate::sandbox::options::Options;

/// A quirk as the table has it.
pub(super) struct Row {
    pub name: &'static str,
    pub does: &'static str,
    /// Whose documentation says it, or which server shows it; in general words where no one is known for it.
    pub met: &'static str,
    pub number: Option<Number>,
    pub settle: Option<fn(&mut Options)>,
    pub ask: Option<Ask>,
    pub answer: Option<Alter>,
    /// What it contradicts; one of the two says so.
    pub not_with: &'static [&'static str],
    pub is_rfc_only: bool,
}

/// What is done to a request.
#[derive(Clone, Copy)]
pub(super) enum Ask {
    Change(fn(&mut Asked, &Turn<'_>)),
    /// It may be refused too.
    Check(Check),
}

type Check = fn(&mut Asked, &Turn<'_>) -> Result<(), Refusal>;
pub(super) type Alter = fn(&mut Answer, &Asked, &Turn<'_>);

/// The number that a quirk takes.
#[derive(Clone, Copy)]
pub(super) struct Number {
    pub is_required: bool,
    /// Without one the quirk has a meaning of its own, if it is not required.
    pub default: Option<u64>,
    pub least: u64,
    pub most: u64,
}

impl Row {
    const fn new(name: &'static str, does: &'static str, met: &'static str) -> Self {
        let (number, settle, ask, answer) = (None, None, None, None);
        Self { name, does, met, number, settle, ask, answer, not_with: &[], is_rfc_only: false }
    }

    const fn settle(self, settle: fn(&mut Options)) -> Self {
        Self { settle: Some(settle), ..self }
    }

    const fn change(self, change: fn(&mut Asked, &Turn<'_>)) -> Self {
        Self { ask: Some(Ask::Change(change)), ..self }
    }

    const fn check(self, check: Check) -> Self {
        Self { ask: Some(Ask::Check(check)), ..self }
    }

    const fn answer(self, answer: Alter) -> Self {
        Self { answer: Some(answer), ..self }
    }

    const fn not_with(self, not_with: &'static [&'static str]) -> Self {
        Self { not_with, ..self }
    }

    const fn rfc_only(self) -> Self {
        Self { is_rfc_only: true, ..self }
    }

    /// `NAME=N`
    const fn numbered(self, least: u64) -> Self {
        Self { number: Some(Number { is_required: true, default: None, least, most: MOST }), ..self }
    }

    /// `NAME` or `NAME=N`
    const fn maybe_numbered(self, default: Option<u64>, least: u64, most: u64) -> Self {
        Self { number: Some(Number { is_required: false, default, least, most }), ..self }
    }

    /// How it is written: `NAME`, `NAME=N`, `NAME[=100]`.
    pub(super) fn usage(&self) -> String {
        match self.number {
            None => self.name.to_owned(),
            Some(Number { is_required: true, .. }) => format!("{}=N", self.name),
            Some(Number { default: Some(default), .. }) => format!("{}[={default}]", self.name),
            Some(Number { default: None, .. }) => format!("{}[=N]", self.name),
        }
    }
}

const MOST: u64 = 1_000_000;

pub(super) static QUIRKS: &[Row] = &[
    // What there is.
    Row::new("extra-roles", "/Roles lists roles, and users have theirs by id", "WSO2")
        .settle(resources::with_roles)
        .rfc_only(),
    Row::new("deep-groups", "groups have groups as members", "RFC 7643 §4.2").answer(resources::deep_groups),
    Row::new("delete-deactivates", "DELETE of a user sets active to false", "Slack")
        .change(answers::deactivate)
        .answer(answers::say_deleted)
        .rfc_only(),
    Row::new(
        "unknown-attribute-dropped",
        "of users only names, e-mail, active and externalId are kept; the rest of a change is dropped with a 200",
        "servers with few attributes of their own",
    )
    .change(writes::drop_unknown)
    .answer(writes::show_known),
    Row::new(
        "normalises-values",
        "locale and preferredLanguage come back with another separator: en-GB as en_GB",
        "servers that keep values in their own form",
    )
    .answer(resources::normalises),
    // Members and memberships.
    Row::new("members-empty", "groups are listed and read with empty members", "AWS IAM Identity Center, GitLab")
        .answer(resources::members_empty)
        .not_with(&["deep-groups", "members-not-listed", "members-on-request", "members-truncated"]),
    Row::new(
        "members-not-listed",
        "listed groups have no members, a single group has",
        "servers that keep lists short",
    )
    .answer(resources::members_not_listed)
    .not_with(&["members-on-request"]),
    Row::new("members-on-request", "groups have members only where attributes names them", "Oracle IDCS")
        .answer(resources::members_on_request),
    Row::new("members-truncated", "groups show their first N members only", "FusionAuth")
        .answer(resources::members_truncated)
        .maybe_numbered(Some(100), 0, MOST),
    Row::new("users-without-groups", "users do not say their groups", "scim2-server").answer(resources::without_groups),
    Row::new("no-emails", "users have no e-mail address", "RFC 7643 §4.1.2, where it is optional")
        .answer(resources::without_emails),
    // Values.
    Row::new(
        "last-modified-missing",
        "resources do not say when they were changed",
        "RFC 7643 §3.1, where meta is optional",
    )
    .answer(resources::without_last_modified),
    Row::new(
        "string-booleans",
        "booleans are \"True\" and \"False\", and nothing else is taken",
        "servers made for Entra",
    )
    .check(writes::only_string_booleans)
    .answer(resources::string_booleans),
    Row::new("empty-arrays", "absent multi-valued attributes are []", "RFC 7643 §2.5").answer(resources::empty_arrays),
    Row::new("nulls", "absent attributes are null", "RFC 7643 §2.5").answer(resources::nulls),
    Row::new("relative-location", "meta.location, $ref and Location are paths", "scimmy-routers")
        .answer(resources::relative_location),
    // Queries.
    Row::new("ignore-filter", "every filter is ignored", "small servers of all kinds")
        .change(filters::ignore_filter)
        .not_with(FILTERS),
    Row::new("no-filter", "every filter is refused, invalidFilter", "RFC 7644 §3.4.2.2, where filters are optional")
        .check(filters::no_filter)
        .answer(filters::say_no_filter)
        .not_with(FILTERS),
    Row::new("filter-eq-only", "filters are eq, joined by and", "AWS IAM Identity Center")
        .check(filters::eq_only)
        .not_with(FILTERS),
    Row::new("filter-eq-sw-only", "filters are eq and sw, joined by and", "Snowflake")
        .check(filters::eq_sw_only)
        .not_with(FILTERS),
    Row::new(
        "last-modified-ignored",
        "comparisons of meta.lastModified are left out of filters",
        "servers that filter by a few attributes and ignore the rest",
    )
    .change(filters::ignore_last_modified)
    .not_with(FILTERS),
    Row::new(
        "last-modified-refused",
        "filters with meta.lastModified are refused, invalidFilter",
        "RFC 7644 §3.4.2.2, where a server may know some attributes only",
    )
    .check(filters::no_last_modified)
    .not_with(FILTERS),
    Row::new("page-cap", "pages are no larger than N, whatever is asked and announced", "Atlassian, scim2-server")
        .change(paging::page_cap)
        .numbered(1),
    Row::new("no-paging", "every list is one page, whatever is asked", "Google Cloud Identity")
        .settle(paging::pages_are_endless)
        .change(paging::no_paging)
        .answer(paging::say_no_paging)
        .not_with(&["page-cap", "cursor-only", "cursor-default", "cursor-expires-after", "cursor-ignored"]),
    Row::new("count-500", "any count is answered with 500", "canaille").check(paging::count_500),
    Row::new("cursor-only", "lists are by cursor, startIndex is answered with 501", "RFC 9865 §4, PingDirectory")
        .check(paging::cursor_only)
        .answer(paging::say_cursor_only)
        .not_with(&["cursor-default", "cursor-ignored", "ignore-query", "start-index-missing"])
        .rfc_only(),
    Row::new("cursor-default", "lists are by cursor unless startIndex is given", "RFC 9865 §2.4")
        .change(paging::cursor_default)
        .answer(paging::say_cursor_default)
        .not_with(&["cursor-ignored", "ignore-query"])
        .rfc_only(),
    Row::new("cursor-ignored", "a cursor is ignored, though announced", "servers that know RFC 7644 only")
        .change(paging::cursor_ignored)
        .rfc_only(),
    Row::new(
        "cursor-expires-after",
        "a cursor is good for the next N requests, whoever sends them",
        "RFC 9865 §2.1, expiredCursor",
    )
    .check(paging::cursor_of_age)
    .answer(paging::date_cursor)
    .numbered(0)
    .not_with(&["cursor-ignored", "ignore-query"])
    .rfc_only(),
    Row::new("items-per-page-missing", "lists have no itemsPerPage", "Zscaler, canaille")
        .answer(paging::items_per_page_missing),
    Row::new("start-index-missing", "lists have no startIndex", "canaille").answer(paging::start_index_missing),
    Row::new("total-wrong", "totalResults is what stands on the page, or N too few", "WSO2")
        .answer(paging::total_wrong)
        .maybe_numbered(None, 1, MOST),
    Row::new("total-missing", "lists have no totalResults", "AWS IAM Identity Center, by cursor")
        .answer(paging::total_missing)
        .not_with(&["total-wrong", "total-string"]),
    Row::new("total-string", "totalResults is a text", "servers without types").answer(paging::total_string),
    // Changes.
    Row::new("no-patch", "PATCH is answered with 405, or with status N", "RFC 7644 §3.5.2; authentik in 2024")
        .check(answers::no_patch)
        .answer(answers::say_no_patch)
        .maybe_numbered(Some(405), 400, 501)
        .not_with(&[
            "patch-204",
            "patch-200-empty",
            "op-capitalised-only",
            "op-lower-only",
            "max-operations",
            "max-members",
        ]),
    Row::new("patch-204", "PATCH is answered with 204", "AWS IAM Identity Center, scim2-server")
        .answer(answers::patch_204)
        .not_with(&["patch-200-empty"]),
    Row::new("patch-200-empty", "PATCH is answered with an empty object", "Google Cloud Identity")
        .answer(answers::patch_200_empty),
    Row::new("put-empty-answer", "PUT is answered with nothing", "Salesforce").answer(answers::put_empty),
    Row::new("op-capitalised-only", "a PATCH must say Add, Replace, Remove", "servers made for Entra")
        .check(writes::op_capitalised)
        .not_with(&["op-lower-only"]),
    Row::new("op-lower-only", "a PATCH must say add, replace, remove", "RFC 7644 §3.5.2 to the letter")
        .check(writes::op_lower),
    Row::new("max-operations", "a PATCH has at most N operations", "Google Cloud Identity")
        .check(writes::max_operations)
        .maybe_numbered(Some(20), 1, MOST),
    Row::new("max-members", "a PATCH changes at most N memberships", "AWS IAM Identity Center")
        .check(writes::max_members)
        .maybe_numbered(Some(100), 1, MOST),
    Row::new("members-need-display", "who becomes a member must be named: display", "WSO2, Infisical")
        .check(writes::members_need_display),
    // Discovery.
    Row::new("spc-404", "the documents of discovery are not found", "Infisical")
        .check(answers::no_discovery)
        .not_with(&["spc-html", "spc-wrong"]),
    Row::new("spc-html", "the documents of discovery are a web page", "single-page applications that answer any path")
        .answer(answers::html_discovery)
        .not_with(&["spc-wrong"]),
    Row::new("spc-wrong", "ServiceProviderConfig says filter.supported 0 and lacks members", "Snowflake")
        .answer(answers::wrong_discovery),
    // Names and ids.
    Row::new(
        "ids-strange",
        "ids have blanks, slashes, quotes, percent signs, other scripts, or 337 characters",
        "RFC 7643 §3.1; directories with names as ids",
    )
    .change(ids::read_strange)
    .answer(ids::show_strange)
    .not_with(&["numbers-as-ids"]),
    Row::new("numbers-as-ids", "ids are JSON numbers", "Snipe-IT, laravel-scim-server")
        .change(ids::read_numbers)
        .answer(ids::show_numbers),
    Row::new(
        "upper-case-names",
        "names of attributes begin with a capital",
        "RFC 7643 §2.1, where case does not count",
    )
    .answer(resources::upper_case_names),
    // Whole requests.
    Row::new("ignore-query", "every query parameter is ignored", "scimmy-routers under Express 5")
        .change(filters::ignore_query)
        .not_with(FILTERS),
    Row::new("accept-json-only", "406 unless application/json is accepted, 415 unless it is sent", "WSO2")
        .check(filters::json_only)
        .answer(filters::say_json),
    Row::new("user-agent-required", "403 without a User-Agent", "GitHub").check(filters::user_agent_required),
    Row::new("rate-limit-500", "beyond N requests a second 500 with REQUEST_LIMIT_EXCEEDED", "Databricks")
        .check(filters::rate_limit_500)
        .numbered(1),
];

/// A list's filter meets one fate only.
const FILTERS: &[&str] = &[
    "last-modified-ignored",
    "last-modified-refused",
    "ignore-filter",
    "no-filter",
    "filter-eq-only",
    "filter-eq-sw-only",
    "ignore-query",
];
