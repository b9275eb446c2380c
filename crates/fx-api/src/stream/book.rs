//! What the followed messages have said so far.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::TimeDelta;
use fx_cache::{FeedSnapshot, Latest};
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::{EnrichedBatch, Quality, RateRecord};

/// A feed that tells of itself with every batch is shown once a second.
const FEED_PACE: TimeDelta = TimeDelta::seconds(1);

/// The latest rates and feeds.
#[derive(Default)]
pub(super) struct Book {
    rates: BTreeMap<Pair, BTreeMap<Source, Latest>>,
    /// The newest version that came by the log: what the book began with may be ahead of it.
    told: HashMap<(Pair, Source), Version>,
    feeds: BTreeMap<Source, Told>,
}

/// Source time and time of fetching.
type Version = (Timestamp, Timestamp);

struct Told {
    snapshot: FeedSnapshot,
    shown_at: Option<Timestamp>,
}

impl Book {
    /// Begins with what the cache knows.
    pub(super) fn new(latest: &[Latest], feeds: Vec<FeedSnapshot>) -> Self {
        let mut book = Self::default();
        for record in latest.iter().flat_map(|latest| latest.accepted.iter().chain(&latest.held)) {
            book.entry(record).take_in(record.clone());
        }
        let told = feeds.into_iter().map(|snapshot| (snapshot.source.clone(), Told { snapshot, shown_at: None }));
        book.feeds = told.collect();
        book
    }

    /// Takes a batch in; answers what it has to say, by pair: its accepted rates that are not late, and the rates beside
    /// which it holds others.
    pub(super) fn take_in(&mut self, batch: &EnrichedBatch) -> Vec<Latest> {
        let mut news: Vec<Latest> = batch.clone().into_records().filter_map(|record| self.news(record)).collect();
        news.sort_by_key(|latest| latest.accepted.as_ref().map(|record| record.rate.pair));
        news
    }

    /// What is latest of the batch's pairs, from every feed, by pair.
    pub(super) fn around(&self, batch: &EnrichedBatch) -> Arc<Vec<Latest>> {
        let mut pairs: Vec<Pair> = batch.rates.iter().map(|rate| rate.pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let latest = pairs.iter().filter_map(|pair| self.rates.get(pair)).flat_map(BTreeMap::values);
        Arc::new(latest.cloned().collect())
    }

    fn news(&mut self, record: RateRecord) -> Option<Latest> {
        let latest = self.entry(&record);
        latest.take_in(record.clone());
        let latest = latest.clone();
        if record.rate.quality == Quality::Suspect {
            return latest.accepted.is_some().then_some(latest);
        }
        let version = (record.source_ts, record.fetched_at);
        let told = self.told.entry((record.rate.pair, record.source.clone())).or_insert(version);
        let is_news = *told <= version;
        *told = version.max(*told);
        let held = latest.held.filter(|held| held.source_ts > record.source_ts);
        is_news.then_some(Latest { accepted: Some(record), held })
    }

    fn entry(&mut self, record: &RateRecord) -> &mut Latest {
        self.rates.entry(record.rate.pair).or_default().entry(record.source.clone()).or_default()
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
