//! One page of a list response (RFC 7644 §3.4.2, RFC 9865 §2), read leniently.

use super::json::{Node, Scanner, Start, Tape};
use super::plan::Plan;
use super::{json, resource};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// So many resources are taken at once: smaller ones than these would fill an answer of the largest size (64 MiB, some 270
/// bytes each), and each takes more room than it did there.
const MAX_RESOURCES: usize = 250_000;

/// What a page says of the list.
#[derive(Debug, Default)]
pub struct Head {
    /// `totalResults`; `None` where it is missing or no number.
    pub total: Option<u64>,
    /// `nextCursor` (RFC 9865 §2): what to ask for next; `None` where it is missing or empty.
    pub next_cursor: Option<String>,
}

/// A page as it came: its resources are not parsed yet.
#[derive(Debug, Default)]
pub struct ListPage<'a> {
    pub head: Head,
    pub resources: Vec<&'a RawValue>,
}

impl<'a> ListPage<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong with it, to go on after its name: it is not JSON, or an object that is no list response, or has more
    /// resources than are taken at once.
    pub fn parse(body: &'a [u8]) -> Result<Self, String> {
        let mut resources = Vec::new();
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let head = deserializer.deserialize_map(PageVisitor(&mut resources));
        let head = head.and_then(|head| deserializer.end().map(|()| head)).map_err(|error| json::reason(&error))?;
        if resources.len() > MAX_RESOURCES {
            return Err(format!("it has more than {MAX_RESOURCES} resources"));
        }
        Ok(Self { head, resources })
    }
}

/// Reads a body at one go, and shows each resource as far as the plan goes. `None` where anything is unusual; then some
/// resources may have been shown, and the rest is for [`ListPage::parse`].
pub fn each<'a>(body: &'a [u8], plan: &'a Plan, mut look: impl FnMut(Node<'_>)) -> Option<Head> {
    let mut scanner = Scanner::new(std::str::from_utf8(body).ok()?);
    let Start::Object = scanner.start()? else { return None };
    let (mut head, mut is_list, mut has_resources, mut is_first) = (Head::default(), false, false, true);
    while scanner.member(is_first)? {
        is_first = false;
        let (name, _) = scanner.name()?;
        match Member::of(name) {
            Some(Member::Resources) => {
                // One of two would be left out.
                if std::mem::replace(&mut has_resources, true) {
                    return None;
                }
                resources(&mut scanner, plan, &mut look)?;
                is_list = true;
            }
            Some(member) => is_list |= head.take(&member, &serde_json::from_str(skipped(&mut scanner)?).ok()?),
            None => scanner.skip()?,
        }
    }
    scanner.end().filter(|()| is_list).map(|()| head)
}

/// Shows the resources, each in the place of the one before. One that the tape does not take, such as one with a member that
/// comes twice, is read as a whole value.
fn resources<'a>(scanner: &mut Scanner<'a>, plan: &'a Plan, look: &mut impl FnMut(Node<'_>)) -> Option<()> {
    match scanner.start()? {
        Start::Null => return Some(()),
        Start::Array => {}
        _ => return None,
    }
    let (mut tape, mut number) = (Tape::new(plan), 0);
    while scanner.element(number == 0)? {
        number += 1;
        if number > MAX_RESOURCES {
            return None;
        }
        let start = *scanner;
        if tape.read(scanner).is_some() {
            look(tape.node()?);
        } else {
            *scanner = start;
            let value = json::parse(skipped(scanner)?.as_bytes()).ok()?;
            look(Tape::of(&value).node()?);
        }
    }
    Some(())
}

/// The text of the next value.
fn skipped<'a>(scanner: &mut Scanner<'a>) -> Option<&'a str> {
    let start = scanner.at();
    scanner.skip()?;
    Some(scanner.read_since(start))
}

/// A member of a page that means something.
enum Member {
    Resources,
    Total,
    NextCursor,
}

impl Member {
    fn of(name: &str) -> Option<Self> {
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        match () {
            () if is("Resources") => Some(Self::Resources),
            () if is("totalResults") => Some(Self::Total),
            () if is("nextCursor") => Some(Self::NextCursor),
            () => None,
        }
    }
}

