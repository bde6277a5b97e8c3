//! One page of a list response (RFC 7644 §3.4.2, RFC 9865 §2), read leniently.

use super::{json, resource};
use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// So many resources are taken at once: smaller ones than these would fill an answer of the largest size (64 MiB, some 270
/// bytes each), and each takes more room than it did there.
const MAX_RESOURCES: usize = 250_000;

/// A page as it came: the total that the provider claims, and the resources, not yet parsed.
#[derive(Debug, Default)]
pub struct ListPage<'a> {
    /// `totalResults`; `None` where it is missing or no number.
    pub total: Option<u64>,
    /// `nextCursor` (RFC 9865 §2): what to ask for next; `None` where it is missing or empty.
    pub next_cursor: Option<String>,
    pub resources: Vec<&'a RawValue>,
}

impl<'a> ListPage<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// What is wrong with it, to go on after its name: it is not JSON, or an object that is no list response, or has more
    /// resources than are taken at once.
    pub fn parse(body: &'a [u8]) -> Result<Self, String> {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let page = deserializer.deserialize_map(PageVisitor);
        let page = page.and_then(|page| deserializer.end().map(|()| page)).map_err(|error| json::reason(&error))?;
        if page.resources.len() > MAX_RESOURCES {
            return Err(format!("it has more than {MAX_RESOURCES} resources"));
        }
        Ok(page)
    }
}

struct PageVisitor;

impl<'de> Visitor<'de> for PageVisitor {
    type Value = ListPage<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a SCIM list response (an object with totalResults and Resources)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut page, mut is_list, mut has_resources) = (ListPage::default(), false, false);
        while let Some(name) = members.next_key::<String>()? {
            if name.eq_ignore_ascii_case("Resources") {
                // One of two would be left out.
                if std::mem::replace(&mut has_resources, true) {
                    return Err(A::Error::custom("Resources is there twice"));
                }
                page.resources = members.next_value::<Option<Resources<'_>>>()?.unwrap_or_default().0;
                is_list = true;
            } else if name.eq_ignore_ascii_case("totalResults") {
                let total: Value = members.next_value()?;
                page.total = resource::integer(&total).and_then(|total| u64::try_from(total).ok());
                is_list = true;
            } else if name.eq_ignore_ascii_case("nextCursor") {
                let cursor: Value = members.next_value()?;
                page.next_cursor = resource::text(&cursor).filter(|cursor| !cursor.is_empty()).map(Cow::into_owned);
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        if is_list { Ok(page) } else { Err(A::Error::custom("neither totalResults nor Resources is there")) }
    }
}

/// The resources, of which no more are kept than one too many.
#[derive(Default)]
struct Resources<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Resources<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ResourcesVisitor)
    }
}

struct ResourcesVisitor;

impl<'de> Visitor<'de> for ResourcesVisitor {
    type Value = Resources<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of resources")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        let mut resources = Vec::new();
        while resources.len() <= MAX_RESOURCES
            && let Some(resource) = elements.next_element()?
        {
            resources.push(resource);
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Resources(resources))
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
        assert_eq!((page.total, page.resources.len()), (total, resources));
    }

    #[rstest::rstest]
    #[case(r#"{"Resources":[],"nextCursor":"VZUTiyhEQJ94IR"}"#, Some("VZUTiyhEQJ94IR"))]
    #[case(r#"{"Resources":[],"nextcursor":7}"#, Some("7"))]
    #[case(r#"{"Resources":[],"nextCursor":""}"#, None)]
    #[case(r#"{"Resources":[],"nextCursor":null}"#, None)]
    #[case(r#"{"Resources":[]}"#, None)]
    fn a_cursor_that_says_nothing_is_none(#[case] body: &str, #[case] cursor: Option<&str>) {
        assert_eq!(ListPage::parse(body.as_bytes()).unwrap().next_cursor.as_deref(), cursor);
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
