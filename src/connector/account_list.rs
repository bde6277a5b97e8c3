//! `std:account:list`: every user as an account.

use super::lists::{list_lines, membership_sources, sweep};
use super::session::Session;
use crate::mapping::AccountMapper;
use crate::protocol::{Events, Failure, Schema};
use crate::scim::Query;
use serde_json::{Map, Value};
use std::sync::Arc;

const DOING: &str = "Listing accounts";

pub(super) async fn run(session: Arc<Session>, input: Map<String, Value>) -> Result<Events, Failure> {
    let profile = session.config.profile;
    let mut mapper = AccountMapper::new(profile, Schema::parse(&input)?.as_ref());
    let (sweeps, reads_own) = membership_sources(&session);
    if sweeps && mapper.wants_groups() {
        mapper = mapper.with_memberships(sweep(&session, DOING).await?, reads_own);
    }
    Ok(list_lines(&session, DOING, &profile.users, Query::default(), move |id, user| mapper.map(id, user)))
}
