//! Stamps that rise strictly within a feed.

use chrono::TimeDelta;
use fx_domain::clock::{Timestamp, to_micros};

/// Gives each quote its own time: the provider's, or one microsecond more than the last where that is not later, so that
/// several quotes of one millisecond keep their order and none takes another's place.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stamper {
    last: Option<Timestamp>,
}

impl Stamper {
    /// One whose stamps come after `last`.
    pub(crate) fn after(last: Option<Timestamp>) -> Self {
        Self { last }
    }

    /// The stamp of the next quote, which the provider dates `at`.
    pub(crate) fn stamp(&mut self, at: Timestamp) -> Timestamp {
        let at = to_micros(at);
        let stamp = self.last.map_or(at, |last| at.max(last + TimeDelta::microseconds(1)));
        self.last = Some(stamp);
        stamp
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_of_one_millisecond_keep_their_order() {
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let mut stamper = Stamper::default();
        let stamps = ["22:00:00.295Z", "22:00:00.295Z", "22:00:00.295Z", "22:00:00.296Z", "22:00:00.290Z"]
            .map(|time| stamper.stamp(at(&format!("2013-01-01T{time}"))).format("%S%.6f").to_string());
        assert_eq!(stamps, ["00.295000", "00.295001", "00.295002", "00.296000", "00.296001"]);
    }
}
