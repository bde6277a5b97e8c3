//! What a request is counted as: which endpoint it goes to, never which resource. A pure function.

use super::provider::Profile;
use crate::metrics::Route;

/// The documents by which a server describes itself (RFC 7644 §4), and Salesforce's name for the first.
const DISCOVERY: [&str; 4] = ["ServiceProviderConfig", "ServiceProviderConfigs", "ResourceTypes", "Schemas"];

/// The route of a path below `base`, the path of the SCIM base URL.
pub(super) fn route(profile: &Profile, base: &str, path: &str) -> Route {
    let Some(below) = path.strip_prefix(base.trim_end_matches('/')) else { return Route::Other };
    let below = below.trim_start_matches('/');
    let is = |endpoint: &str| below.strip_prefix(endpoint).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    match profile {
        _ if is(&profile.users.path) => Route::Users,
        _ if is(&profile.groups.path) => Route::Groups,
        _ if profile.entitlements.as_ref().is_some_and(|endpoint| is(&endpoint.path)) => Route::Entitlements,
        _ if DISCOVERY.into_iter().any(is) => Route::Discovery,
        _ => Route::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scim::provider::{GENERIC, SALESFORCE};

    #[rstest::rstest]
    #[case("/scim/v2", "/scim/v2/Users", Route::Users)]
    #[case("/scim/v2/", "/scim/v2/Users/Groups", Route::Users)]
    #[case("/Users/scim", "/Users/scim/Groups/Users", Route::Groups)]
    #[case("/scim/v2", "/scim/v2/Entitlements", Route::Entitlements)]
    #[case("/", "/ServiceProviderConfigs", Route::Discovery)]
    #[case("/", "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User", Route::Discovery)]
    #[case("/", "/UsersOfAcme/Users", Route::Other)]
    #[case("/scim/v2", "/services/data/Users", Route::Other)]
    #[case("/scim/v2", "/", Route::Other)]
    fn a_request_is_counted_by_its_endpoint(#[case] base: &str, #[case] path: &str, #[case] expected: Route) {
        assert_eq!(route(&SALESFORCE, base, path), expected);
    }

    #[test]
    fn a_provider_without_a_list_of_entitlements_has_none() {
        assert_eq!(route(&GENERIC, "", "/Entitlements"), Route::Other);
    }
}
