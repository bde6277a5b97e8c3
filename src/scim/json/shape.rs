//! In which order the members of objects come: most resources of a list have the same ones, in the same order, so that a
//! member is mostly told by what came in its place before.

use super::scan::Scanner;
use crate::scim::plan::Plan;

/// So many members of one object are remembered.
const MAX_MEMBERS: usize = 64;

/// The members of objects of one kind, in the order in which they came.
#[derive(Default)]
pub struct Shape<'a> {
    members: Vec<Member<'a>>,
}

pub struct Member<'a> {
    label: Label<'a>,
    /// What is looked at in it, if anything; with the number that it has in its object's plan.
    pub part: Option<(&'a Plan, usize)>,
    /// How the objects in it are.
    pub inside: Shape<'a>,
}

/// A member's name in quotes, with the colon. Of one of up to 16 bytes the two words are all.
struct Label<'a> {
    text: &'a str,
    first: u64,
    /// Which bytes of the first word are of the label.
    mask: u64,
    last: u64,
}

impl<'a> Shape<'a> {
    /// Reads the name of the next member of an object that is read by this plan. `place` is how far the members that are
    /// remembered were gone through, 0 at first.
    #[inline]
    pub fn next(&mut self, place: &mut usize, scanner: &mut Scanner<'a>, plan: &'a Plan) -> Option<&mut Member<'a>> {
        let is_next = self.members.get(*place).is_some_and(|member| member.label.is_passed(scanner));
        let at = if is_next { *place } else { self.find(*place, scanner, plan)? };
        *place = at + 1;
        self.members.get_mut(at)
    }

    /// Where the next member is remembered, if only from now on.
    #[cold]
    fn find(&mut self, place: usize, scanner: &mut Scanner<'a>, plan: &'a Plan) -> Option<usize> {
        let places = (place..self.members.len()).chain(0..place);
        let mut known = places.filter_map(|at| Some((at, self.members.get(at)?)));
        if let Some((at, _)) = known.find(|(_, member)| member.label.is_passed(scanner)) {
            return Some(at);
        }
        let (name, label) = scanner.name()?;
        let (label, part) = (Label::new(label), plan.of_member(name));
        // One that is spelt in many ways is remembered once: so what is remembered stays as small as the plan.
        let number = |part: Option<(&Plan, usize)>| part.map(|(_, number)| number);
        let same =
            self.members.iter_mut().enumerate().find(|(_, known)| part.is_some() && number(known.part) == number(part));
        if let Some((at, known)) = same {
            known.label = label;
            return Some(at);
        }
        let member = Member { label, part, inside: Shape::default() };
        if self.members.len() < MAX_MEMBERS {
            self.members.insert(place, member);
            return Some(place);
        }
        let place = place.min(MAX_MEMBERS - 1);
        *self.members.get_mut(place)? = member;
        Some(place)
    }
}

impl Member<'_> {
    /// Whether its name, spelt the same, begins this text.
    pub fn is_at(&self, text: &str) -> bool {
        let name = self.label.text.rsplit_once('"').map_or("", |(name, _)| name);
        text.strip_prefix(name).is_some_and(|rest| rest.starts_with('"'))
    }
}

