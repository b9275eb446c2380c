//! The latest rates, and how each feed is doing.
//!
//! [`LatestRates`] is the small trait behind which two implementations stand: [`Memory`] for one process, [`RedisCache`] for
//! several. The newest wins, by source time and then by version, in whatever order and however often a rate arrives. A held
//! rate stands beside the accepted one until that catches up.
//!
//! # Cold and warm
//! A cache can lose what it had: memory with its process, Redis with a restart or when somebody empties it. It is the log's
//! and the history's to know better, so a cache that has lost anything is *cold*: it takes nothing in and answers nothing
//! ([`CacheError::Cold`]), until [`fill`](LatestRates::fill) has made it warm. It is warm for each partition of the log on
//! its own, since one who fills it can go back in the log only for the partitions that it reads. Whoever writes does, for
//! the partitions that it is given and whenever it is told `Cold`:
//!
//! 1. take the history's positions on these partitions, *then* read the latest rates of the history;
//! 2. commit as its own position the lesser of the history's and its own;
//! 3. [`fill`](LatestRates::fill) the cache, and go on from there.
//!
//! Where it dies in between, the partition is still cold and whoever comes next begins again.

mod latest;
mod memory;
mod redis;

use std::sync::Arc;

use async_trait::async_trait;
use fx_domain::rate::RateRecord;

pub use latest::{FeedSnapshot, Latest};
pub use memory::Memory;
pub use redis::RedisCache;

/// The cache has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CacheError {
    /// It has lost what it had, and is not filled yet.
    #[error("the cache is cold, it must be filled from the history first")]
    Cold,
    /// It does not answer, or not as it should: where, and why.
    #[error("{0}")]
    Unavailable(String),
}

/// The latest rates.
///
/// Writers name the partitions of the log that what they write may come from; without any, it is enough that the cache is
/// warm for one.
#[async_trait]
pub trait LatestRates: Send + Sync {
    /// Whether it answers at all, warm or cold.
    async fn check(&self) -> Result<(), CacheError>;

    /// Whether it is warm for all of these partitions.
    async fn is_warm(&self, partitions: &[u32]) -> Result<bool, CacheError>;

    /// Takes in the latest rates of the history, and is warm for these partitions from then on. `Cold` where it was emptied
    /// meanwhile: begin again.
    async fn fill(&self, partitions: &[u32], records: Vec<RateRecord>) -> Result<(), CacheError>;

    /// Takes the rates in that are newer than what is there. After an error some may have been; doing it again is harmless.
    async fn put_rates(&self, partitions: &[u32], records: Vec<RateRecord>) -> Result<(), CacheError>;

    /// Takes in what feeds told of themselves.
    async fn put_feeds(&self, partitions: &[u32], feeds: Vec<FeedSnapshot>) -> Result<(), CacheError>;

    /// What is latest, ordered by pair and then by source. The same `Arc` as long as nothing changed.
    async fn rates(&self) -> Result<Arc<Vec<Latest>>, CacheError>;

    /// How each feed is doing, by source.
    async fn feeds(&self) -> Result<Vec<FeedSnapshot>, CacheError>;
}
