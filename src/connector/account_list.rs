//! `std:account:list`: every user as an account.

use super::lists::{Listing, list_lines, membership_sources, sweep};
use super::session::Session;
use super::shrink::Counted;
use crate::mapping::AccountMapper;
use crate::protocol::{Events, Failure, Schema};
use crate::scim::Query;
use serde_json::{Map, Value};
use std::sync::Arc;

const DOING: &str = "Listing accounts";

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Events, Failure> {
    let profile = &session.config.profile;
    let mut mapper = AccountMapper::new(&session.table, profile, Schema::parse(&input)?.as_ref());
    let (sweeps, reads_own) = membership_sources(&session);
    let mut has_members = false;
    if sweeps && mapper.wants_groups() {
        let memberships = sweep(&session, DOING).await?;
        has_members = !memberships.is_empty();
        mapper = mapper.with_memberships(memberships, reads_own);
    }
    let (counted, endpoint) = (Counted::Accounts, Arc::clone(&profile.users));
    let listing = Listing { doing: DOING, counted, endpoint, query: Query::default(), has_members };
    Ok(list_lines(&session, listing, move |id, user| mapper.map(id, user)))
}
