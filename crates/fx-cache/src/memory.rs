//! The cache within one process.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::{Quality, RateRecord};
use parking_lot::{Mutex, RwLock};

use crate::{CacheError, FeedSnapshot, Latest, LatestRates};

/// The latest rates in this process's memory.
#[derive(Default)]
pub struct Memory {
    rates: RwLock<BTreeMap<(Pair, Source), Latest>>,
    /// The last answer, until a rate changes it.
    snapshot: Mutex<Option<Arc<Vec<Latest>>>>,
    feeds: RwLock<BTreeMap<Source, FeedSnapshot>>,
}

#[async_trait]
impl LatestRates for Memory {
    async fn put_rates(&self, records: Vec<RateRecord>) -> Result<(), CacheError> {
        let mut rates = self.rates.write();
        for record in records {
            rates.entry((record.rate.pair, record.source.clone())).or_default().take_in(record);
        }
        // Within the lock, so that no reader puts an older answer back.
        *self.snapshot.lock() = None;
        Ok(())
    }

    async fn rates(&self) -> Result<Arc<Vec<Latest>>, CacheError> {
        let rates = self.rates.read();
        let mut snapshot = self.snapshot.lock();
        Ok(Arc::clone(snapshot.get_or_insert_with(|| Arc::new(rates.values().cloned().collect()))))
    }

    async fn put_feeds(&self, feeds: Vec<FeedSnapshot>) -> Result<(), CacheError> {
        let mut known = self.feeds.write();
        for feed in feeds {
            match known.get_mut(&feed.source) {
                Some(have) => have.take_in(feed),
                None => drop(known.insert(feed.source.clone(), feed)),
            }
        }
        Ok(())
    }

    async fn feeds(&self) -> Result<Vec<FeedSnapshot>, CacheError> {
        Ok(self.feeds.read().values().cloned().collect())
    }
}

fn version(record: &RateRecord) -> (fx_domain::clock::Timestamp, fx_domain::clock::Timestamp) {
    (record.source_ts, record.fetched_at)
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
