//! One page of a collection: query parameters, filter, paging.
//!
//! Conditions on `id` and `userName` that must hold are turned into a range of indices, so that they cost the same in a large
//! population as in a small one. What else a filter asks takes a scan, whose result is kept for the next pages.

use super::cursor::Cursor;
use super::dialect::Dialect;
use super::errors::Refusal;
use super::faults::{Bent, ListEffect};
use super::options::Options;
use super::projection::Projection;
use super::store::{Collection, Store, View};
use crate::scim::{filter, resource};
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter};
use serde_json::Value;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::{Arc, PoisonError};

/// The parameters of a list request (RFC 7644 §3.4.2, RFC 9865 §2).
#[derive(Debug)]
pub(super) struct Query {
    /// From 1.
    pub start_index: u64,
    /// RFC 9865, which Salesforce does not know; empty for the first page.
    pub cursor: Option<String>,
    pub count: u64,
    pub filter: Option<Filter>,
    pub projection: Projection,
}

impl Query {
    /// Reads the parameters of a URL. A parameter that this server does not know is ignored.
    pub(super) fn parse(query: Option<&str>, options: &Options) -> Result<Self, Refusal> {
        let parameter = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
            pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.into_owned())
        };
        Self::read(parameter, options)
    }

    /// Reads the same parameters from the body of a search (RFC 7644 §3.4.3).
    pub(super) fn in_body(body: &Value, options: &Options) -> Result<Self, Refusal> {
        let parameter = |name: &str| match resource::get(body, name)? {
            Value::Array(names) => Some(names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
            single => resource::text(single).map(Cow::into_owned),
        };
        Self::read(parameter, options)
    }

    fn read(parameter: impl Fn(&str) -> Option<String>, options: &Options) -> Result<Self, Refusal> {
        let number = |name: &'static str| {
            let parse = |text: &str| {
                let parsed: Result<i64, _> = text.trim().parse();
                parsed.map_err(|_| Refusal::bad_request("invalidValue", format!("{name} must be a whole number")))
            };
            parameter(name).map(|text| parse(&text)).transpose()
        };
        let start_index = number("startIndex")?.and_then(|start| u64::try_from(start).ok()).unwrap_or(1).max(1);
        let count = match number("count")? {
            // "A negative value SHALL be interpreted as 0" (RFC 7644 §3.4.2.4).
            Some(count) => u64::try_from(count).unwrap_or(0),
            None => options.page_size,
        };
        let cursor = parameter("cursor").filter(|_| options.dialect == Dialect::Rfc);
        let filter = parameter("filter").map(|text| filter::parse(&text)).transpose();
        let filter =
            filter.map_err(|reason| Refusal::bad_request("invalidFilter", format!("Invalid filter: {reason}")))?;
        let projection =
            Projection::parse(parameter("attributes").as_deref(), parameter("excludedAttributes").as_deref())
                .map_err(|reason| Refusal::bad_request("invalidValue", reason))?;
        Ok(Self { start_index, cursor, count: count.min(options.max_page_size), filter, projection })
    }
}

/// The page as a list response (RFC 7644 §3.4.2): one collection after the other, each in ascending order of ids; another
/// page, if a fault wants that.
pub(super) fn page(
    store: &Store,
    collections: &[Collection],
    query: &Query,
    options: &Options,
    fault: Option<&Bent>,
) -> Result<Vec<u8>, Refusal> {
    let last_start_index = collections.iter().filter_map(|one| options.dialect.last_start_index(*one)).min();
    if last_start_index.is_some_and(|last| query.start_index > last) {
        let description = "Start index too big. Consider filtering down your result set, e.g. id gt \"(the last id in the result \
                           set)\"";
        return Err(Refusal::Scim11 { description: description.to_owned() });
    }
    let view = store.view();
    let list = |effect| Page::of(store, &view, collections, query, options, effect);
    let mut page = list(None)?;
    if let Some(fault) = fault {
        let wrong = list(Some(fault.effect))?;
        if wrong != page {
            fault.fire();
            page = wrong;
        }
    }
    Ok(page.written(&view, &query.projection))
}

