//! How much a key may ask: `50/s`, `600/m`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use governor::Quota;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Requests in a second or a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    count: NonZeroU32,
    per: Per,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Per {
    Second,
    Minute,
}

impl Rate {
    /// So many each second.
    pub(crate) const fn per_second(count: NonZeroU32) -> Self {
        Self { count, per: Per::Second }
    }

    /// Where nobody says otherwise, as much at once as ten seconds or one minute give.
    pub(crate) fn usual_burst(self) -> NonZeroU32 {
        match self.per {
            Per::Second => self.count.saturating_mul(const { NonZeroU32::new(10).expect("not 0") }),
            Per::Minute => self.count,
        }
    }

    /// This rate, with so many at once.
    pub(super) fn quota(self, burst: NonZeroU32) -> Quota {
        let span = match self.per {
            Per::Second => Duration::from_secs(1),
            Per::Minute => Duration::from_mins(1),
        };
        let each = (span / self.count.get()).max(Duration::from_nanos(1));
        Quota::with_period(each).unwrap_or_else(|| Quota::per_second(self.count)).allow_burst(burst)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per = match self.per {
            Per::Second => "s",
            Per::Minute => "m",
        };
        write!(f, "{}/{per}", self.count)
    }
}

/// A text is no rate.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no rate, which is requests in a second or a minute, such as 50/s or 600/m")]
pub struct NoRate(String);

impl FromStr for Rate {
    type Err = NoRate;

    fn from_str(text: &str) -> Result<Self, NoRate> {
        let read = |text: &str| {
            let (count, per) = text.split_once('/')?;
            let per = match per {
                "s" => Per::Second,
                "m" => Per::Minute,
                _ => return None,
            };
            Some(Self { count: count.parse().ok()?, per })
        };
        read(text).ok_or_else(|| NoRate(text.to_owned()))
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_as_they_are_written() {
        for text in ["50/s", "1/m", "4000000000/s"] {
            assert_eq!(text.parse::<Rate>().expect("a rate").to_string(), text);
        }
        for wrong in ["", "50", "0/s", "-1/s", "50/h", "1.5/s", "99999999999/s"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rate_becomes_a_quota() {
        let rate: Rate = "120/m".parse().expect("a rate");
        let quota = rate.quota(rate.usual_burst());
        assert_eq!((quota.replenish_interval(), quota.burst_size().get()), (Duration::from_millis(500), 120));
        let rate: Rate = "50/s".parse().expect("a rate");
        assert_eq!(rate.usual_burst().get(), 500);
        let most: Rate = "4294967295/s".parse().expect("a rate");
        assert_eq!(most.quota(most.usual_burst()).burst_size().get(), u32::MAX);
    }
}