impl<'a> Label<'a> {
    fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let word = |bytes: &[u8]| bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let first = bytes.get(..8).unwrap_or(bytes);
        let mask = u64::MAX >> (64 - 8 * first.len().max(1));
        let last = bytes.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
        Self { text, first: word(first), mask, last }
    }

    /// Goes past it if it is next. It is not found at the very end of a text.
    #[inline]
    fn is_passed(&self, scanner: &mut Scanner<'_>) -> bool {
        let (rest, length) = (scanner.rest(), self.text.len());
        let is_next = rest.first_chunk().is_some_and(|word| u64::from_le_bytes(*word) & self.mask == self.first)
            && (length <= 8
                || rest
                    .get(..length)
                    .and_then(<[u8]>::last_chunk)
                    .is_some_and(|word| u64::from_le_bytes(*word) == self.last)
                    && (length <= 16 || rest.starts_with(self.text.as_bytes())));
        if is_next {
            scanner.pass(length);
        }
        is_next
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Json as _, Tape};
    use super::*;

    /// What these objects have for `wanted`, read one after the other.
    fn read(objects: &[String]) -> Vec<Option<String>> {
        let text = format!("[{}]", objects.join(","));
        let plan = Plan::id().with_member(&["wanted"]);
        let (mut tape, mut scanner) = (Tape::new(&plan), Scanner::new(&text));
        scanner.start().unwrap();
        let mut found = Vec::new();
        while scanner.element(found.is_empty()).unwrap() {
            tape.read(&mut scanner).unwrap();
            found.push(tape.node().unwrap().member("wanted").map(|wanted| wanted.to_value().to_string()));
        }
        scanner.end().unwrap();
        found
    }

    #[test]
    fn members_are_found_wherever_they_stand() {
        let names = ["a", "wanted", "a_name_of_17_bytes", "wante", "wantedd", "a_name_of_17_byteß"];
        let objects: Vec<String> = (0..names.len() * 4)
            .map(|turn| {
                let mut names = names.to_vec();
                names.rotate_left(turn % 6);
                names.truncate(2 + turn % 5);
                let members = names.iter().enumerate().map(|(at, name)| {
                    // Blanks make another label of the same name.
                    let colon = if turn % 3 == 0 { " : " } else { ":" };
                    format!("\"{name}\"{colon}{}", turn * 100 + at)
                });
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            })
            .collect();
        let expected: Vec<Option<String>> = objects
            .iter()
            .map(|object| serde_json::from_str::<serde_json::Value>(object).unwrap()["wanted"].as_u64())
            .map(|wanted| wanted.map(|wanted| wanted.to_string()))
            .collect();
        assert_eq!(read(&objects), expected);
    }

    #[test]
    fn what_comes_again_and_again_is_remembered_once() {
        fn size(shape: &Shape<'_>) -> usize {
            shape.members.iter().map(|member| 1 + size(&member.inside)).sum()
        }
        let again = |inside: &str| {
            let spelt =
                ["wanted", "Wanted", "WANTED"].iter().flat_map(|name| ["", " ", "\t"].map(|blank| (name, blank)));
            let members: Vec<String> = spelt.map(|(name, blank)| format!("\"{name}\"{blank}:{inside}")).collect();
            format!("{{{}}}", [members.clone(), members].concat().join(","))
        };
        let text = again(&again(&again("1")));
        let plan = Plan::id().with_member(&["wanted", "wanted", "wanted"]);
        let (mut shape, mut scanner) = (Shape::default(), Scanner::new(&text));
        read_into(&mut shape, &mut scanner, &plan);
        assert_eq!(size(&shape), 3);
    }

    fn read_into<'a>(shape: &mut Shape<'a>, scanner: &mut Scanner<'a>, plan: &'a Plan) {
        scanner.start().unwrap();
        let (mut place, mut is_first) = (0, true);
        while scanner.member(is_first).unwrap() {
            is_first = false;
            let member = shape.next(&mut place, scanner, plan).unwrap();
            match member.part {
                Some((plan, _)) if !plan.is_all() => read_into(&mut member.inside, scanner, plan),
                _ => scanner.skip().unwrap(),
            }
        }
    }

    #[test]
    fn of_wide_objects_not_all_is_remembered_and_all_is_read() {
        let object = |turn: usize| {
            let wide = (0..200).map(|at| format!("\"member{}\":{at}", (at + turn * 7) % 1_000));
            format!("{{{},\"wanted\":{turn}}}", wide.collect::<Vec<_>>().join(","))
        };
        let objects: Vec<String> = (0..20).map(object).collect();
        let expected: Vec<Option<String>> = (0..20).map(|turn| Some(turn.to_string())).collect();
        assert_eq!(read(&objects), expected);
    }
}
