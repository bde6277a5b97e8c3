//! Makes new inputs of old ones: a few random changes each, some of them with words of the formats that are read.
//!
//! It knows nothing of what an input reaches; that is cargo-fuzz's strength.

/// The longest input that is made, in bytes: deep enough for every limit, short enough for many in a second.
const MAX_BYTES: usize = 32 * 1024;

const WORDS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-1",
    "1e400",
    "-0",
    "18446744073709551616",
    "0.1",
    "NaN",
    "\"\"",
    "[]",
    "{}",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\\u0000",
    "\\ud800",
    "\u{1b}",
    "\u{feff}",
    "\u{202e}",
    "é",
    "\n",
    "\r\n",
    " ",
    "(",
    ")",
    "not (",
    " and ",
    " or ",
    " eq ",
    " ne ",
    " co ",
    " sw ",
    " ew ",
    " gt ",
    " ge ",
    " lt ",
    " le ",
    " pr",
    "[value eq \"",
    ".value",
    "urn:ietf:params:scim:schemas:core:2.0:User:",
    "\"id\":",
    "\"value\":",
    "\"type\":",
    "\"Resources\":[",
    "\"totalResults\":",
    "\"schemas\":",
    "\"groups\":",
    "\"op\":\"Add\"",
    "\"attribute\":",
    "\"changes\":",
    "\"name\":",
    "<title>",
    "</title>",
    "<html>",
    "<",
    ">",
    "CODE_1:",
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:60 GMT",
];

/// What opens and what closes, for nesting.
const BRACKETS: &[(&str, &str)] = &[("[", "]"), ("{\"a\":", "}"), ("(", ")"), ("not (", ")"), ("a[", "]")];

/// A stream of numbers that its seed determines (`SplitMix64`).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 33).unwrap() % end.max(1)
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// A part of something that has `length` elements, short as a rule.
    fn part(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length + 1);
        let most = if self.below(4) == 0 { length } else { 8 };
        let end = start + self.below((length - start).min(most) + 1);
        start..end
    }
}

/// An input made of one of `pool`, which is not empty.
pub fn mutated(pool: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = random.pick(pool).clone();
    for _ in 0..=random.below(6) {
        change(&mut input, pool, random);
    }
    input.truncate(MAX_BYTES);
    input
}

fn change(input: &mut Vec<u8>, pool: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len() + 1);
    match random.below(8) {
        0 if at < input.len() => input[at] ^= 1 << random.below(8),
        1 if at < input.len() => input[at] = random.next().to_le_bytes()[0],
        2 => drop(input.drain(random.part(input.len()))),
        3 => {
            let copy = input[random.part(input.len())].to_vec();
            let times = 1 + random.below(4);
            drop(input.splice(at..at, copy.repeat(times)));
        }
        4 => {
            let other = random.pick(pool);
            let part = other[random.part(other.len())].to_vec();
            let gone = random.part(input.len());
            drop(input.splice(gone, part));
        }
        5 => {
            let (open, close) = random.pick(BRACKETS);
            let depth = 1 + if random.below(8) == 0 { random.below(4_000) } else { random.below(80) };
            let inside = random.part(input.len());
            let nested =
                [open.repeat(depth).as_bytes(), &input[inside.clone()], close.repeat(depth).as_bytes()].concat();
            drop(input.splice(inside, nested));
        }
        _ => {
            let gone = if random.below(2) == 0 { at..at } else { random.part(input.len()) };
            drop(input.splice(gone, random.pick(WORDS).bytes()));
        }
    }
}
