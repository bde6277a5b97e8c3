//! Where the API is when the settings do not say: where the token endpoint says (`instance_url`), if that can be believed.
//! The token goes there, so what is said by the one that gives it out is not believed of just any host.

use super::error::{own, refuse, translate_auth};
use super::source::Source;
use crate::auth::AuthError;
use crate::config::{Config, scim_address};
use crate::protocol::Failure;
use crate::scim::provider::Profile;
use crate::transport::{Call, Credentials as _};
use std::net::IpAddr;
use url::{Host, Url};

const DOING: &str = "Asking the token endpoint where the API is";

/// The SCIM base URL: that of the settings, else the one that comes with a token.
///
/// # Errors
/// When there is no token, or nothing with it that can be believed.
pub async fn base_url(config: &Config, source: &Source, call: &Call) -> Result<Url, Failure> {
    if let Some(base_url) = &config.base_url {
        return Ok(base_url.clone());
    }
    let token_url = config.auth.token_url();
    if let Err(error) = source.auth.authorize(call.clone()).await {
        return Err(match error.downcast::<AuthError>() {
            Ok(error) => translate_auth(DOING, *error, token_url),
            Err(other) => refuse(own::API_NOT_ASKED_FOR, DOING, &[]).caused_by(other),
        });
    }
    let host = token_url.and_then(Url::host_str).unwrap_or_default();
    let Some(stated) = source.auth.instance_url() else {
        return Err(refuse(own::API_NOT_STATED, "", &[("host", host)]));
    };
    let mut stated =
        Url::parse(&stated).map_err(|error| refuse(own::API_STATED_WRONGLY, "", &[("host", host)]).caused_by(error))?;
    if !token_url.is_some_and(|token_url| is_believed(&stated, token_url, &config.profile)) {
        let there = stated.host_str().unwrap_or("an address without a host");
        let values = [("host", host), ("target", there), ("subject", stated.scheme())];
        return Err(refuse(own::API_NOT_BELIEVED, "", &values));
    }
    stated.set_query(None);
    stated.set_fragment(None);
    Ok(scim_address(stated, &config.profile))
}

/// Two hosts below one domain are not taken for one owner's: which domains anybody may register below is a list that
/// changes weekly (`co.uk`, `github.io`), and who needs it can set `baseUrl`.
fn is_believed(stated: &Url, token_url: &Url, profile: &Profile) -> bool {
    let (Some(host), Some(token_host)) = (stated.host(), token_url.host()) else { return false };
    let is_secure = stated.scheme() == "https" || (stated.scheme() == "http" && is_loopback(&host));
    let has_user_info = !stated.username().is_empty() || stated.password().is_some();
    is_secure && !has_user_info && (is_same_or_below(&host, &token_host) || is_owned(&host, profile))
}

fn is_same_or_below(host: &Host<&str>, other: &Host<&str>) -> bool {
    match (host, other) {
        (Host::Domain(host), Host::Domain(other)) => {
            host == other || host.strip_suffix(other).is_some_and(|rest| rest.ends_with('.'))
        }
        _ => host == other,
    }
}

fn is_owned(host: &Host<&str>, profile: &Profile) -> bool {
    matches!(host, Host::Domain(name) if profile.owns(name))
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(ip) => IpAddr::from(*ip).is_loopback(),
        Host::Ipv6(ip) => IpAddr::from(*ip).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::provider::{GENERIC, SALESFORCE};
    use rstest::rstest;

    #[rstest]
    #[case::same_host("https://login.salesforce.com", true)]
    #[case::the_provider_s_own("https://na123.salesforce.com", true)]
    #[case::another_of_its_own("https://acme.my.site.force.com", true)]
    #[case::another_site("https://salesforce.com.example.com", false)]
    #[case::ends_alike("https://evilsalesforce.com", false)]
    #[case::plain_http("http://na123.salesforce.com", false)]
    #[case::user_info("https://ada@na123.salesforce.com", false)]
    #[case::loopback_is_another_host("http://127.0.0.1:8080", false)]
    #[case::another_scheme("ftp://na123.salesforce.com", false)]
    fn what_is_believed_of_a_provider_that_is_known(#[case] stated: Url, #[case] believed: bool) {
        let token_url = "https://login.salesforce.com/services/oauth2/token".parse().unwrap();
        assert_eq!(is_believed(&stated, &token_url, &SALESFORCE), believed);
    }

    #[rstest]
    #[case::same_host("https://acme.github.io/token", "https://acme.github.io:8443/x", true)]
    #[case::below("https://acme.example/token", "https://api.acme.example", true)]
    #[case::another_tenant("https://acme.github.io/token", "https://evil.github.io", false)]
    #[case::another_below_the_same_domain("https://acme.co.uk/token", "https://evil.co.uk", false)]
    #[case::above("https://api.acme.example/token", "https://acme.example", false)]
    #[case::ends_alike("https://acme.example/token", "https://evilacme.example", false)]
    #[case::no_provider_s_own("https://acme.example/token", "https://na123.salesforce.com", false)]
    #[case::loopback("http://127.0.0.1:1/token", "http://127.0.0.1:2", true)]
    #[case::another_loopback("http://127.0.0.1:1/token", "http://localhost:1", false)]
    fn what_is_believed_of_any_other(#[case] token_url: Url, #[case] stated: Url, #[case] believed: bool) {
        assert_eq!(is_believed(&stated, &token_url, &GENERIC), believed);
    }
}
