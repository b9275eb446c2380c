//! What the followed messages have said so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use fx_cache::{FeedSnapshot, Latest};
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::EnrichedBatch;

/// A feed that tells of itself with every batch is shown once a second.
const FEED_PACE: TimeDelta = TimeDelta::seconds(1);

/// The latest rates and feeds by the log, in step with the follower.
#[derive(Default)]
pub(super) struct Book {
    rates: BTreeMap<Pair, BTreeMap<Source, Latest>>,
    feeds: BTreeMap<Source, Told>,
}

struct Told {
    snapshot: FeedSnapshot,
    shown_at: Option<Timestamp>,
}

impl Book {
    /// Begins with what the cache knows.
    pub(super) fn new(latest: &[Latest], feeds: Vec<FeedSnapshot>) -> Self {
        let mut book = Self::default();
        for record in latest.iter().flat_map(|latest| latest.accepted.iter().chain(&latest.held)) {
            let of_pair = book.rates.entry(record.rate.pair).or_default();
            of_pair.entry(record.source.clone()).or_default().take_in(record.clone());
        }
        let told = feeds.into_iter().map(|snapshot| (snapshot.source.clone(), Told { snapshot, shown_at: None }));
        book.feeds = told.collect();
        book
    }

    /// Takes a batch in; answers what is latest of its pairs, from every feed, by pair.
    pub(super) fn take_in(&mut self, batch: &EnrichedBatch) -> Arc<Vec<Latest>> {
        for record in batch.clone().into_records() {
            let of_pair = self.rates.entry(record.rate.pair).or_default();
            of_pair.entry(record.source.clone()).or_default().take_in(record);
        }
        let mut pairs: Vec<Pair> = batch.rates.iter().map(|rate| rate.pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let latest = pairs.iter().filter_map(|pair| self.rates.get(pair)).flat_map(BTreeMap::values);
        Arc::new(latest.cloned().collect())
    }

    /// Takes in what a batch tells of its feed; answers it where it is time to show it.
    pub(super) fn take_in_feed(&mut self, batch: &EnrichedBatch, now: Timestamp) -> Option<&FeedSnapshot> {
        let newer = FeedSnapshot::from(batch);
        let told = self.feeds.entry(batch.source.clone());
        let told = told.or_insert_with(|| Told { snapshot: newer.clone(), shown_at: None });
        let state = |snapshot: &FeedSnapshot| snapshot.status.as_ref().map(|status| status.state);
        let before = state(&told.snapshot);
        told.snapshot.take_in(newer);
        batch.status.as_ref()?;
        let is_due = told.shown_at.is_none_or(|shown_at| now - shown_at >= FEED_PACE || now < shown_at);
        if !is_due && state(&told.snapshot) == before {
            return None;
        }
        told.shown_at = Some(now);
        Some(&told.snapshot)
    }
}
