//! The history of rates.

mod day;
mod postgres;
mod row;
mod schema;
mod sqlite;

use async_trait::async_trait;
use fx_domain::candle::{Candle, Interval};
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::RateRecord;

use crate::StoreError;

pub use day::Day;
pub(crate) use postgres::PostgresRates;
pub use sqlite::SqliteRates;

/// Which way a history is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Oldest first.
    Ascending,
    /// Newest first.
    Descending,
}

/// Which part of a history is wanted.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// The feed.
    pub source: Source,
    /// The pair, oriented.
    pub pair: Pair,
    /// From this source time on.
    pub from: Option<Timestamp>,
    /// Until before this source time.
    pub to: Option<Timestamp>,
    /// Which way.
    pub order: Order,
    /// Goes on after the rate with this source time.
    pub after: Option<Timestamp>,
    /// At most so many.
    pub limit: u32,
}

/// Which candles are wanted.
#[derive(Clone, Debug)]
pub struct CandleQuery {
    /// The feed.
    pub source: Source,
    /// The pair, oriented.
    pub pair: Pair,
    /// Their width.
    pub interval: Interval,
    /// From the candle that holds this source time on.
    pub from: Timestamp,
    /// Until before this source time.
    pub to: Timestamp,
}

/// Where the newest rate at or before a time is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Moment {
    /// The feed.
    pub source: Source,
    /// The pair, oriented.
    pub pair: Pair,
    /// The time.
    pub at: Timestamp,
}

/// The history of rates. Its key is (source, pair, source time); of two versions the later `fetched_at` stays, in whatever
/// order and however often they are written.
#[async_trait]
pub trait RateStore: Send + Sync {
    /// Writes; answers how many rows are new or changed. Where it fails, a part may have been written: it can be written
    /// again.
    async fn write(&self, records: Vec<RateRecord>) -> Result<usize, StoreError>;

    /// The newest accepted rate of every (source, pair), and the newest held one where that is newer.
    async fn latest(&self) -> Result<Vec<RateRecord>, StoreError>;

    /// A part of the history, held rates included.
    async fn history(&self, query: HistoryQuery) -> Result<Vec<RateRecord>, StoreError>;

    /// The newest accepted rate at or before each moment, in the order asked.
    async fn at_or_before(&self, moments: Vec<Moment>) -> Result<Vec<Option<RateRecord>>, StoreError>;

    /// Candles of the accepted mids, oldest first; none for an empty bucket.
    async fn candles(&self, query: CandleQuery) -> Result<Vec<Candle>, StoreError>;

    /// The days from `from` until before `to` that have rates of `source`, each with a stamp that is another after whatever
    /// changes them. Candles that are read after their day's stamp are right for as long as the day has that stamp.
    async fn stamps(&self, source: &Source, from: Day, to: Day) -> Result<Vec<(Day, i64)>, StoreError>;

    /// Removes rates with a source time before `before`, at most 10,000 one by one; PostgreSQL drops partitions that hold no
    /// other rates whole. Answers how many, none when there are no more.
    async fn prune(&self, before: Timestamp) -> Result<usize, StoreError>;
}
