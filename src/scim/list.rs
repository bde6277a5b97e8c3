//! One page of a list response (RFC 7644 §3.4.2), read leniently.

use super::resource;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;

/// A page as it came: the total that the provider claims, and the resources, not yet parsed.
#[derive(Debug, Default)]
pub struct ListPage<'a> {
    /// `totalResults`; `None` where it is missing or no number.
    pub total: Option<u64>,
    pub resources: Vec<&'a RawValue>,
}

impl<'a> ListPage<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// When it is not JSON, or an object that is no list response.
    pub fn parse(body: &'a [u8]) -> Result<Self, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(body);
        let page = deserializer.deserialize_map(PageVisitor)?;
        deserializer.end()?;
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
        let (mut page, mut is_list) = (ListPage::default(), false);
        while let Some(name) = members.next_key::<String>()? {
            if name.eq_ignore_ascii_case("Resources") {
                page.resources = members.next_value::<Option<Vec<&RawValue>>>()?.unwrap_or_default();
                is_list = true;
            } else if name.eq_ignore_ascii_case("totalResults") {
                let total: Value = members.next_value()?;
                page.total = resource::integer(&total).and_then(|total| u64::try_from(total).ok());
                is_list = true;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        if is_list { Ok(page) } else { Err(A::Error::custom("neither totalResults nor Resources is there")) }
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
    #[case("<html>")]
    #[case("[]")]
    #[case(r#"{"id":"1"}"#)]
    #[case(r#"{"totalResults":1,"Resources":{}}"#)]
    #[case(r#"{"totalResults":1,"Resources":[{}"#)]
    #[case(r#"{"totalResults":1,"Resources":[]} x"#)]
    fn what_is_no_list_response_is_refused(#[case] body: &str) {
        assert!(ListPage::parse(body.as_bytes()).is_err());
    }
}
