//! Where a connection may go: a pure judgement of URLs and addresses.
//!
//! It resolves no names; `guard` asks it about each URL and every address that a name leads to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use url::{Host, Url};

/// What the operator permits beside public addresses over https. A source's settings cannot widen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NetworkPolicy {
    /// This machine itself, also over plain http.
    pub allow_loopback: bool,
    /// Private networks, and plain http to anywhere.
    pub allow_private: bool,
}

impl NetworkPolicy {
    /// Judges what can be judged before the name is resolved: the scheme, and an address that stands in the URL.
    ///
    /// # Errors
    /// A sentence for people that names the host and what would be right.
    pub(super) fn check_url(self, url: &Url) -> Result<(), String> {
        let host = url.host().ok_or("the URL names no host")?;
        match host {
            Host::Ipv4(ip) => self.check_address(&host.to_string(), ip.into())?,
            Host::Ipv6(ip) => self.check_address(&host.to_string(), ip.into())?,
            Host::Domain(_) => {}
        }
        if url.scheme() == "http" && !self.allow_private && !(self.allow_loopback && is_this_machine(&host)) {
            return Err(format!(
                "{host} would be reached over plain http, which is not permitted here: use https, or start the service \
                 with private networks permitted"
            ));
        }
        Ok(())
    }

    /// Judges one address that `host` leads to.
    ///
    /// # Errors
    /// A sentence for people that names the host and what would be right.
    pub(super) fn check_address(self, host: &str, address: IpAddr) -> Result<(), String> {
        let (what, right) = match reach(address) {
            Reach::Public => return Ok(()),
            Reach::Loopback if self.allow_loopback => return Ok(()),
            Reach::Private if self.allow_private => return Ok(()),
            Reach::Loopback => (
                "this machine itself",
                "use the provider's public host name, or let the service listen on a loopback address",
            ),
            Reach::Private => (
                "a private network",
                "use the provider's public host name, or start the service with private networks permitted",
            ),
            Reach::Never(what) => (what, "no setting permits that: use the provider's public host name"),
        };
        Err(format!("{host} leads to {what} ({address}), where this service may not connect: {right}"))
    }
}

/// Whether the host is this machine, as far as can be told without resolving its name.
pub(super) fn is_this_machine(host: &Host<impl AsRef<str>>) -> bool {
    match host {
        Host::Ipv4(ip) => reach((*ip).into()) == Reach::Loopback,
        Host::Ipv6(ip) => reach((*ip).into()) == Reach::Loopback,
        Host::Domain(name) => name.as_ref() == "localhost",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Public,
    Loopback,
    Private,
    Never(&'static str),
}

const METADATA: Reach = Reach::Never("a cloud's metadata service");
const LINK_LOCAL: Reach = Reach::Never("a link-local address");
const NO_HOST: Reach = Reach::Never("an address that is no single host's");

fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => embedded_v4(ip).map_or_else(|| reach_v6(ip), reach_v4),
    }
}

fn reach_v4(ip: Ipv4Addr) -> Reach {
    match ip.octets() {
        // AWS, Azure, Google and others; Azure's host; Alibaba; Oracle.
        [169, 254, 169, 254] | [168, 63, 129, 16] | [100, 100, 100, 200] | [192, 0, 0, 192] => METADATA,
        [169, 254, ..] => LINK_LOCAL,
        [0 | 224..=255, ..] => NO_HOST,
        [127, ..] => Reach::Loopback,
        // RFC 1918, the carriers' shared space (RFC 6598), protocol assignments, benchmarking.
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] | [192, 0, 0, _] | [198, 18 | 19, ..] => {
            Reach::Private
        }
        _ => Reach::Public,
    }
}

fn reach_v6(ip: Ipv6Addr) -> Reach {
    match ip.segments() {
        // AWS, Google.
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254] => METADATA,
        [0, 0, 0, 0, 0, 0, 0, 1] => Reach::Loopback,
        [0, 0, 0, 0, 0, 0, 0, 0] | [0xff00..=0xffff, ..] => NO_HOST,
        [0xfe80..=0xfebf, ..] => LINK_LOCAL,
        // Unique local, the old site-local, and a network's own translation to IPv4 (RFC 8215), wherever the address stands.
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] | [0x0064, 0xff9b, 1, ..] => Reach::Private,
        _ => Reach::Public,
    }
}

