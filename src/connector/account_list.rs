//! `std:account:list`: every user as an account.

use super::delta::{Delta, Misses};
use super::filters::Sieve;
use super::lists::{Listing, list_lines};
use super::session::Session;
use super::shrink::Counted;
use super::sweep::{membership_sources, sweep};
use crate::mapping::AccountMapper;
use crate::protocol::{Events, Failure, Schema, Stateful};
use serde_json::{Map, Value};
use std::sync::Arc;

const DOING: &str = "Listing accounts";

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Events, Failure> {
    let (profile, filters) = (&session.config.profile, &session.config.filters.accounts);
    let (stateful, schema) = (Stateful::parse(&input)?, Schema::parse(&input)?);
    let mapper = AccountMapper::new(&session.table, profile, schema.as_ref());
    // A filter string looks at attributes that the source may not want.
    let names = filters.left_out.iter().flat_map(|left_out| left_out.filter.names()).map(|name| name.name.as_str());
    let looked_at = AccountMapper::new(&session.table, profile, Some(&Schema::of(names)));
    let mut mappers = [mapper, looked_at];
    let (sweeps, reads_own) = membership_sources(&session);
    let mut swept = None;
    if sweeps && mappers.iter().any(AccountMapper::wants_groups) {
        let memberships = sweep(&session, DOING).await?;
        mappers = mappers.map(|mapper| mapper.with_memberships(Arc::clone(&memberships), reads_own));
        swept = Some(memberships);
    }
    let has_members = swept.as_ref().is_some_and(|swept| !swept.is_empty());
    let reads = |attribute: &str| mappers.iter().any(|mapper| mapper.reads(attribute));
    let misses = Misses::of_accounts(&session, reads, swept.as_deref());
    let delta = Delta::new(&session, stateful, (None, filters, schema.as_ref()), misses);
    let [mapper, looked_at] = mappers;
    let sieve =
        Sieve::new(DOING, filters, looked_at.plan(), Arc::new(move |id, user| looked_at.map(id, user).attributes));
    let (counted, endpoint, query) = (Counted::Accounts, Arc::clone(&profile.users), sieve.query());
    let listing = Listing { doing: DOING, counted, endpoint, query, sieve, has_members, delta };
    Ok(list_lines(&session, listing, mapper))
}
