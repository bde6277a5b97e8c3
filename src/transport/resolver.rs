//! Looks names up: by the system, or, in a static build, by itself.
//!
//! glibc looks names up with modules that it loads, which a static program cannot do safely. So a static build reads
//! `/etc/hosts` and `/etc/resolv.conf` and asks the name servers. Where a connection may go is `guard`'s business.

use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;

const STATIC: bool = cfg!(all(target_feature = "crt-static", target_env = "gnu"));

/// Looks names up, and remembers the answers as long as their servers say where it asks them itself.
#[derive(Default)]
pub(super) struct Resolver {
    own: OnceLock<TokioResolver>,
}

impl Resolver {
    /// All addresses of a name, with port 0.
    ///
    /// # Errors
    /// When the name has none, or nobody can tell.
    pub(super) async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        if STATIC { self.own_look_up(name).await } else { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }
    }

    async fn own_look_up(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        // RFC 6761 §6.3; it must work without any file as well.
        if name.eq_ignore_ascii_case("localhost") {
            return Ok([IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].map(with_port_0).into());
        }
        let found = self.own()?.lookup_ip(name).await.map_err(io::Error::other)?;
        Ok(found.iter().map(with_port_0).collect())
    }

    fn own(&self) -> io::Result<&TokioResolver> {
        if let Some(own) = self.own.get() {
            return Ok(own);
        }
        let mut builder = TokioResolver::builder_tokio().map_err(io::Error::other)?;
        builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let own = builder.build().map_err(io::Error::other)?;
        Ok(self.own.get_or_init(|| own))
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

fn with_port_0(address: IpAddr) -> SocketAddr {
    SocketAddr::new(address, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_of_this_machine_are_found_without_a_name_server() {
        let resolver = Resolver::default();
        let found = resolver.own_look_up("LocalHost").await.unwrap();
        assert_eq!(found, ["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()]);
        assert_eq!(resolver.own_look_up("192.0.2.7").await.unwrap(), ["192.0.2.7:0".parse().unwrap()]);
    }
}
