//! The query parameters of a list request (RFC 7644 §3.4.2, §3.9).

use url::Url;

/// Spaces are sent as `%20`: not every server reads `+` as a space.
pub(super) fn set_query(url: &mut Url, start: Option<u64>, count: u64, filter: Option<&str>, without: Option<&str>) {
    {
        let mut pairs = url.query_pairs_mut();
        if let Some(start) = start {
            pairs.append_pair("startIndex", &start.to_string());
        }
        pairs.append_pair("count", &count.to_string());
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
        set_query(&mut url, Some(1), 20, Some(r#"userName eq "a+b & c""#), Some("members"));
        assert_eq!(
            url.as_str(),
            "https://scim.example/v2/Users?startIndex=1&count=20&filter=userName%20eq%20%22a%2Bb%20%26%20c%22&excludedAttributes=members"
        );
    }
}
