//! The history in PostgreSQL.

mod lateral;
mod partition;
mod prune;
mod read;
mod upsert;
mod write;

use std::collections::HashSet;

use async_trait::async_trait;
use fx_domain::candle::Candle;
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::rate::RateRecord;
use parking_lot::Mutex;

use self::partition::Partition;
use super::{CandleQuery, Day, HistoryQuery, Moment, RateStore};
use crate::StoreError;
use crate::postgres::Pool;

/// The history in PostgreSQL.
pub(crate) struct PostgresRates {
    pool: Pool,
    known: Mutex<Known>,
}

/// What this process has seen to be there. Another may drop a partition meanwhile: then a write says so.
#[derive(Default)]
struct Known {
    partitions: HashSet<Partition>,
    series: HashSet<(String, String)>,
}

impl PostgresRates {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, known: Mutex::default() }
    }
}

#[async_trait]
impl RateStore for PostgresRates {
    async fn write(&self, records: Vec<RateRecord>) -> Result<usize, StoreError> {
        self.write_rows(records).await
    }

    async fn latest(&self) -> Result<Vec<RateRecord>, StoreError> {
        self.pool.run(async |connection| read::latest(connection).await).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<RateRecord>, StoreError> {
        self.pool.run(async |connection| read::history(connection, &query).await).await
    }

    async fn at_or_before(&self, moments: Vec<Moment>) -> Result<Vec<Option<RateRecord>>, StoreError> {
        self.pool.run(async |connection| read::at_or_before(connection, &moments).await).await
    }

    async fn candles(&self, query: CandleQuery) -> Result<Vec<Candle>, StoreError> {
        self.pool.run(async |connection| read::candles(connection, &query).await).await
    }

    async fn stamps(&self, source: &Source, from: Day, to: Day) -> Result<Vec<(Day, i64)>, StoreError> {
        self.pool.run(async |connection| read::stamps(connection, source, from, to).await).await
    }

    async fn prune(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.pool.run(async |connection| prune::prune(connection, &self.known, before).await).await
    }
}
