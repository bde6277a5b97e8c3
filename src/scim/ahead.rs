//! How much is read ahead of its turn in the whole process. Pages wait for the ones before them, and those for a caller who
//! may read slowly; many large ones would fill the memory.
//!
//! Nobody waits here: what has no room is read when its turn comes, and then needs none. So no page waits for another list.

use tokio::sync::{Semaphore, SemaphorePermit};

/// Room is counted in pieces of so many bytes.
const PIECE: usize = 1024;

/// The process's own: 32 MiB of answers and connections. What is made of answers takes about as much again, small resources
/// more.
pub static READ_AHEAD: ReadAhead = ReadAhead::new(32 * 1024 * 1024, CONNECTION);

/// What a connection may take for what it reads: the HTTP library's largest buffer, which it keeps.
const CONNECTION: usize = 408 * 1024;

/// Room for pages that wait for their turn.
pub struct ReadAhead {
    pieces: Semaphore,
    /// What each request takes beside its answer, in bytes.
    each: usize,
}

/// The room that some pages take, until it is dropped.
pub struct Room {
    of: &'static ReadAhead,
    pieces: SemaphorePermit<'static>,
}

impl ReadAhead {
    pub const fn new(bytes: usize, each: usize) -> Self {
        Self { pieces: Semaphore::const_new(bytes / PIECE), each }
    }

    /// Room for an answer of so many bytes, if there is as much.
    pub fn room(&'static self, bytes: usize) -> Option<Room> {
        Some(Room { of: self, pieces: self.pieces(self.each.saturating_add(bytes).div_ceil(PIECE))? })
    }

    fn pieces(&'static self, number: usize) -> Option<SemaphorePermit<'static>> {
        self.pieces.try_acquire_many(u32::try_from(number).ok()?).ok()
    }
}

impl Room {
    /// Whether there is room for so many bytes in all.
    pub fn grow_to(&mut self, bytes: usize) -> bool {
        let more = self.of.each.saturating_add(bytes).div_ceil(PIECE).saturating_sub(self.pieces.num_permits());
        self.of.pieces(more).map(|pieces| self.pieces.merge(pieces)).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_held_than_there_is_room_for() {
        static SMALL: ReadAhead = ReadAhead::new(4 * PIECE, 0);
        let mut one = SMALL.room(1).unwrap();
        assert!(one.grow_to(PIECE) && one.grow_to(2 * PIECE));
        let two = SMALL.room(2 * PIECE).unwrap();
        assert!(!one.grow_to(2 * PIECE + 1) && SMALL.room(1).is_none());
        drop(two);
        assert!(one.grow_to(4 * PIECE) && SMALL.room(usize::MAX).is_none());
        drop(one);
        assert!(SMALL.room(4 * PIECE).is_some());
    }
}
