//! Which requests a fault means.

use super::{Effect, Fault};
use crate::sandbox::store::Collection;
use http::{Method, request};

/// What a request asks for, as far as faults look at it.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) struct Asked<'a> {
    method: &'a Method,
    path: &'a str,
    /// Below the SCIM base URL.
    endpoint: Option<&'a str>,
    query: &'a str,
}

impl<'a> Asked<'a> {
    /// `base` is the path of the SCIM base URL.
    pub(in crate::sandbox) fn new(request: &'a request::Parts, base: &str) -> Self {
        let path = request.uri.path();
        let endpoint = path.strip_prefix(base).filter(|endpoint| endpoint.starts_with('/'));
        Self { method: &request.method, path, endpoint, query: request.uri.query().unwrap_or_default() }
    }

    pub(super) fn is_meant_by(&self, fault: &Fault) -> bool {
        let is_route = |route: &String| {
            is_route(route, self.path) || self.endpoint.is_some_and(|endpoint| is_route(route, endpoint))
        };
        fault.method.as_ref().is_none_or(|method| method == self.method)
            && fault.route.as_ref().is_none_or(is_route)
            && fault.query.as_ref().is_none_or(|pairs| pairs.split('&').all(|pair| self.has_parameter(pair)))
            && (!matches!(fault.effect, Effect::List(_)) || self.is_list())
    }

    fn has_parameter(&self, pair: &str) -> bool {
        let (name, wanted) = pair.split_once('=').unwrap_or((pair, "*"));
        let mut parameters = url::form_urlencoded::parse(self.query.as_bytes());
        parameters.any(|(key, value)| {
            key.eq_ignore_ascii_case(name)
                && wanted.strip_suffix('*').map_or(value == wanted, |beginning| value.starts_with(beginning))
        })
    }

    fn is_list(&self) -> bool {
        let Some(endpoint) = self.endpoint else { return false };
        let is_collection = |one: &Collection| endpoint.trim_start_matches('/') == one.endpoint();
        match *self.method {
            Method::GET => Collection::ALL.iter().any(is_collection),
            Method::POST => endpoint.ends_with("/.search"),
            _ => false,
        }
    }
}

/// `*` is any segment, `**` any number of them.
fn is_route(route: &str, path: &str) -> bool {
    let mut wanted = route.trim_matches('/').split('/');
    let mut segments = path.trim_matches('/').split('/');
    loop {
        match (wanted.next(), segments.next()) {
            (Some("**"), _) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(segment)) if wanted == segment => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn is_met(fault: &Fault, method: Method, uri: &str) -> bool {
        let (parts, ()) = Request::builder().method(method).uri(uri).body(()).unwrap().into_parts();
        Asked::new(&parts, "/scim/v2").is_meant_by(fault)
    }

    #[rstest::rstest]
    #[case("/Users", "/scim/v2/Users", true)]
    #[case("/Users", "/scim/v2/Users?count=1", true)]
    #[case("/Users", "/scim/v2/Users/u1", false)]
    #[case("/Users/*", "/scim/v2/Users/u1", true)]
    #[case("/Users/*", "/scim/v2/Users", false)]
    #[case("/Users/**", "/scim/v2/Users", true)]
    #[case("/Users/**", "/scim/v2/Users/u1", true)]
    #[case("/**", "/scim/v2/Groups", true)]
    #[case("/scim/v2/Users", "/scim/v2/Users", true)]
    #[case("/services/oauth2/token", "/services/oauth2/token", true)]
    #[case("/token", "/services/oauth2/token", false)]
    #[case("/User", "/scim/v2/Users", false)]
    fn a_route_names_paths_by_their_segments(#[case] route: &str, #[case] uri: &str, #[case] expected: bool) {
        let fault = Fault { route: Some(route.to_owned()), ..Fault::new("", Effect::Close) };
        assert_eq!(is_met(&fault, Method::GET, uri), expected);
    }

    #[rstest::rstest]
    #[case("startIndex=20", "startIndex=20&count=5", true)]
    #[case("startIndex=20", "startIndex=201", false)]
    #[case("startIndex=20", "", false)]
    #[case("startindex=2*", "count=1&startIndex=201", true)]
    #[case("count=1&startIndex=2", "startIndex=2&count=1", true)]
    #[case("count=1&startIndex=2", "startIndex=2", false)]
    #[case("filter=id gt*", "filter=id+gt%20%22005%22", true)]
    #[case("filter", "filter=userName%20eq%20%22a%22", true)]
    fn a_query_names_parameters(#[case] query: &str, #[case] asked: &str, #[case] expected: bool) {
        let fault = Fault { query: Some(query.to_owned()), ..Fault::new("", Effect::Close) };
        assert_eq!(is_met(&fault, Method::GET, &format!("/scim/v2/Users?{asked}")), expected);
    }

    #[rstest::rstest]
    #[case(Method::GET, "/scim/v2/Users", true)]
    #[case(Method::GET, "/scim/v2/Entitlements?count=2", true)]
    #[case(Method::POST, "/scim/v2/Groups/.search", true)]
    #[case(Method::POST, "/scim/v2/.search", true)]
    #[case(Method::POST, "/scim/v2/Users", false)]
    #[case(Method::GET, "/scim/v2/Users/u1", false)]
    #[case(Method::GET, "/scim/v2/Schemas", false)]
    #[case(Method::GET, "/Users", false)]
    fn what_is_about_rows_meets_lists_only(#[case] method: Method, #[case] uri: &str, #[case] expected: bool) {
        let fault = Fault { query: None, ..Fault::new("", Effect::List(super::super::ListEffect::EmptyPage)) };
        assert_eq!(is_met(&fault, method, uri), expected);
    }

    #[test]
    fn a_target_is_a_route_with_all_below_it_a_query_or_both() {
        let both = Fault::new("/Users?startIndex=3", Effect::Close);
        assert_eq!((both.route.as_deref(), both.query.as_deref()), (Some("/Users/**"), Some("startIndex=3")));
        let route = Fault::new("/Users", Effect::Close);
        assert_eq!((route.route.as_deref(), route.query.as_deref()), (Some("/Users/**"), None));
        let query = Fault::new("startIndex=3", Effect::Close);
        assert_eq!((query.route.as_deref(), query.query.as_deref()), (None, Some("startIndex=3")));
    }
}
