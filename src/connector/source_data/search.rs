//! Rows that are resources of an endpoint: found by the provider's filter where it finds what it should, else by reading the
//! whole list. Either way each row is compared here.
//!
//! A provider may not know `co`, compare the case of letters, or answer with nothing to a filter that it does not
//! understand. So it is tried once with a resource that is known: a part of its name, in the other case of letters, must
//! find it. What is searched for is sent as far as it is plain ASCII: the other letters every server folds in its own way.

use super::row::Row;
use super::sets::{Resources, Shown};
use crate::connector::error::translate;
use crate::connector::filters::check_asked_for;
use crate::connector::groups::REFUSALS;
use crate::connector::lookup::is_status;
use crate::connector::session::Session;
use crate::protocol::{Failure, QueryInput};
use crate::scim::provider::{Endpoint, Profile};
use crate::scim::{self, Gap, Json, Plan, Query, Read, resource};
use futures::StreamExt as _;
use scim_v2::filter::{AttrExp, AttrPath, CompValue, CompareOp, Filter};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use tokio::sync::Mutex;

/// So many resources are looked at for one to try the filter with.
const TRIED: u64 = 10;
/// Among so many the known one must be: others may have such a part in their name, too.
const FOUND: u64 = 50;
/// A shorter part says nothing.
const SHORTEST_PART: usize = 3;

/// Whether the provider finds what it should, by endpoint and attributes, once that was tried.
pub type Searchable = Mutex<HashMap<String, bool>>;

/// The rows that are wanted, in the provider's order, as many as may be.
///
/// # Errors
/// When the provider cannot be asked, or the list that had to be read whole is not complete.
pub async fn rows(
    session: &Session,
    resources: &Resources,
    query: &QueryInput,
    doing: &str,
) -> Result<Vec<Row>, Failure> {
    let sent = query.query.as_deref().and_then(plain_part);
    if let Some(part) = sent
        && is_searchable(session, resources, doing).await?
    {
        match listed(session, resources, query, any_contains(resources.shown.searched(), part)).await {
            Ok(rows) => return with_key(session, resources, query, rows?, doing).await,
            Err(error) if is_status(&error, REFUSALS) => {}
            // The provider states no totals, and found nothing twice.
            Err(scim::Error::Incomplete(incomplete)) if incomplete.reason == Gap::NothingStated => {
                return with_key(session, resources, query, Vec::new(), doing).await;
            }
            Err(error) => return Err(translate(doing, error)),
        }
    }
    listed(session, resources, query, None).await.map_err(|error| translate(doing, error))?
}

/// Reads until there are enough rows, or the list ends.
async fn listed(
    session: &Session,
    resources: &Resources,
    query: &QueryInput,
    search: Option<Filter>,
) -> Result<Result<Vec<Row>, Failure>, scim::Error> {
    let asked_for = resources.asked_for.as_ref().map(|asked_for| asked_for.filter.clone());
    let filter = match (asked_for, search) {
        (Some(asked_for), Some(search)) => Some(Filter::and(asked_for, search)),
        (one, other) => one.or(other),
    };
    let question = Query { filter, without: resources.members.as_deref().map(|list| list.to_owned().into()) };
    let (of, profile) = (resources.clone(), Arc::clone(&session.config.profile));
    let read: Read<Result<Option<Row>, Failure>> = Read::new(plan(&of), move |found| row(&profile, &of, found));
    let mut pages = pin!(session.client.list(&resources.endpoint, question, read));
    let mut rows = Vec::new();
    while let Some(page) = pages.next().await {
        for part in page?.rows.into_parts() {
            for found in part.read().await? {
                match found {
                    Ok(row) => rows.extend(row.filter(|row| is_wanted(session, query, row))),
                    Err(failure) => return Ok(Err(failure)),
                }
                if rows.len() == query.limit {
                    return Ok(Ok(rows));
                }
            }
        }
    }
    Ok(Ok(rows))
}

/// With the row whose key is searched for, which a filter on names does not find.
async fn with_key(
    session: &Session,
    resources: &Resources,
    query: &QueryInput,
    mut rows: Vec<Row>,
    doing: &str,
) -> Result<Vec<Row>, Failure> {
    let Some(key) = query.query.as_deref().filter(|_| rows.len() < query.limit) else { return Ok(rows) };
    if rows.iter().any(|row| row.has_key(key, session.config.profile.ids_are_case_exact)) {
        return Ok(rows);
    }
    match session.client.read(&resources.endpoint, key).await {
        Ok(found) => {
            let found = row(&session.config.profile, resources, &found)?;
            rows.extend(found.filter(|row| is_wanted(session, query, row)));
        }
        // It is no id, or the provider has none such.
        Err(scim::Error::InvalidId(_) | scim::Error::OtherResource { .. }) => {}
        Err(error) if is_status(&error, &[400, 404, 405, 501]) => {}
        Err(error) => return Err(translate(doing, error)),
    }
    Ok(rows)
}

fn is_wanted(session: &Session, query: &QueryInput, row: &Row) -> bool {
    row.is_wanted(query, session.config.profile.ids_are_case_exact)
}

/// What a row looks at in a resource.
fn plan(resources: &Resources) -> Plan {
    let plan = match &resources.shown {
        Shown::User => Plan::id().with_member(&["displayName"]).with_member(&["userName"]),
        Shown::Named => Plan::id().with_member(&["displayName"]),
        Shown::AtPaths(paths) => Plan::id().with_path(&paths.0).with_path(&paths.1),
    };
    resources.asked_for.iter().fold(plan, |plan, asked_for| plan.with_filter(&asked_for.filter))
}

