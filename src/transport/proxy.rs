//! Which proxy a request goes by: one that the operator's environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
//! `NO_PROXY`, as curl reads them), and never one on the way to this machine itself.

use super::address::is_this_machine;
use super::error::Cause;
use super::http::causes;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// No connection came about, and a proxy was to make it.
#[derive(Debug, thiserror::Error)]
#[error("the way there is by the proxy {proxy}, which the service's environment names ({said})")]
pub struct ByProxy {
    /// Host and port: the rest may be a secret.
    proxy: String,
    /// The innermost cause.
    said: String,
    #[source]
    cause: Cause,
}

impl ByProxy {
    pub(super) fn new(proxy: &Url, cause: Cause) -> Self {
        let port = proxy.port_or_known_default().map(|port| format!(":{port}")).unwrap_or_default();
        let proxy = format!("{}{port}", proxy.host_str().unwrap_or_default());
        let said = causes(&*cause).last().map(ToString::to_string).unwrap_or_default();
        Self { proxy, said, cause }
    }
}

/// The proxies of the environment, read once.
#[derive(Debug)]
pub(super) struct Proxies(Matcher);

impl Proxies {
    pub(super) fn of_environment() -> Self {
        Self(Matcher::from_env())
    }

    /// The proxy for a URL, with its user and password where it has some.
    pub(super) fn of(&self, url: &Url) -> Option<Url> {
        if url.host().is_none_or(|host| is_this_machine(&host)) {
            return None;
        }
        let proxy = self.0.intercept(&url.as_str().parse::<Uri>().ok()?)?;
        let mut address = Url::parse(&proxy.uri().to_string()).ok()?;
        if let Some((user, password)) = proxy.basic_auth().and_then(user_and_password) {
            // These fail only for URLs without a host.
            let _ = address.set_username(&user);
            let _ = address.set_password(Some(&password));
        }
        Some(address)
    }
}

/// The variables of an environment that should name a proxy and do not: they have no effect, as with curl.
pub fn unusable_proxies(variables: impl IntoIterator<Item = (String, String)>) -> Vec<String> {
    let names_none = |(name, value): &(String, String)| {
        let is_meant = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].iter().any(|known| name.eq_ignore_ascii_case(known));
        let outward = Uri::from_static("https://scim.example");
        is_meant
            && !value.is_empty()
            && Matcher::builder().all(value.as_str()).build().intercept(&outward).is_none_or(|proxy| {
                !Url::parse(&proxy.uri().to_string())
                    .is_ok_and(|url| url.host_str().is_some_and(|host| !host.is_empty()))
            })
    };
    variables.into_iter().filter(names_none).map(|(name, _)| name).collect()
}

/// What a Basic header says (RFC 7617 §2).
fn user_and_password(basic: &HeaderValue) -> Option<(String, String)> {
    let encoded = basic.to_str().ok()?.strip_prefix("Basic ")?;
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    decoded.split_once(':').map(|(user, password)| (user.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn a_variable_that_names_no_proxy_is_told() {
        let variables = [
            ("HTTPS_PROXY", "http://proxy.example:3128"),
            ("https_proxy", "proxy.example:3128"),
            ("HTTP_PROXY", "http://"),
            ("ALL_PROXY", "http://proxy example:3128"),
            ("all_proxy", ""),
            ("NO_PROXY", "://"),
        ];
        let unusable = unusable_proxies(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(unusable, ["HTTP_PROXY", "ALL_PROXY"]);
    }

    #[rstest]
    #[case::outward("https://scim.example/Users", Some("http://us%40er:p%3Aw@proxy.example:3128/"))]
    #[case::plain("http://scim.example/Users", Some("http://plain.example:3128/"))]
    #[case::excepted("https://api.inside.example/Users", None)]
    #[case::loopback("https://127.0.0.1/Users", None)]
    #[case::loopback_name("http://localhost:8080/Users", None)]
    #[case::loopback_v6("https://[::1]:8443/Users", None)]
    fn a_url_has_the_proxy_of_its_scheme(#[case] url: Url, #[case] proxy: Option<&str>) {
        let matcher = Matcher::builder()
            .https("http://us%40er:p%3Aw@proxy.example:3128")
            .http("http://plain.example:3128")
            .no("inside.example")
            .build();
        assert_eq!(Proxies(matcher).of(&url).as_ref().map(Url::as_str), proxy);
    }
}