/// What a list response says.
#[derive(Debug, PartialEq, Eq)]
struct Page {
    total: u64,
    /// `None` by cursor.
    start_index: Option<u64>,
    next_cursor: Option<String>,
    rows: Vec<(Collection, u64)>,
}

impl Page {
    fn of(
        store: &Store,
        view: &View<'_>,
        collections: &[Collection],
        query: &Query,
        options: &Options,
        effect: Option<ListEffect>,
    ) -> Result<Self, Refusal> {
        let filter = query.filter.as_ref().filter(|_| effect != Some(ListEffect::IgnoreFilter));
        let starts = effect == Some(ListEffect::IgnoreStartIndex);
        let start_index = if starts { 1 } else { query.start_index };
        let lists: Vec<(Collection, Rows)> = collections
            .iter()
            .map(|one| {
                let rows = listed(store, view, *one, filter, options);
                match effect {
                    Some(ListEffect::LoseView(seen)) => (*one, rows.before(first_slots(view, *one, seen))),
                    _ => (*one, rows),
                }
            })
            .collect();
        let total = lists.iter().map(|(_, rows)| rows.len()).sum();
        let shift = if let Some(ListEffect::ShiftPage(rows)) = effect { rows } else { 0 };
        let first = match query.cursor.as_deref() {
            None => start_index - 1,
            Some(cursor) if starts || cursor.is_empty() => 0,
            Some(cursor) => passed(&lists, Cursor::read(cursor, query, collections)?),
        };
        let first = first.saturating_add_signed(shift).min(total);
        let asked = first..first.saturating_add(query.count).min(total);
        let start_index = query.cursor.is_none().then_some(start_index);
        let mut page = Self { total, start_index, next_cursor: None, rows: Vec::new() };
        let mut before = 0;
        for (collection, rows) in &lists {
            let place = |row: u64| row.saturating_sub(before).min(rows.len());
            page.rows.extend(rows.indices(place(asked.start)..place(asked.end)).map(|index| (*collection, index)));
            before += rows.len();
        }
        if query.cursor.is_some() && asked.end < total {
            let next = page.rows.last().and_then(|(collection, index)| {
                let collection = collections.iter().position(|one| one == collection)?;
                Some(Cursor { collection, slot: index + 1 })
            });
            page.next_cursor = next.map(|next| next.write(query, collections));
        }
        if let Some(effect) = effect {
            page.spoil(effect);
        }
        Ok(page)
    }

    /// What goes wrong with a page when it is there.
    fn spoil(&mut self, effect: ListEffect) {
        let count = |rows: u64| usize::try_from(rows).unwrap_or(usize::MAX);
        match effect {
            ListEffect::RepeatRows(rows) => {
                let repeated = count(rows).min(self.rows.len() / 2);
                let kept = self.rows.len() - repeated;
                self.rows.truncate(kept);
                self.rows.extend_from_within(..repeated);
            }
            ListEffect::DropRows(rows) => drop(self.rows.drain(..count(rows).min(self.rows.len()))),
            ListEffect::ChangeTotal(by) => self.total = self.total.saturating_add_signed(by),
            ListEffect::EmptyPage => self.rows.clear(),
            ListEffect::ShiftPage(_)
            | ListEffect::LoseView(_)
            | ListEffect::IgnoreFilter
            | ListEffect::IgnoreStartIndex => {}
        }
    }

