//! Cursors of RFC 9865: where in a list the next page begins, and of which list.
//!
//! They are opaque to whoever gets them. Inside is a place in a collection's order, which stays where it is when records come
//! and go; so a list by cursor has every record that was there all the time, once. They do not expire.

use super::errors::Refusal;
use super::list::Query;
use super::store::Collection;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The record slot from which a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    /// Which of the listed collections, from 0.
    pub collection: usize,
    pub slot: u64,
}

impl Cursor {
    pub(super) fn write(self, query: &Query, collections: &[Collection]) -> String {
        let text = format!("{}.{}.{}", self.collection, self.slot, fingerprint(query, collections));
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }

    /// What is not a cursor of this very query is refused (RFC 9865 §2.1).
    pub(super) fn read(cursor: &str, query: &Query, collections: &[Collection]) -> Result<Self, Refusal> {
        let parse = || {
            let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
            let mut parts = text.splitn(3, '.');
            let (collection, slot) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
            (parts.next()? == fingerprint(query, collections)).then_some(Self { collection, slot })
        };
        parse().ok_or_else(|| Refusal::bad_request("invalidCursor", "The cursor is not one of this list"))
    }
}

fn fingerprint(query: &Query, collections: &[Collection]) -> String {
    let query = format!("{:?} {:?} {collections:?}", query.filter, query.projection);
    let digest: [u8; 32] = Sha256::digest(query.as_bytes()).into();
    let (start, _) = digest.split_at(8);
    BASE64_URL_SAFE_NO_PAD.encode(start)
}
