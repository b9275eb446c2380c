//! The latest rates, and how each feed is doing.
//!
//! [`LatestRates`] is the small trait behind which an implementation stands: [`Memory`]. The newest wins, by source time and
//! then by version, in whatever order and however often a rate arrives. A held rate stands beside the accepted one until
//! that catches up.

mod memory;

use std::sync::Arc;

use async_trait::async_trait;
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, FeedStatus, Market, Source};
use fx_domain::rate::{EnrichedBatch, RateRecord};

pub use memory::Memory;

/// What is latest of one pair from one source; at least one of the two stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latest {
    /// The newest accepted rate.
    pub accepted: Option<RateRecord>,
    /// A newer one that is held as suspect.
    pub held: Option<RateRecord>,
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

/// The cache did not answer.
#[derive(Debug, thiserror::Error)]
#[error("cache: {0}")]
pub struct CacheError(pub String);

/// The latest rates.
#[async_trait]
pub trait LatestRates: Send + Sync {
    /// Takes the rates in that are newer than what is there.
    async fn put_rates(&self, records: Vec<RateRecord>) -> Result<(), CacheError>;

    /// What is latest, ordered by pair and then by source.
    async fn rates(&self) -> Result<Arc<Vec<Latest>>, CacheError>;

    /// Takes in what feeds told of themselves.
    async fn put_feeds(&self, feeds: Vec<FeedSnapshot>) -> Result<(), CacheError>;

    /// How each feed is doing, by source.
    async fn feeds(&self) -> Result<Vec<FeedSnapshot>, CacheError>;
}
