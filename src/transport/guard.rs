//! Resolves names and keeps connections to where the network policy lets them go.
//!
//! What is permitted is `address`'s judgement; here it is applied to every URL, and to every address at the moment that
//! it is connected to, so that a name cannot lead elsewhere between the check and the connection. Behind a proxy the proxy resolves the names,
//! and what they may lead to is its business.

use super::address::NetworkPolicy;
use super::resolver::Resolver;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::{PoisonError, RwLock};
use url::{Host, Url};

/// Why a name led to no address.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("the look-up of the name failed")]
    Lookup(#[source] io::Error),
    #[error("the name has no address")]
    NoAddress,
    #[error("{0}")]
    Forbidden(String),
}

/// Applies the network policy.
#[derive(Debug)]
pub(super) struct Guard {
    policy: NetworkPolicy,
    resolver: Resolver,
    /// The names in the URLs that were admitted. Any other name that is resolved is a proxy's, which the operator chose.
    names: RwLock<BTreeSet<String>>,
}

impl Guard {
    pub(super) fn new(policy: NetworkPolicy) -> Self {
        Self { policy, resolver: Resolver::default(), names: RwLock::default() }
    }

    /// Judges a URL that is about to be asked for.
    ///
    /// # Errors
    /// A sentence for people.
    pub(super) fn admit(&self, url: &Url) -> Result<(), String> {
        self.policy.check_url(url)?;
        if let Some(Host::Domain(name)) = url.host()
            && !self.is_admitted(name)
        {
            self.names.write().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        }
        Ok(())
    }

    /// Those of the name's addresses where a connection may go, with port 0.
    pub(super) async fn resolve(&self, name: &str) -> Result<Vec<SocketAddr>, ResolveError> {
        let addresses = self.resolver.addresses(name).await.map_err(ResolveError::Lookup)?;
        self.permitted(name, addresses.into_iter())
    }

    fn permitted(
        &self,
        name: &str,
        addresses: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, ResolveError> {
        let is_proxy = !self.is_admitted(name);
        let mut why_none = ResolveError::NoAddress;
        let mut permitted = Vec::new();
        for address in addresses {
            match self.policy.check_address(name, address.ip()) {
                Err(reason) if !is_proxy => why_none = ResolveError::Forbidden(reason),
                _ => permitted.push(address),
            }
        }
        if permitted.is_empty() { Err(why_none) } else { Ok(permitted) }
    }

    fn is_admitted(&self, name: &str) -> bool {
        self.names.read().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use std::net::IpAddr;

    fn guard() -> Guard {
        let guard = Guard::new(NetworkPolicy::default());
        guard.admit(&"https://scim.example.com/Users".parse().unwrap()).unwrap();
        guard
    }

    #[rstest]
    #[case::public(&["192.0.2.1"], &["192.0.2.1"])]
    #[case::only_the_public_of_two(&["10.0.0.1", "192.0.2.1", "::1"], &["192.0.2.1"])]
    fn permitted_addresses_remain(#[case] found: &[&str], #[case] expected: &[&str]) {
        assert_eq!(permitted("scim.example.com", found).unwrap(), expected);
    }

    #[test]
    fn a_name_with_refused_addresses_alone_is_refused() {
        let refused = permitted("scim.example.com", &["10.0.0.1", "169.254.169.254"]).unwrap_err();
        assert!(matches!(refused, ResolveError::Forbidden(_)), "{refused:?}");
    }

    #[test]
    fn a_name_without_address_is_not_called_refused() {
        assert!(matches!(permitted("scim.example.com", &[]), Err(ResolveError::NoAddress)));
    }

    #[test]
    fn a_proxy_may_stand_in_a_private_network() {
        assert_eq!(permitted("proxy.internal", &["10.0.0.1"]).unwrap(), ["10.0.0.1"]);
    }

    fn permitted(name: &str, addresses: &[&str]) -> Result<Vec<String>, ResolveError> {
        let addresses = addresses.iter().map(|ip| SocketAddr::new(ip.parse::<IpAddr>().unwrap(), 0));
        let permitted = guard().permitted(name, addresses)?;
        Ok(permitted.iter().map(|address| address.ip().to_string()).collect())
    }
}
