//! `std:source-data:discover` and `std:source-data:read`: what forms offer in their drop-downs. `sets` says which data sets
//! a source has, `search` finds rows at the provider, `kept` has what must be gathered from all users.
//!
//! What is given is always right and may be less than all: at most as many rows as are asked for, and as fit in one line.

mod kept;
mod row;
mod search;
mod sets;

use super::error::{own, refuse};
use super::session::Session;
use crate::protocol::{Failure, QueryInput, SourceDataRead};
use kept::Kept;
use row::Row;
use serde_json::{Map, Value, json};
use sets::Content;
use std::sync::Arc;

/// What a source keeps for its data sets between invocations.
#[derive(Default)]
pub struct SourceData {
    searchable: search::Searchable,
    kept: Kept,
}

/// `std:source-data:discover`: the data sets that the source has. The provider is not asked.
pub fn discover(session: &Session, input: &Map<String, Value>) -> Result<Value, Failure> {
    let query = QueryInput::parse(input)?;
    let sets = sets::of(session).into_iter().map(|set| set.row);
    Ok(json!(chosen(session, &query, sets)))
}

/// `std:source-data:read`: the rows of one data set.
pub async fn read(session: Arc<Session>, input: Map<String, Value>) -> Result<Value, Failure> {
    let SourceDataRead { key, query } = SourceDataRead::parse(&input)?;
    let sets = sets::of(&session);
    let known: Vec<String> = sets.iter().map(|set| set.row.key.clone()).collect();
    let Some(set) = sets.into_iter().find(|set| set.row.key == key) else {
        let key: String = key.chars().take(100).collect();
        let problem = format!("input.sourceDataKey is \"{key}\", but must be one of {}", known.join(", "));
        return Err(refuse(own::INVALID_INPUT, "", &[("problem", &problem)]));
    };
    let doing = format!("Reading the data set {key}");
    let rows = match &set.content {
        Content::Resources(resources) => search::rows(&session, resources, &query, &doing).await?,
        Content::Values(path) => {
            let held = session.source.form_data.kept.values(&session, path, &doing).await?;
            let rows = held.iter().map(|(value, shown)| Row::of_value(value, shown));
            chosen(&session, &query, rows)
        }
    };
    Ok(json!(row::fitting(rows, &key)))
}

/// The rows that are wanted, as many as may be.
fn chosen(session: &Session, query: &QueryInput, rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let is_case_exact = session.config.profile.ids_are_case_exact;
    rows.filter(|row| row.is_wanted(query, is_case_exact)).take(query.limit).collect()
}