/// The row of a resource; `None` where it is of another set.
fn row<'v, J: Json<'v>>(profile: &Profile, resources: &Resources, found: J) -> Result<Option<Row>, Failure> {
    let Some(id) = resource::id(found) else { return Ok(None) };
    if let Some(asked_for) = &resources.asked_for {
        check_asked_for("Reading the data set", asked_for, &id, found)?;
    }
    if resources.kind.as_deref().is_some_and(|kind| profile.entitlement_kind(&id) != Some(kind)) {
        return Ok(None);
    }
    let text = |value: Option<J>| value.and_then(resource::text).map(Cow::into_owned);
    let member = |name: &str| text(resource::get(found, name));
    let (name, beside) = match &resources.shown {
        Shown::User => match (member("displayName").filter(|name| !name.trim().is_empty()), member("userName")) {
            (None, user_name) => (user_name, None),
            both => both,
        },
        Shown::Named => (member("displayName"), None),
        Shown::AtPaths(paths) => {
            let (name, description) = paths.as_ref();
            (text(name.first(found)), text(description.first(found)))
        }
    };
    Ok(Some(Row::new(&id, name, beside)))
}

/// Whether the provider's filter finds what is searched for. It is tried once a source.
async fn is_searchable(session: &Session, resources: &Resources, doing: &str) -> Result<bool, Failure> {
    let (endpoint, attributes) = (&resources.endpoint, resources.shown.searched());
    let understood = any_contains(attributes, "x").is_some_and(|filter| endpoint.filters.understand(&filter));
    if !understood {
        return Ok(false);
    }
    let name = format!("{} {}", endpoint.path, attributes.join(" "));
    let mut known = session.source.form_data.searchable.lock().await;
    if let Some(known) = known.get(&name) {
        return Ok(*known);
    }
    let Some(found) = try_filter(session, resources)
        .await
        .or_else(|error| if is_status(&error, REFUSALS) { Ok(Some(false)) } else { Err(translate(doing, error)) })?
    else {
        return Ok(false);
    };
    tracing::info!(list = &*endpoint.path, found, "whether the provider's filter finds parts of names was tried");
    known.insert(name, found);
    Ok(found)
}

/// Whether each attribute of a known resource is found by a part of it; `None` where there is nothing to try it with.
async fn try_filter(session: &Session, resources: &Resources) -> Result<Option<bool>, scim::Error> {
    let attributes = resources.shown.searched();
    let endpoint = &with_few_attributes(&resources.endpoint, attributes);
    let known = session.client.first(endpoint, None, TRIED).await?;
    let parts_of = |one: &Value| -> Option<(String, Vec<String>)> {
        let part = |name: &&str| other_case(&resource::text(resource::get(one, name)?)?);
        Some((resource::id(one)?.into_owned(), attributes.iter().map(part).collect::<Option<_>>()?))
    };
    let Some((id, parts)) = known.iter().find_map(parts_of) else { return Ok(None) };
    for (attribute, part) in attributes.iter().zip(&parts) {
        let filter = contains(attribute, part);
        let found = session.client.first(endpoint, Some(&filter), FOUND).await?;
        if !found.iter().any(|one| resource::id(one).is_some_and(|found| found == id)) {
            return Ok(Some(false));
        }
    }
    Ok(Some(true))
}

/// The endpoint, asked for no more than what is looked at: groups may have many members.
fn with_few_attributes(endpoint: &Endpoint, attributes: &[&str]) -> Endpoint {
    let names = ["id"].iter().chain(attributes).map(|name| (*name).to_owned());
    Endpoint { attributes: names.collect(), ..endpoint.clone() }
}

/// The middle of a text, as far as it is plain, in the other case of letters.
fn other_case(text: &str) -> Option<String> {
    let part = plain_part(text)?;
    let inner = part.get(1..part.len().checked_sub(1)?)?.trim();
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    let is_telling = inner.len() >= SHORTEST_PART && inner.chars().any(|c| c.is_ascii_alphabetic());
    is_telling.then(|| inner.chars().map(swap).collect())
}

/// The longest part of a text that every server understands alike: whoever has the text has this in it.
fn plain_part(text: &str) -> Option<&str> {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && !" .-@".contains(c)).map(str::trim);
    parts.filter(|part| !part.is_empty()).max_by_key(|part| part.len())
}

fn contains(attribute: &str, part: &str) -> Filter {
    let value = CompValue::Str(part.to_owned());
    Filter::Attr(AttrExp::Comparison(AttrPath::with_name(attribute), CompareOp::Co, value))
}

fn any_contains(attributes: &[&str], part: &str) -> Option<Filter> {
    attributes.iter().map(|attribute| contains(attribute, part)).reduce(Filter::or)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("Ada Lovelace", Some("Ada Lovelace"))]
    #[case("Zoë Müller", Some("ller"))]
    #[case("100%_sure", Some("sure"))]
    #[case("\"x\\", Some("x"))]
    #[case("Ωμέγα", None)]
    fn what_is_sent_is_a_part_that_all_servers_understand_alike(#[case] text: &str, #[case] part: Option<&str>) {
        assert_eq!(plain_part(text), part);
    }

    #[rstest::rstest]
    #[case("Ada Lovelace", Some("DA lOVELAC"))]
    #[case("4711-0815", None)]
    #[case("Ada", None)]
    fn the_filter_is_tried_with_letters_in_the_other_case(#[case] text: &str, #[case] part: Option<&str>) {
        assert_eq!(other_case(text).as_deref(), part);
    }
}