/// The IPv4 address that the packets go to in the end: mapped, compatible, translated (RFC 2765), NAT64 (RFC 6052,
/// RFC 8215), 6to4.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let (high, low) = match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => return None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x0064, 0xff9b, 0 | 1, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => (high, low),
        _ => return None,
    };
    Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const STRICT: NetworkPolicy = NetworkPolicy { allow_loopback: false, allow_private: false };
    const LOOPBACK: NetworkPolicy = NetworkPolicy { allow_loopback: true, allow_private: false };
    const PRIVATE: NetworkPolicy = NetworkPolicy { allow_loopback: false, allow_private: true };

    #[rstest]
    #[case("8.8.8.8", Reach::Public)]
    #[case("172.15.255.255", Reach::Public)]
    #[case("172.32.0.0", Reach::Public)]
    #[case("100.63.255.255", Reach::Public)]
    #[case("2606:4700::1111", Reach::Public)]
    #[case("127.0.0.1", Reach::Loopback)]
    #[case("127.255.0.3", Reach::Loopback)]
    #[case("::1", Reach::Loopback)]
    #[case("::ffff:127.0.0.1", Reach::Loopback)]
    #[case("10.1.2.3", Reach::Private)]
    #[case("172.16.0.1", Reach::Private)]
    #[case("172.31.255.255", Reach::Private)]
    #[case("192.168.1.1", Reach::Private)]
    #[case("100.64.0.1", Reach::Private)]
    #[case("fc00::1", Reach::Private)]
    #[case("fdab::1", Reach::Private)]
    #[case("fec0::1", Reach::Private)]
    #[case("::ffff:10.0.0.1", Reach::Private)]
    #[case("::10.0.0.1", Reach::Private)]
    #[case("64:ff9b::c0a8:101", Reach::Private)]
    #[case("2002:a00:1::", Reach::Private)]
    #[case("::ffff:0:a00:1", Reach::Private)]
    #[case("64:ff9b:1:a00:0:100::", Reach::Private)]
    #[case("169.254.0.1", LINK_LOCAL)]
    #[case("fe80::1", LINK_LOCAL)]
    #[case("febf::1", LINK_LOCAL)]
    #[case("169.254.169.254", METADATA)]
    #[case("::ffff:169.254.169.254", METADATA)]
    #[case("64:ff9b::a9fe:a9fe", METADATA)]
    #[case("::ffff:0:a9fe:a9fe", METADATA)]
    #[case("fd00:ec2::254", METADATA)]
    #[case("100.100.100.200", METADATA)]
    #[case("168.63.129.16", METADATA)]
    #[case("0.0.0.0", NO_HOST)]
    #[case("0.1.2.3", NO_HOST)]
    #[case("::", NO_HOST)]
    #[case("224.0.0.1", NO_HOST)]
    #[case("255.255.255.255", NO_HOST)]
    #[case("ff02::1", NO_HOST)]
    fn addresses(#[case] address: IpAddr, #[case] expected: Reach) {
        assert_eq!(reach(address), expected);
    }

    #[rstest]
    #[case::public("https://example.com/scim", STRICT, true)]
    #[case::plain_http("http://example.com/scim", STRICT, false)]
    #[case::plain_http_where_only_loopback("http://example.com/scim", LOOPBACK, false)]
    #[case::plain_http_where_private("http://example.com/scim", PRIVATE, true)]
    #[case::loopback("http://127.0.0.1:8080", LOOPBACK, true)]
    #[case::loopback_name("http://localhost:8080", LOOPBACK, true)]
    #[case::loopback_v6("http://[::1]:8080", LOOPBACK, true)]
    #[case::loopback_not_permitted("https://127.0.0.1:8080", STRICT, false)]
    #[case::loopback_in_disguise("https://0x7f.1/", STRICT, false)]
    #[case::private_does_not_mean_loopback("http://127.0.0.1:8080", PRIVATE, false)]
    #[case::private("http://10.0.0.7/scim", PRIVATE, true)]
    #[case::private_not_permitted("https://10.0.0.7/scim", LOOPBACK, false)]
    #[case::metadata_whatever_is_permitted("http://169.254.169.254/latest", PRIVATE, false)]
    fn urls(#[case] url: Url, #[case] policy: NetworkPolicy, #[case] permitted: bool) {
        assert_eq!(policy.check_url(&url).is_ok(), permitted);
    }

    #[test]
    fn a_refusal_says_what_would_be_right() {
        let refused = STRICT.check_address("scim.example.com", IpAddr::from([10, 0, 0, 7])).unwrap_err();
        insta::assert_snapshot!(refused, @"scim.example.com leads to a private network (10.0.0.7), where this service may not connect: use the provider's public host name, or start the service with private networks permitted");
    }
}
