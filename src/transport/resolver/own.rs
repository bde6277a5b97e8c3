//! Asks the name servers itself.

use hickory_resolver::TokioResolver;
use hickory_resolver::config::LookupIpStrategy;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::OnceLock;

/// Looks names up, and remembers the answers as long as their servers say.
#[derive(Default)]
pub(in crate::transport) struct Resolver {
    servers: OnceLock<TokioResolver>,
}

impl Resolver {
    /// All addresses of a name, with port 0.
    ///
    /// # Errors
    /// When the name has none, or nobody can tell.
    pub(in crate::transport) async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        // RFC 6761 §6.3; it must work without any file as well.
        if name.eq_ignore_ascii_case("localhost") {
            return Ok([IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()].map(with_port_0).into());
        }
        let found = self.servers()?.lookup_ip(name).await.map_err(io::Error::other)?;
        Ok(found.iter().map(with_port_0).collect())
    }

    fn servers(&self) -> io::Result<&TokioResolver> {
        if let Some(servers) = self.servers.get() {
            return Ok(servers);
        }
        let mut builder = TokioResolver::builder_tokio().map_err(io::Error::other)?;
        builder.options_mut().ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let servers = builder.build().map_err(io::Error::other)?;
        Ok(self.servers.get_or_init(|| servers))
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
        let found = resolver.addresses("LocalHost").await.unwrap();
        assert_eq!(found, ["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()]);
        assert_eq!(resolver.addresses("192.0.2.7").await.unwrap(), ["192.0.2.7:0".parse().unwrap()]);
    }
}
