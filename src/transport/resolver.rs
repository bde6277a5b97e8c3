//! Looks names up: by the system, or, in a static build, by itself.
//!
//! glibc looks names up with modules that it loads, which a static program cannot do safely. So a static build reads
//! `/etc/hosts` and `/etc/resolv.conf` and asks the name servers, and only that build carries what it takes. Where a
//! connection may go is `guard`'s business.

#[cfg(any(test, all(target_feature = "crt-static", target_env = "gnu")))]
mod own;

#[cfg(all(target_feature = "crt-static", target_env = "gnu"))]
pub(super) use own::Resolver;
#[cfg(not(all(target_feature = "crt-static", target_env = "gnu")))]
pub(super) use system::Resolver;

#[cfg(not(all(target_feature = "crt-static", target_env = "gnu")))]
mod system {
    use std::io;
    use std::net::SocketAddr;

    /// Leaves it to the system. No unit struct, as `own::Resolver` is none: both are made by `default`.
    #[derive(Debug, Default)]
    pub(in crate::transport) struct Resolver {}

    impl Resolver {
        /// All addresses of a name, with port 0.
        ///
        /// # Errors
        /// When the name has none, or nobody can tell.
        pub(in crate::transport) async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
            Ok(tokio::net::lookup_host((name, 0)).await?.collect())
        }
    }
}
