//! `std:entitlement:list`: the groups, or what else the provider grants.

use super::entitlement_read::{Kind, kind};
use super::lists::list_lines;
use super::source::Source;
use crate::mapping::EntitlementMapper;
use crate::protocol::{EntitlementList, Events, Failure};
use crate::scim::Query;
use futures::{StreamExt as _, stream};
use serde_json::{Map, Value};

pub(super) fn run(source: &Source, input: &Map<String, Value>) -> Result<Events, Failure> {
    let input = EntitlementList::parse(input)?;
    let profile = source.config.profile;
    match kind(&input.entitlement_type)? {
        Kind::Group => {
            let mapper = EntitlementMapper::groups(profile, input.schema);
            let query = Query { without: Some("members"), ..Query::default() };
            let map = move |id: &str, group: &Value| mapper.map(id, group);
            Ok(list_lines(source, "Listing groups", &profile.groups, query, map))
        }
        Kind::Entitlement => {
            let Some(endpoint) = &profile.entitlements else {
                tracing::info!(
                    provider = profile.name,
                    "the provider grants nothing besides groups: there are no entitlements of this type"
                );
                return Ok(stream::empty().boxed());
            };
            let mapper = EntitlementMapper::entitlements(profile, input.schema);
            let map = move |id: &str, found: &Value| mapper.map(id, found);
            Ok(list_lines(source, "Listing entitlements", endpoint, Query::default(), map))
        }
    }
}
