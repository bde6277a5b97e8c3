//! Groups.

use crate::sandbox::errors::Refusal;
use crate::sandbox::store::{Change, Collection, Store, View};
use chrono::{DateTime, Utc};

pub(in crate::sandbox) fn delete(store: &Store, id: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    store.write(now, |view| Ok(Change::GroupDeletion { index: find(view, id)? }))?;
    Ok(())
}

fn find(view: &View<'_>, id: &str) -> Result<u64, Refusal> {
    view.find(Collection::Groups, id).ok_or_else(|| Refusal::not_found(id))
}
