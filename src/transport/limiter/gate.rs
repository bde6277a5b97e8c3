//! Who is next: two queues, and how many requests of each are under way.
//!
//! It knows neither time nor rates, and never waits.

use crate::transport::call::Lane;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

/// So many urgent requests go first, one after the other; then it is the others' turn.
const URGENT_IN_A_ROW: u32 = 7;

/// A place in a queue. Its bell rings when it may be its turn.
#[derive(Debug, Clone)]
pub(super) struct Place {
    number: u64,
    pub(super) bell: Arc<Notify>,
}

/// How many requests may be under way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slots {
    pub(super) all: usize,
    /// Of these, so many may be those of long lists.
    pub(super) for_lists: usize,
}

impl Slots {
    /// `keeps_one`: one slot is kept free of long lists, where there are two or more.
    pub(super) fn new(all: usize, keeps_one: bool) -> Self {
        Self { all, for_lists: if keeps_one { all.saturating_sub(1).max(1) } else { all } }
    }

    fn of(self, lane: Lane) -> usize {
        match lane {
            Lane::Urgent => self.all,
            Lane::Bulk => self.for_lists,
        }
    }
}

/// The queues and what is under way.
#[derive(Debug, Default)]
pub(super) struct Gate {
    urgent: Queue,
    bulk: Queue,
    joined: u64,
    /// How many urgent requests went first while others waited.
    in_a_row: u32,
}

#[derive(Debug, Default)]
struct Queue {
    places: VecDeque<Place>,
    under_way: usize,
}

impl Gate {
    pub(super) fn join(&mut self, lane: Lane) -> Place {
        self.joined += 1;
        let place = Place { number: self.joined, bell: Arc::default() };
        self.queue(lane).places.push_back(place.clone());
        place
    }

    pub(super) fn leave(&mut self, lane: Lane, place: &Place) {
        self.queue(lane).places.retain(|other| other.number != place.number);
    }

    /// The one whose turn it is; `None` where nobody waits or no slot is free.
    pub(super) fn next(&self, slots: Slots) -> Option<&Place> {
        let urgent = self.urgent.places.front().filter(|_| self.under_way() < slots.all);
        let bulk = self.bulk.places.front().filter(|_| self.under_way() < slots.all);
        // Where the lists have all that they may have, it is not their turn either.
        let bulk = bulk.filter(|_| self.bulk.under_way < slots.for_lists);
        match (urgent, bulk) {
            (Some(_), Some(bulk)) if self.in_a_row >= URGENT_IN_A_ROW => Some(bulk),
            (Some(urgent), _) => Some(urgent),
            (None, bulk) => bulk,
        }
    }

    pub(super) fn is_next(&self, place: &Place, slots: Slots) -> bool {
        self.next(slots).is_some_and(|next| next.number == place.number)
    }

    /// Takes the slot. Returns how many are under way now, and whether that is as many as this lane may have.
    pub(super) fn start(&mut self, lane: Lane, place: &Place, slots: Slots) -> (usize, bool) {
        self.leave(lane, place);
        self.in_a_row = if lane == Lane::Urgent && !self.bulk.places.is_empty() { self.in_a_row + 1 } else { 0 };
        self.queue(lane).under_way += 1;
        let of_lane = if lane == Lane::Bulk { self.bulk.under_way } else { self.under_way() };
        (self.under_way(), of_lane >= slots.of(lane) || self.under_way() >= slots.all)
    }

    pub(super) fn finish(&mut self, lane: Lane) {
        let queue = self.queue(lane);
        queue.under_way = queue.under_way.saturating_sub(1);
    }

    fn under_way(&self) -> usize {
        self.urgent.under_way + self.bulk.under_way
    }

    fn queue(&mut self, lane: Lane) -> &mut Queue {
        match lane {
            Lane::Urgent => &mut self.urgent,
            Lane::Bulk => &mut self.bulk,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets in whoever is next, as long as there is a slot, and tells their lanes: `u` and `b`.
    fn let_in(gate: &mut Gate, waiting: &mut Vec<(Lane, Place)>, slots: Slots) -> String {
        let mut order = String::new();
        while let Some(at) = waiting.iter().position(|(_, place)| gate.is_next(place, slots)) {
            let (lane, place) = waiting.remove(at);
            gate.start(lane, &place, slots);
            order.push(if lane == Lane::Urgent { 'u' } else { 'b' });
        }
        order
    }

    fn waiting(gate: &mut Gate, lanes: &str) -> Vec<(Lane, Place)> {
        let lane = |name| if name == 'u' { Lane::Urgent } else { Lane::Bulk };
        lanes.chars().map(lane).map(|lane| (lane, gate.join(lane))).collect()
    }

    #[rstest::rstest]
    #[case::a_list_may_have_all("bbbb", 3, false, "bbb")]
    #[case::one_slot_is_kept_for_urgent_requests("bbbb", 3, true, "bb")]
    #[case::which_they_find("bbbbu", 3, true, "ubb")]
    #[case::they_may_have_all("uuuub", 3, true, "uuu")]
    #[case::they_go_first("bbbbu", 3, false, "ubb")]
    #[case::one_slot_is_for_all("bu", 1, true, "u")]
    #[case::one_slot_is_for_a_list_too("bb", 1, true, "b")]
    #[case::a_list_has_its_turn("bbuuuuuuuuuuuuuuuuuu", 20, true, "uuuuuuubuuuuuuubuuuu")]
    fn order(#[case] lanes: &str, #[case] limit: usize, #[case] keeps_one: bool, #[case] expected: &str) {
        let mut gate = Gate::default();
        let mut waiting = waiting(&mut gate, lanes);
        assert_eq!(let_in(&mut gate, &mut waiting, Slots::new(limit, keeps_one)), expected);
    }

    #[test]
    fn a_list_has_its_turn_where_urgent_requests_fill_every_slot() {
        let mut gate = Gate::default();
        let mut waiting = waiting(&mut gate, &format!("{}b", "u".repeat(20)));
        let mut order = let_in(&mut gate, &mut waiting, Slots::new(2, true));
        while !order.contains('b') {
            gate.finish(Lane::Urgent);
            order.push_str(&let_in(&mut gate, &mut waiting, Slots::new(2, true)));
        }
        assert_eq!(order, "uuuuuuub");
    }

    #[test]
    fn who_leaves_makes_way() {
        let mut gate = Gate::default();
        let mut waiting = waiting(&mut gate, "uuu");
        let (lane, first) = waiting.remove(0);
        gate.leave(lane, &first);
        assert!(gate.is_next(&waiting[0].1, Slots::new(1, true)));
        assert_eq!(let_in(&mut gate, &mut waiting, Slots::new(2, true)), "uu");
    }
}
