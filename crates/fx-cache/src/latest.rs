//! What is latest, and what becomes of it with the next rate.

use std::collections::BTreeMap;

use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, FeedStatus, Market, Source};
use fx_domain::pair::Pair;
use fx_domain::rate::{EnrichedBatch, Quality, RateRecord};

/// What is latest of one pair from one source; at least one of the two stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latest {
    /// The newest accepted rate.
    pub accepted: Option<RateRecord>,
    /// A newer one that is held as suspect.
    pub held: Option<RateRecord>,
}

impl Latest {
    /// Takes a rate in, where it is newer than what is there.
    pub fn take_in(&mut self, record: RateRecord) {
        let place = if record.rate.quality == Quality::Suspect { &mut self.held } else { &mut self.accepted };
        if place.as_ref().is_none_or(|have| version(have) < version(&record)) {
            *place = Some(record);
        }
        // What was held is accepted or withdrawn once the accepted rate has caught up.
        if let (Some(accepted), Some(held)) = (&self.accepted, &self.held)
            && accepted.source_ts >= held.source_ts
        {
            self.held = None;
        }
    }

    /// Its pair and source.
    pub(crate) fn key(&self) -> Option<(Pair, &Source)> {
        let record = self.accepted.as_ref().or(self.held.as_ref())?;
        Some((record.rate.pair, &record.source))
    }
}

/// What is latest among `records`, by source and pair.
pub(crate) fn by_source(records: Vec<RateRecord>) -> BTreeMap<Source, BTreeMap<Pair, Latest>> {
    let mut sources: BTreeMap<Source, BTreeMap<Pair, Latest>> = BTreeMap::new();
    for record in records {
        let pairs = match sources.get_mut(&record.source) {
            Some(pairs) => pairs,
            None => sources.entry(record.source.clone()).or_default(),
        };
        pairs.entry(record.rate.pair).or_default().take_in(record);
    }
    sources
}

fn version(record: &RateRecord) -> (Timestamp, Timestamp) {
    (record.source_ts, record.fetched_at)
}

/// What is latest of one feed.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedSnapshot {
    /// The feed.
    pub source: Source,
    /// How it speaks.
    pub kind: FeedKind,
    /// When its market is open.
    pub market: Market,
    /// The newest source time among its rates.
    pub last_source_ts: Option<Timestamp>,
    /// When it last told of itself.
    pub told_at: Timestamp,
    /// What it last told of itself.
    pub status: Option<FeedStatus>,
}

impl From<&EnrichedBatch> for FeedSnapshot {
    fn from(batch: &EnrichedBatch) -> Self {
        Self {
            source: batch.source.clone(),
            kind: batch.kind,
            market: batch.market,
            last_source_ts: (!batch.rates.is_empty()).then_some(batch.source_ts),
            told_at: batch.fetched_at,
            status: batch.status.clone(),
        }
    }
}

impl FeedSnapshot {
    /// Takes in what the feed told later.
    pub fn take_in(&mut self, newer: Self) {
        self.last_source_ts = self.last_source_ts.max(newer.last_source_ts);
        if newer.status.is_some() && newer.told_at >= self.told_at {
            self.status = newer.status;
            self.told_at = newer.told_at;
        }
    }
}
