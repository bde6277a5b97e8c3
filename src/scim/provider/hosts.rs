//! Hosts by pattern, so that a provider is told by the address of its API.

use serde::Deserialize;

/// A host name in which `*` stands for any characters of one label, and as the whole first label for one label or more:
/// `*.my.salesforce.com`, `scim.eu-*.amazonaws.com`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HostPattern(String);

impl HostPattern {
    /// Whether a host, in lower case as it stands in a parsed URL, is one of these.
    pub fn fits(&self, host: &str) -> bool {
        let (mut wanted, mut given) = (self.0.rsplit('.'), host.rsplit('.'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return true,
                (Some("*"), Some(_)) if wanted.clone().next().is_none() => return true,
                (Some(pattern), Some(label)) if label_fits(pattern, label) => {}
                _ => return false,
            }
        }
    }
}

fn label_fits(pattern: &str, label: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == label,
        Some((start, end)) => label.len() > start.len() + end.len() && label.starts_with(start) && label.ends_with(end),
    }
}

impl TryFrom<String> for HostPattern {
    type Error = String;

    /// The last two labels are always said: a pattern for all hosts of a top-level domain would claim others' hosts.
    fn try_from(text: String) -> Result<Self, String> {
        let is_label = |label: &str| {
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-*".contains(&byte);
            !label.is_empty() && label.bytes().all(allowed) && label.matches('*').count() <= 1
        };
        let labels: Vec<&str> = text.split('.').collect();
        let is_said = labels.iter().rev().take(2).all(|label| !label.contains('*'));
        if labels.len() >= 2 && is_said && labels.iter().all(|label| is_label(label)) {
            return Ok(Self(text));
        }
        Err(format!(
            "\"{text}\" is no host name in lower case, with at most one * in a label and none in the last two: \
             it must be like scim.example.com or *.example.com"
        ))
    }
}

#[cfg(test)]
impl std::fmt::Display for HostPattern {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
impl serde::Serialize for HostPattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<HostPattern, String> {
        text.to_owned().try_into()
    }

    #[rstest::rstest]
    #[case("*.example.com", "a.example.com", true)]
    #[case("*.example.com", "a.b.example.com", true)]
    #[case("*.example.com", "example.com", false)]
    #[case("*.example.com", "evilexample.com", false)]
    #[case("*.example.com", "a.example.com.evil.net", false)]
    #[case("scim.example.com", "scim.example.com", true)]
    #[case("scim.example.com", "a.scim.example.com", false)]
    #[case("scim.eu-*.example.com", "scim.eu-west-1.example.com", true)]
    #[case("scim.eu-*.example.com", "scim.eu-.example.com", false)]
    #[case("scim.eu-*.example.com", "scim.s3-eu-west-1.example.com", false)]
    #[case("scim.eu-*.example.com", "scim.eu-a.b.example.com", false)]
    #[case("scim.*.example.com", "scim.a.b.example.com", false)]
    fn a_pattern_fits_its_hosts_and_no_others(#[case] text: &str, #[case] host: &str, #[case] fits: bool) {
        assert_eq!(pattern(text).unwrap().fits(host), fits);
    }

    #[rstest::rstest]
    fn what_would_claim_others_hosts_is_no_pattern(
        #[values(
            "",
            "*",
            "*.com",
            "com",
            "a.*",
            "a.*.com",
            ".example.com",
            "a*b*.example.com",
            "Example.com",
            "a b.com"
        )]
        text: &str,
    ) {
        // `a.*.com` leaves the domain open; the others are no host names.
        assert!(pattern(text).is_err());
    }
}
