//! Which addresses a message may be sent to.
//!
//! Who may create a channel names its target, and the server that sends there stands inside the operator's network: only
//! addresses of the public internet are permitted, and what the operator allows by name of its network. The ranges are
//! those of IANA's special-purpose registries.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An address that no message is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{address} is {what}; only public addresses are sent to, and networks of delivery.allow_private_targets")]
pub struct Forbidden {
    /// The address.
    pub address: IpAddr,
    /// What it is, in words.
    pub what: &'static str,
}

/// The networks of which the operator allows targets though they are not public.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AllowedNetworks(Vec<Network>);

impl AllowedNetworks {
    /// Whether a message may be sent to this address.
    ///
    /// # Errors
    /// It is not public and in no network that is allowed.
    pub fn permits(&self, address: IpAddr) -> Result<(), Forbidden> {
        let embedded = embedded(address);
        let is_allowed = |address: &IpAddr| self.0.iter().any(|network| network.0.contains(address));
        if is_allowed(&address) || embedded.is_some_and(|embedded| is_allowed(&embedded.into())) {
            return Ok(());
        }
        let what = match (address, embedded) {
            (_, Some(embedded)) | (IpAddr::V4(embedded), None) => special(&V4, |range| range.contains(&embedded)),
            (IpAddr::V6(address), None) => special_v6(address),
        };
        what.map_or(Ok(()), |what| Err(Forbidden { address, what }))
    }
}

impl FromIterator<IpNet> for AllowedNetworks {
    fn from_iter<I: IntoIterator<Item = IpNet>>(networks: I) -> Self {
        Self(networks.into_iter().map(Network).collect())
    }
}

/// The IPv4 address that is reached by way of this IPv6 one: mapped, or translated by NAT64, which is how a network
/// without IPv4 reaches the public part of it.
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else { return None };
    let translated = NAT64.contains(&address).then(|| {
        let [.., a, b, c, d] = address.octets();
        Ipv4Addr::new(a, b, c, d)
    });
    translated.or_else(|| address.to_ipv4_mapped())
}

const NAT64: Ipv6Net = v6(0x0064_ff9b_0000_0000, 96);

const V4: [(Ipv4Net, &str); 15] = [
    (v4([0, 0, 0, 0], 8), "of this host alone"),
    (v4([10, 0, 0, 0], 8), "private"),
    (v4([100, 64, 0, 0], 10), "of a carrier's own network"),
    (v4([127, 0, 0, 0], 8), "loopback"),
    (v4([169, 254, 0, 0], 16), "link-local"),
    (v4([172, 16, 0, 0], 12), "private"),
    (v4([192, 0, 0, 0], 24), "reserved for protocols"),
    (v4([192, 0, 2, 0], 24), "for documentation"),
    (v4([192, 88, 99, 0], 24), "a relay of 6to4"),
    (v4([192, 168, 0, 0], 16), "private"),
    (v4([198, 18, 0, 0], 15), "for benchmarks"),
    (v4([198, 51, 100, 0], 24), "for documentation"),
    (v4([203, 0, 113, 0], 24), "for documentation"),
    (v4([224, 0, 0, 0], 4), "multicast"),
    (v4([240, 0, 0, 0], 4), "reserved"),
];

/// The more exact ones first.
const V6: [(Ipv6Net, &str); 14] = [
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128), "unspecified"),
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), "loopback"),
    (v6(0, 96), "IPv4-compatible"),
    (v6(0x0064_ff9b_0001_0000, 48), "of a local translation to IPv4"),
    (v6(0x0100_0000_0000_0000, 64), "discarded"),
    (v6(0x2001_0000_0000_0000, 32), "a tunnel of Teredo"),
    (v6(0x2001_0000_0000_0000, 23), "reserved for protocols"),
    (v6(0x2001_0db8_0000_0000, 32), "for documentation"),
    (v6(0x2002_0000_0000_0000, 16), "a tunnel of 6to4"),
    (v6(0x3fff_0000_0000_0000, 20), "for documentation"),
    (v6(0xfc00_0000_0000_0000, 7), "private"),
    (v6(0xfe80_0000_0000_0000, 10), "link-local"),
    (v6(0xfec0_0000_0000_0000, 10), "private"),
    (v6(0xff00_0000_0000_0000, 8), "multicast"),
];

