//! The query parameters of a list request (RFC 7644 §3.4.2, §3.9, RFC 9865 §2).

use url::Url;

/// Where in a list a page begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// `startIndex`, from 1.
    Index(u64),
    /// What the page before gave, empty for the first page. It is a value like any other, and never a URL.
    Cursor(&'a str),
    /// The filter says it, or nothing does: the first page.
    Unsaid,
}

/// Spaces are sent as `%20`: not every server reads `+` as a space.
pub(super) fn set_query(
    url: &mut Url,
    place: Place<'_>,
    count: Option<u64>,
    filter: Option<&str>,
    without: Option<&str>,
) {
    {
        let mut pairs = url.query_pairs_mut();
        match place {
            Place::Index(start) => pairs.append_pair("startIndex", &start.to_string()),
            // "cursor" without a value asks for the first page (RFC 9865 §2).
            Place::Cursor("") => pairs.append_key_only("cursor"),
            Place::Cursor(cursor) => pairs.append_pair("cursor", cursor),
            Place::Unsaid => &mut pairs,
        };
        if let Some(count) = count {
            pairs.append_pair("count", &count.to_string());
        }
        if let Some(filter) = filter {
            pairs.append_pair("filter", filter);
        }
        if let Some(without) = without {
            pairs.append_pair("excludedAttributes", without);
        }
    }
    let query = url.query().map(|query| query.replace('+', "%20"));
    url.set_query(query.as_deref());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_encoded_without_plus_signs() {
        let mut url: Url = "https://scim.example/v2/Users".parse().unwrap();
        set_query(&mut url, Place::Index(1), Some(20), Some(r#"userName eq "a+b & c""#), Some("members"));
        assert_eq!(
            url.as_str(),
            "https://scim.example/v2/Users?startIndex=1&count=20&filter=userName%20eq%20%22a%2Bb%20%26%20c%22&excludedAttributes=members"
        );
    }

    #[rstest::rstest]
    #[case("", Some(20), "cursor&count=20")]
    #[case("abc", None, "cursor=abc")]
    #[case("https://evil.example/?a=b&c#d", Some(20), "cursor=https%3A%2F%2Fevil.example%2F%3Fa%3Db%26c%23d&count=20")]
    fn a_cursor_is_one_value_whatever_it_holds(#[case] cursor: &str, #[case] count: Option<u64>, #[case] query: &str) {
        let mut url: Url = "https://scim.example/v2/Users".parse().unwrap();
        set_query(&mut url, Place::Cursor(cursor), count, None, None);
        assert_eq!(url.as_str(), format!("https://scim.example/v2/Users?{query}"));
    }
}
