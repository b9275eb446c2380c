//! The cache within one process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use async_trait::async_trait;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::RateRecord;
use parking_lot::{Mutex, RwLock};

use crate::{CacheError, FeedSnapshot, Latest, LatestRates};

/// The latest rates in this process's memory; cold at first.
#[derive(Default)]
pub struct Memory {
    /// The partitions for which it is warm.
    warm: RwLock<BTreeSet<u32>>,
    rates: RwLock<BTreeMap<(Pair, Source), Latest>>,
    /// The last answer, until a rate changes it.
    snapshot: Mutex<Option<Arc<Vec<Latest>>>>,
    feeds: RwLock<BTreeMap<Source, FeedSnapshot>>,
}

impl Memory {
    /// A cache that is warm for these partitions from the beginning: for a log in which nothing stands yet.
    pub fn warm(partitions: impl IntoIterator<Item = u32>) -> Self {
        Self { warm: RwLock::new(partitions.into_iter().collect()), ..Self::default() }
    }

    fn must_be_warm(&self, partitions: &[u32]) -> Result<(), CacheError> {
        let warm = self.warm.read();
        let is_warm = !warm.is_empty() && partitions.iter().all(|partition| warm.contains(partition));
        if is_warm { Ok(()) } else { Err(CacheError::Cold) }
    }

    fn take_in(&self, records: Vec<RateRecord>) {
        let mut rates = self.rates.write();
        for record in records {
            rates.entry((record.rate.pair, record.source.clone())).or_default().take_in(record);
        }
        // Within the lock, so that no reader puts an older answer back.
        *self.snapshot.lock() = None;
    }
}

#[async_trait]
impl LatestRates for Memory {
    async fn check(&self) -> Result<(), CacheError> {
        Ok(())
    }

    async fn is_warm(&self, partitions: &[u32]) -> Result<bool, CacheError> {
        Ok(self.must_be_warm(partitions).is_ok())
    }

    async fn fill(&self, partitions: &[u32], records: Vec<RateRecord>) -> Result<(), CacheError> {
        self.take_in(records);
        self.warm.write().extend(partitions);
        Ok(())
    }

    async fn put_rates(&self, partitions: &[u32], records: Vec<RateRecord>) -> Result<(), CacheError> {
        self.must_be_warm(partitions)?;
        self.take_in(records);
        Ok(())
    }

    async fn put_feeds(&self, partitions: &[u32], feeds: Vec<FeedSnapshot>) -> Result<(), CacheError> {
        self.must_be_warm(partitions)?;
        let mut known = self.feeds.write();
        for feed in feeds {
            match known.get_mut(&feed.source) {
                Some(have) => have.take_in(feed),
                None => drop(known.insert(feed.source.clone(), feed)),
            }
        }
        Ok(())
    }

    async fn rates(&self) -> Result<Arc<Vec<Latest>>, CacheError> {
        self.must_be_warm(&[])?;
        let rates = self.rates.read();
        let mut snapshot = self.snapshot.lock();
        Ok(Arc::clone(snapshot.get_or_insert_with(|| Arc::new(rates.values().cloned().collect()))))
    }

    async fn feeds(&self) -> Result<Vec<FeedSnapshot>, CacheError> {
        self.must_be_warm(&[])?;
        Ok(self.feeds.read().values().cloned().collect())
    }
}
