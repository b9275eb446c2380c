//! Who is at the other end, as far as an address says.

use std::net::{IpAddr, Ipv6Addr};

use salvo::conn::SocketAddr;

/// The address that counts: an IPv6 network of 64 bits is one, since whoever has it has all of it.
pub(crate) fn peer(address: &SocketAddr) -> Option<IpAddr> {
    let ip = match address {
        SocketAddr::IPv4(address) => IpAddr::V4(*address.ip()),
        SocketAddr::IPv6(address) => address.ip().to_canonical(),
        _ => return None,
    };
    Some(match ip {
        IpAddr::V6(ip) if !ip.is_loopback() => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_a_network_is_one() {
        let peer = |text: &str| peer(&text.parse::<std::net::SocketAddr>().expect("an address").into());
        assert_eq!(peer("[2001:db8::1]:5"), peer("[2001:db8::ffff:2]:6"));
        assert_ne!(peer("[2001:db8::1]:5"), peer("[2001:db8:0:1::1]:5"));
        assert_eq!(peer("[::ffff:192.0.2.1]:5"), peer("192.0.2.1:6"));
        assert_eq!(peer("[::1]:5"), Some("::1".parse().expect("an address")));
    }
}