/// What is public so far.
const UNICAST: Ipv6Net = v6(0x2000_0000_0000_0000, 3);

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let reserved = || (!UNICAST.contains(&address)).then_some("reserved");
    special(&V6, |range| range.contains(&address)).or_else(reserved)
}

fn special<N>(ranges: &[(N, &'static str)], contains: impl Fn(&N) -> bool) -> Option<&'static str> {
    ranges.iter().find(|(range, _)| contains(range)).map(|(_, what)| *what)
}

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

/// `upper` is the upper half of the address.
const fn v6(upper: u64, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits((upper as u128) << 64), prefix)
}

/// A network as people write it: `10.1.2.0/24`, or one address.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Network(IpNet);

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

fn network(text: &str) -> Result<Network, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Network(address.into()));
    }
    let network: IpNet =
        text.parse().map_err(|_| "is no network; write one such as 10.1.2.0/24 or fd00::/8".to_owned())?;
    if network.trunc() == network {
        return Ok(Network(network));
    }
    Err(format!("names an address within its network; write {} or {}", network.trunc(), network.addr()))
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        network(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Network {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn only_the_public_internet_is_permitted() {
        for (forbidden, what) in [
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("::1", "loopback"),
            ("169.254.169.254", "link-local"),
            ("10.0.0.1", "private"),
            ("172.16.0.1", "private"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("100.64.0.1", "of a carrier's own network"),
            ("0.0.0.0", "of this host alone"),
            ("0.1.2.3", "of this host alone"),
            ("192.0.0.8", "reserved for protocols"),
            ("198.19.0.1", "for benchmarks"),
            ("203.0.113.9", "for documentation"),
            ("224.0.0.1", "multicast"),
            ("255.255.255.255", "reserved"),
            ("::", "unspecified"),
            ("::ffff:127.0.0.1", "loopback"),
            ("::ffff:10.0.0.1", "private"),
            ("::127.0.0.1", "IPv4-compatible"),
            ("64:ff9b::127.0.0.1", "loopback"),
            ("64:ff9b::169.254.169.254", "link-local"),
            ("64:ff9b:1::10.0.0.1", "of a local translation to IPv4"),
            ("2002:7f00:1::", "a tunnel of 6to4"),
            ("2001::1", "a tunnel of Teredo"),
            ("2001:db8::1", "for documentation"),
            ("fd12:3456::1", "private"),
            ("fc00::1", "private"),
            ("fe80::1", "link-local"),
            ("fec0::1", "private"),
            ("ff02::1", "multicast"),
            ("4000::1", "reserved"),
            ("5f00::1", "reserved"),
        ] {
            let refused = AllowedNetworks::default().permits(address(forbidden)).expect_err(forbidden);
            assert_eq!(refused, Forbidden { address: address(forbidden), what });
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
        {
            AllowedNetworks::default().permits(address(public)).expect(public);
        }
    }

    #[test]
    fn what_the_operator_allows_is_permitted_in_whatever_form() {
        let texts = ["10.1.2.0/24", "127.0.0.1", "fd00::/8"];
        let allowed = AllowedNetworks(texts.map(|text| network(text).expect(text)).into());
        for permitted in ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "127.0.0.1", "fd00::1"] {
            allowed.permits(address(permitted)).expect(permitted);
        }
        for forbidden in ["10.1.3.1", "127.0.0.2", "::1", "fc00::1", "::ffff:10.1.3.1"] {
            allowed.permits(address(forbidden)).expect_err(forbidden);
        }
        let said = allowed.permits(address("10.1.3.1")).expect_err("another network").to_string();
        let expected = "10.1.3.1 is private; only public addresses are sent to, and networks of \
                        delivery.allow_private_targets";
        assert_eq!(said, expected);
    }

    #[test]
    fn a_network_is_written_exactly() {
        assert_eq!(
            network("10.1.2.3/24").expect_err("bits of a host"),
            "names an address within its network; write 10.1.2.0/24 or 10.1.2.3"
        );
        assert!(network("intranet").expect_err("a name").starts_with("is no network"));
    }
}
