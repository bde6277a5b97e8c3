//! What a list leaves out (`filterString` …), and whether the provider did what it was asked for (`userFilter` …).
//!
//! Both are for lists alone: a single object is read whatever the filters say. An object that is left out counts as
//! received: the proof that a list is complete and the guard against lists that shrink look at what the provider gave.

use super::error::{own, refuse};
use crate::config::{AskedFor, Filters, LeftOut, ListFilters, Problem};
use crate::filter_string::FilterString;
use crate::mapping::EntitlementMapper;
use crate::mapping::table::{ENTITLEMENT, GROUP, Table};
use crate::protocol::Failure;
use crate::scim::filter::{refutes, to_query};
use crate::scim::provider::Profile;
use crate::scim::{Json, Node, Plan, Query};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The names in filter strings that are no attributes: in the platform's own connectors such a filter would match nothing,
/// or everything. `profile` is `None` where other settings are wrong as well.
pub fn problems(filters: &Filters, table: &Table, profile: Option<&Profile>) -> Vec<Problem> {
    let shown = table.columns().iter().filter(|column| column.is_shown());
    let accounts = shown.filter(|column| profile.is_none_or(|profile| column.is_at(profile)));
    let accounts: Vec<&str> = accounts.map(|column| column.name.as_str()).collect();
    [
        (&filters.accounts, "accounts", accounts.as_slice()),
        (&filters.groups, "groups", EntitlementMapper::attributes(GROUP)),
        (&filters.entitlements, "entitlements", EntitlementMapper::attributes(ENTITLEMENT)),
    ]
    .into_iter()
    .filter_map(|(filters, of, known)| unknown_name(filters.left_out.as_ref()?, of, known))
    .collect()
}

fn unknown_name(left_out: &LeftOut, of: &str, known: &[&str]) -> Option<Problem> {
    let unknown = left_out.filter.names().iter().find(|name| !known.contains(&name.name.as_str()))?;
    let says = format!(
        "names at column {} an attribute that {of} do not have: \"{}\" (those that there are: {})",
        unknown.column,
        unknown.name,
        known.join(", ")
    );
    Some(Problem { key: left_out.key, says })
}

/// Reads the attributes of the resource with this id that a filter string names.
pub type Attributes = Arc<dyn Fn(&str, Node<'_>) -> Map<String, Value> + Send + Sync>;

/// Says of each resource of a list whether it is kept.
#[derive(Clone)]
pub struct Sieve {
    doing: &'static str,
    asked_for: Option<AskedFor>,
    left_out: Option<(FilterString, Attributes)>,
    plan: Plan,
    count: Arc<Count>,
}

#[derive(Default)]
struct Count {
    seen: AtomicU64,
    left_out: AtomicU64,
}

impl Sieve {
    /// `doing` names the command; `attributes` is what the filter string looks at, where there is one, and `plan` where it
    /// reads that.
    pub fn new(doing: &'static str, filters: &ListFilters, plan: Plan, attributes: Attributes) -> Self {
        let left_out = filters.left_out.as_ref().map(|left_out| (left_out.filter.clone(), attributes));
        let asked_for = filters.asked_for.clone();
        let plan = if left_out.is_some() { plan } else { Plan::id() };
        let plan = asked_for.iter().fold(plan, |plan, asked_for| plan.with_filter(&asked_for.filter));
        Self { doing, asked_for, left_out, plan, count: Arc::default() }
    }

    /// What it looks at in a resource.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What the list is to ask for.
    pub fn query(&self) -> Query {
        Query { filter: self.asked_for.as_ref().map(|asked_for| asked_for.filter.clone()), ..Query::default() }
    }

    /// Whether the resource goes out.
    ///
    /// # Errors
    /// When it shows that the provider ignores the filter that it was given: then it gave all, and not what was asked for.
    pub fn keeps(&self, id: &str, found: Node<'_>) -> Result<bool, Failure> {
        if let Some(asked_for) = &self.asked_for {
            check_asked_for(self.doing, asked_for, id, found)?;
        }
        self.count.seen.fetch_add(1, Ordering::Relaxed);
        let is_left_out =
            self.left_out.as_ref().is_some_and(|(filter, attributes)| filter.matches(&attributes(id, found)));
        self.count.left_out.fetch_add(u64::from(is_left_out), Ordering::Relaxed);
        Ok(!is_left_out)
    }

    /// How many were looked at so far, and how many of them left out.
    pub fn counted(&self) -> [u64; 2] {
        [&self.count.seen, &self.count.left_out].map(|count| count.load(Ordering::Relaxed))
    }

    /// Counts from there again.
    pub fn recount(&self, [seen, left_out]: [u64; 2]) {
        self.count.seen.store(seen, Ordering::Relaxed);
        self.count.left_out.store(left_out, Ordering::Relaxed);
    }

    /// Tells the operator how many were left out.
    pub fn tell(&self) {
        let [seen, left_out] = self.counted();
        match &self.left_out {
            None => {}
            Some(_) if seen > 0 && seen == left_out => {
                tracing::warn!(seen, left_out, "the filter string leaves out every object of the list");
            }
            Some(_) => tracing::info!(seen, left_out, "objects were left out by the filter string"),
        }
    }
}

/// Whether a resource is what the provider was asked for.
///
/// # Errors
/// When it surely is not.
pub fn check_asked_for<'v>(doing: &str, asked_for: &AskedFor, id: &str, found: impl Json<'v>) -> Result<(), Failure> {
    if !refutes(&asked_for.filter, found) {
        return Ok(());
    }
    let values = [("subject", asked_for.key), ("known", id), ("problem", &to_query(&asked_for.filter))];
    Err(refuse(own::LIST_FILTER_IGNORED, doing, &values))
}