impl Head {
    /// Whether it is a sign of a list.
    fn take(&mut self, member: &Member, value: &Value) -> bool {
        match member {
            Member::Resources => {}
            Member::Total => self.total = resource::integer(value).and_then(|total| u64::try_from(total).ok()),
            Member::NextCursor => {
                self.next_cursor = resource::text(value).filter(|cursor| !cursor.is_empty()).map(Cow::into_owned);
                return false;
            }
        }
        true
    }
}

struct PageVisitor<'t, 'de>(&'t mut Vec<&'de RawValue>);

impl<'de> Visitor<'de> for PageVisitor<'_, 'de> {
    type Value = Head;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SCIM list response (an object with totalResults and Resources)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Head, A::Error> {
        let (mut head, mut is_list, mut has_resources) = (Head::default(), false, false);
        while let Some(name) = members.next_key::<String>()? {
            match Member::of(&name) {
                Some(Member::Resources) => {
                    // One of two would be left out.
                    if std::mem::replace(&mut has_resources, true) {
                        return Err(A::Error::custom("Resources is there twice"));
                    }
                    members.next_value_seed(Resources(&mut *self.0))?;
                    is_list = true;
                }
                Some(member) => is_list |= head.take(&member, &members.next_value()?),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        if is_list { Ok(head) } else { Err(A::Error::custom("neither totalResults nor Resources is there")) }
    }
}

/// The array of resources, or `null` for none.
struct Resources<'t, 'de>(&'t mut Vec<&'de RawValue>);

impl<'de> DeserializeSeed<'de> for Resources<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Resources<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of resources")
    }

    fn visit_none<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(resource) = elements.next_element()? {
            self.0.push(resource);
            // No more are kept than one too many.
            if self.0.len() > MAX_RESOURCES {
                while elements.next_element::<IgnoredAny>()?.is_some() {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(r#"{"totalResults":2,"Resources":[{"id":"1"},{"id":"2"}]}"#, Some(2), 2)]
    #[case(r#"{"schemas":[],"TotalResults":"7","resources":[{}],"startIndex":1}"#, Some(7), 1)]
    #[case(r#"{"totalResults":0}"#, Some(0), 0)]
    #[case(r#"{"totalResults":0,"Resources":null}"#, Some(0), 0)]
    #[case(r#"{"Resources":[]}"#, None, 0)]
    #[case(r#"{"totalResults":-1,"Resources":[]}"#, None, 0)]
    fn list_responses_are_read_as_providers_write_them(
        #[case] body: &str,
        #[case] total: Option<u64>,
        #[case] resources: usize,
    ) {
        let page = ListPage::parse(body.as_bytes()).unwrap();
        assert_eq!((page.head.total, page.resources.len()), (total, resources));
    }

    #[rstest::rstest]
    #[case(r#"{"Resources":[],"nextCursor":"VZUTiyhEQJ94IR"}"#, Some("VZUTiyhEQJ94IR"))]
    #[case(r#"{"Resources":[],"nextcursor":7}"#, Some("7"))]
    #[case(r#"{"Resources":[],"nextCursor":""}"#, None)]
    #[case(r#"{"Resources":[],"nextCursor":null}"#, None)]
    #[case(r#"{"Resources":[]}"#, None)]
    fn a_cursor_that_says_nothing_is_none(#[case] body: &str, #[case] cursor: Option<&str>) {
        assert_eq!(ListPage::parse(body.as_bytes()).unwrap().head.next_cursor.as_deref(), cursor);
    }

    #[rstest::rstest]
    #[case("<html>")]
    #[case("[]")]
    #[case(r#"{"id":"1"}"#)]
    #[case(r#"{"totalResults":1,"Resources":{}}"#)]
    #[case(r#"{"totalResults":1,"Resources":[{}"#)]
    #[case(r#"{"totalResults":1,"Resources":[]} x"#)]
    #[case(r#"{"Resources":[{"id":"1"}],"resources":[]}"#)]
    fn what_is_no_list_response_is_refused(#[case] body: &str) {
        assert!(ListPage::parse(body.as_bytes()).is_err());
    }

    #[test]
    fn more_resources_than_are_taken_are_refused() {
        let page = |number: usize| format!("{{\"Resources\":[{}0]}}", "0,".repeat(number - 1));
        assert_eq!(ListPage::parse(page(MAX_RESOURCES).as_bytes()).unwrap().resources.len(), MAX_RESOURCES);
        let refused = ListPage::parse(page(MAX_RESOURCES + 9).as_bytes()).unwrap_err();
        assert_eq!(refused, "it has more than 250000 resources");
    }
}