    fn written(&self, view: &View<'_>, projection: &Projection) -> Vec<u8> {
        let (total, items) = (self.total, self.rows.len());
        let start = self.start_index.map(|start| format!(r#""startIndex":{start},"#)).unwrap_or_default();
        let head = format!(
            r#"{{"schemas":["{LIST_RESPONSE}"],"totalResults":{total},{start}"itemsPerPage":{items},"Resources":["#
        );
        // Each resource becomes text by itself: a page of large groups would be many times its size as values.
        let mut page = head.into_bytes();
        for (place, (collection, index)) in self.rows.iter().enumerate() {
            if place > 0 {
                page.push(b',');
            }
            let resource = view.resource(*collection, *index, projection);
            page.extend_from_slice(projection.apply(resource).to_string().as_bytes());
        }
        page.push(b']');
        if let Some(cursor) = &self.next_cursor {
            page.extend_from_slice(format!(r#","nextCursor":"{cursor}""#).as_bytes());
        }
        page.push(b'}');
        page
    }
}

/// How many rows of these lists come before a cursor's place.
fn passed(lists: &[(Collection, Rows)], cursor: Cursor) -> u64 {
    let whole: u64 = lists.iter().take(cursor.collection).map(|(_, rows)| rows.len()).sum();
    whole + lists.get(cursor.collection).map_or(0, |(_, rows)| rows.passed(cursor.slot))
}

fn listed(store: &Store, view: &View<'_>, collection: Collection, filter: Option<&Filter>, options: &Options) -> Rows {
    match filter {
        Some(filter) => rows(store, view, collection, filter),
        None if options.dialect.ends_after_one_page(collection) => {
            Rows::all(view, collection, 0..view.slots(collection).min(options.max_page_size))
        }
        None => Rows::all(view, collection, 0..view.slots(collection)),
    }
}

/// Where so many records of the collection end.
fn first_slots(view: &View<'_>, collection: Collection, records: u64) -> u64 {
    let end = view.deleted(collection).iter().fold(records, |end, gone| end + u64::from(*gone < end));
    end.min(view.slots(collection))
}

/// The indices of the records that a list holds, ascending.
#[derive(Debug)]
enum Rows {
    /// All of a range but those that are gone.
    All {
        range: Range<u64>,
        gone: Vec<u64>,
    },
    Matching(Arc<[u64]>, Range<usize>),
}

impl Rows {
    fn all(view: &View<'_>, collection: Collection, range: Range<u64>) -> Self {
        let range = range.start..range.end.max(range.start);
        let gone = view.deleted(collection).range(range.clone()).copied().collect();
        Self::All { range, gone }
    }

    /// Those with an index below this.
    fn before(self, end: u64) -> Self {
        match self {
            Self::All { range, mut gone } => {
                let range = range.start.min(end)..range.end.min(end);
                gone.retain(|index| range.contains(index));
                Self::All { range, gone }
            }
            Self::Matching(indices, range) => {
                let below = indices.partition_point(|index| *index < end);
                Self::Matching(indices, range.start.min(below)..range.end.min(below))
            }
        }
    }

    fn len(&self) -> u64 {
        match self {
            Self::All { range, gone } => range.end - range.start - gone.len() as u64,
            Self::Matching(_, range) => range.len() as u64,
        }
    }

    /// How many of these rows come before the record with that index.
    fn passed(&self, index: u64) -> u64 {
        match self {
            Self::All { range, gone } => {
                let gaps = gone.partition_point(|gap| *gap < index) as u64;
                index.clamp(range.start, range.end) - range.start - gaps
            }
            Self::Matching(indices, range) => {
                let indices = indices.get(range.clone()).unwrap_or_default();
                indices.partition_point(|matching| *matching < index) as u64
            }
        }
    }

    /// The indices of these rows.
    fn indices(&self, rows: Range<u64>) -> Box<dyn Iterator<Item = u64> + '_> {
        let place = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        let count = place(rows.end.saturating_sub(rows.start));
        match self {
            Self::All { range, gone } => {
                // Each gap before the first row moves it on by one.
                let first = gone.iter().fold(range.start + rows.start, |at, gap| at + u64::from(*gap <= at));
                Box::new((first..range.end).filter(|index| gone.binary_search(index).is_err()).take(count))
            }
            Self::Matching(indices, range) => {
                let indices = indices.get(range.clone()).unwrap_or_default();
                Box::new(indices.iter().skip(place(rows.start)).take(count).copied())
            }
        }
    }
}

/// The matches of a filter over a whole collection.
#[derive(Debug)]
pub(super) struct Scan {
    collection: Collection,
    filter: Filter,
    version: u64,
    matches: Arc<[u64]>,
}

fn rows(store: &Store, view: &View<'_>, collection: Collection, filter: &Filter) -> Rows {
    let mut range = 0..view.slots(collection);
    let mut others = Vec::new();
    narrow(view, collection, filter, &mut range, &mut others);
    let Some(others) = Filter::all(others) else { return Rows::all(view, collection, range) };
    if range.end.saturating_sub(range.start) <= FEW {
        let matches: Arc<[u64]> = scan(view, collection, &others, range).collect();
        let all = 0..matches.len();
        return Rows::Matching(matches, all);
    }
    let matches = kept_scan(store, view, collection, others);
    let place = |index: u64| matches.partition_point(|matching| *matching < index);
    let range = place(range.start)..place(range.end);
    Rows::Matching(matches, range)
}

/// Takes from the filter's conjunction what says where in the collection the records stand, and leaves the rest in `others`.
fn narrow(view: &View<'_>, collection: Collection, filter: &Filter, range: &mut Range<u64>, others: &mut Vec<Filter>) {
    match filter {
        Filter::And(operands) => {
            for operand in operands {
                narrow(view, collection, operand, range, others);
            }
        }
        Filter::Attr(AttrExp::Comparison(path, operator, CompValue::Str(text))) => {
            match bounds(view, collection, path, operator, text) {
                Some(bounds) => *range = range.start.max(bounds.start)..range.end.min(bounds.end),
                None => others.push(filter.clone()),
            }
        }
        _ => others.push(filter.clone()),
    }
}

fn bounds(
    view: &View<'_>,
    collection: Collection,
    path: &AttrPath,
    operator: &CompareOp,
    text: &str,
) -> Option<Range<u64>> {
    let is = |name: &str| path.uri.is_none() && path.sub_attr.is_none() && path.name.eq_ignore_ascii_case(name);
    let end = view.slots(collection);
    if is("id") {
        let from = |reached: fn(&str, &str) -> bool| view.position(collection, |id| reached(id, text));
        let (at, beyond) = (|id: &str, text: &str| id >= text, |id: &str, text: &str| id > text);
        return match operator {
            CompareOp::Eq => Some(from(at)..from(beyond)),
            CompareOp::Gt => Some(from(beyond)..end),
            CompareOp::Ge => Some(from(at)..end),
            CompareOp::Lt => Some(0..from(at)),
            CompareOp::Le => Some(0..from(beyond)),
            _ => None,
        };
    }
    if collection == Collection::Users && is("userName") && *operator == CompareOp::Eq {
        return Some(view.user_named(text).map_or(0..0, |index| index..index + 1));
    }
    None
}

fn kept_scan(store: &Store, view: &View<'_>, collection: Collection, filter: Filter) -> Arc<[u64]> {
    // Held during the scan: whoever asks the same meanwhile waits for its result instead of scanning too.
    let mut kept = store.scan.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = kept.as_ref()
        && (kept.collection, kept.version) == (collection, view.version())
        && kept.filter == filter
    {
        return kept.matches.clone();
    }
    let matches: Arc<[u64]> = scan(view, collection, &filter, 0..view.slots(collection)).collect();
    *kept = Some(Scan { collection, filter, version: view.version(), matches: matches.clone() });
    matches
}

fn scan(view: &View<'_>, collection: Collection, filter: &Filter, range: Range<u64>) -> impl Iterator<Item = u64> {
    // A group's members are many: they are looked at only where the filter names them.
    let names_members = filter::to_query(filter).to_ascii_lowercase().contains("members");
    let projection = if names_members { Projection::All } else { Projection::Without(vec!["members".to_owned()]) };
    let gone = view.deleted(collection);
    range
        .filter(|index| !gone.contains(index))
        .filter(move |index| filter::matches(filter, &view.resource(collection, *index, &projection)))
}

const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// So few records are looked at one by one each time.
const FEW: u64 = 1_000;
