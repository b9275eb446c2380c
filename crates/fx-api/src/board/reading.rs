//! One rate as it is read at one moment.

use chrono::TimeDelta;
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use fx_domain::preferred::Candidate;
use fx_domain::rate::RateRecord;

use super::ranks::Standing;

/// The newest accepted rate of one feed, with what readers compute.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// The rate.
    pub(crate) record: RateRecord,
    /// A newer one that is held as suspect.
    pub(crate) held: Option<RateRecord>,
    /// Its age.
    pub(crate) age: TimeDelta,
    /// Whether it is too old to be relied on.
    pub(crate) is_stale: bool,
    /// The mid of a day before.
    pub(crate) day_before: Option<f64>,
    /// What the choice among feeds needs.
    pub(super) candidate: Candidate,
}

impl Reading {
    pub(super) fn new(
        record: RateRecord,
        held: Option<&RateRecord>,
        standing: &Standing,
        day_before: Option<f64>,
        at: Timestamp,
    ) -> Self {
        let aged_from = record.aged_from();
        let Standing { market, stale_after, .. } = *standing;
        let candidate = Candidate { source_ts: record.source_ts, aged_from, market, stale_after };
        Self {
            // A clock that lags behind the provider's must not show negative ages.
            age: (at - aged_from).max(TimeDelta::zero()),
            is_stale: candidate.is_stale(at),
            held: held.cloned(),
            record,
            day_before,
            candidate,
        }
    }

    /// The change since a day before in percent, as seen by who quotes `pair`.
    pub(crate) fn change_24h_pct(&self, pair: Pair) -> Option<f64> {
        let (now, before) = (self.record.rate.sides.mid, self.day_before?);
        let ratio = if pair == self.record.rate.pair { now / before } else { before / now };
        Some((ratio - 1.0) * 100.0)
    }
}
