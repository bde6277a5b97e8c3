//! What is done to users and groups alike: created, changed, replaced, deleted.

use super::form::Form;
use super::{edited, edits, resource, resource_type};
use crate::sandbox::errors::Refusal;
use crate::sandbox::projection::Projection;
use crate::sandbox::store::{Change, Collection, Record, Store, View};
use chrono::{DateTime, Utc};

/// A kind of record that can be written.
pub(in crate::sandbox) trait Written {
    /// The resource type's name.
    const NAME: &'static str;
    const COLLECTION: Collection;

    /// The record at that index as the form says, unless the records forbid it.
    fn change(view: &View<'_>, index: u64, form: Form) -> Result<Change, Refusal>;

    fn deletion(index: u64) -> Change;
}

pub(in crate::sandbox) fn create<'a, W: Written>(
    store: &'a Store,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let kind = resource_type(W::NAME)?;
    let form = Form::parse(&resource(body, kind)?, kind)?;
    store.write(now, |view| W::change(view, view.slots(W::COLLECTION), form))
}

/// Changes what the operations name, all of it or nothing.
pub(in crate::sandbox) fn patch<'a, W: Written>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let edits = edits(body)?;
    let kind = resource_type(W::NAME)?;
    store.write(now, |view| {
        let index = find::<W>(view, id)?;
        let current = view.resource(W::COLLECTION, index, &Projection::All);
        W::change(view, index, Form::parse(&edited(current, &edits, kind)?, kind)?)
    })
}

/// Puts another record in this one's place: what the body does not name is gone.
pub(in crate::sandbox) fn replace<'a, W: Written>(
    store: &'a Store,
    id: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<Record<'a>, Refusal> {
    let kind = resource_type(W::NAME)?;
    let form = Form::parse(&resource(body, kind)?, kind)?;
    store.write(now, |view| W::change(view, find::<W>(view, id)?, form))
}

pub(in crate::sandbox) fn delete<W: Written>(store: &Store, id: &str, now: DateTime<Utc>) -> Result<(), Refusal> {
    store.write(now, |view| Ok(W::deletion(find::<W>(view, id)?)))?;
    Ok(())
}

fn find<W: Written>(view: &View<'_>, id: &str) -> Result<u64, Refusal> {
    view.find(W::COLLECTION, id).ok_or_else(|| Refusal::not_found(id))
}
