//! What a source says of lists that tell what changed. What such a list is, `connector::delta` knows.

use super::reader::Reader;
use crate::scim::resource;

/// How a source's lists tell what changed.
#[derive(Debug, Clone, Copy)]
pub struct DeltaSettings {
    /// Whether lists keep a state where the platform asks for one.
    pub keeps_state: bool,
    /// Whether a list of changes says which objects are gone.
    pub finds_deletions: bool,
}

pub(super) fn read(reader: &mut Reader<'_>) -> DeltaSettings {
    DeltaSettings {
        // The platform's own, and no problem whatever it is.
        keeps_state: reader.value("spConnEnableStatefulCommands").and_then(resource::boolean).unwrap_or(true),
        finds_deletions: reader.flag("deltaDeletions").unwrap_or(false),
    }
}
