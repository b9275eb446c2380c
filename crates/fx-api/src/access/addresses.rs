//! How much one address may send without a valid key.

use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::{Clock, MonotonicClock};
use governor::state::keyed::HashMapStateStore;

use super::rate::Rate;

/// Of so many addresses is known what they sent. All others together count as one, so that memory has a bound.
const MOST: usize = 65_536;

/// For all addresses beyond those.
const OTHERS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The addresses that sent something of late.
pub(super) struct Addresses {
    limiter: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, MonotonicClock>,
    most: usize,
}

impl Addresses {
    /// Each so many requests a second, and ten seconds' worth of them at once.
    pub(super) fn new(requests_per_second: u32) -> Self {
        let rate = Rate::per_second(NonZeroU32::new(requests_per_second).unwrap_or(NonZeroU32::MIN));
        let quota = rate.quota(rate.usual_burst());
        Self { limiter: RateLimiter::new(quota, HashMapStateStore::default(), MonotonicClock), most: MOST }
    }

    /// Counts a request of `address`.
    ///
    /// # Errors
    /// How long it has to wait.
    pub(super) fn admit(&self, address: IpAddr) -> Result<(), Duration> {
        let counted = if self.limiter.len() < self.most { address } else { OTHERS };
        self.limiter.check_key(&counted).map_err(|wait| wait.wait_time_from(self.limiter.clock().now()))
    }

    /// Forgets those that may send all they like again.
    pub(super) fn forget(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_own_share() {
        let addresses = Addresses::new(1);
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().expect("an address"));
        let admitted = (0..20).filter(|_| addresses.admit(one).is_ok()).count();
        assert!((10..20).contains(&admitted), "{admitted}");
        assert!(addresses.admit(one).is_err_and(|wait| wait <= Duration::from_secs(1)));
        assert!(addresses.admit(other).is_ok());
    }

    #[test]
    fn those_beyond_the_most_share_one() {
        let addresses = Addresses { most: 2, ..Addresses::new(1) };
        let address = |i: u8| IpAddr::from([192, 0, 2, i]);
        assert!((0..2).all(|i| addresses.admit(address(i)).is_ok()));
        let admitted = (2..100).filter(|i| addresses.admit(address(*i)).is_ok()).count();
        assert!((10..20).contains(&admitted), "{admitted}");
        assert!(addresses.limiter.len() <= 3);
    }
}
