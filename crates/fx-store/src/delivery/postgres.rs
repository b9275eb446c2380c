//! Channels and deliveries in PostgreSQL.

use async_trait::async_trait;
use diesel_async::{AsyncPgConnection as Connection, RunQueryDsl};
use fx_config::Secret;
use fx_domain::clock::Timestamp;
use fx_domain::delivery::{Attempt, Delivery};
use tokio::sync::watch;
use uuid::Uuid;

use super::row::ChannelRow;
use super::{
    Channel, ChannelError, ChannelStore, DeliveryQuery, DeliveryStore, DueDelivery, NewChannel, Outcome, Wanted,
};
use crate::StoreError;
use crate::aborted::Aborted;
use crate::alerts::{News, Page, PostgresAlerts, tell};
use crate::postgres::one_at_a_time;

#[path = "channel_queries.rs"]
#[allow(clippy::duplicate_mod, reason = "written once for both stores")]
mod channel_queries;
#[path = "queries.rs"]
#[allow(clippy::duplicate_mod, reason = "written once for both stores")]
pub(crate) mod queries;

#[async_trait]
impl ChannelStore for PostgresAlerts {
    async fn create_channel(&self, channel: NewChannel, at: Timestamp, most: usize) -> Result<Channel, ChannelError> {
        let row = ChannelRow::of(Uuid::now_v7(), &channel, at)?;
        let made = self.pool.transact(async |connection| channel_queries::create(connection, row, most).await).await?;
        made.channel(channel.name, most)
    }

    async fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        self.pool.run(async |connection| channel_queries::all(connection).await).await
    }

    async fn channel(&self, id: Uuid) -> Result<Option<Channel>, StoreError> {
        self.pool.run(async |connection| channel_queries::get(connection, id).await).await
    }

    async fn delete_channel(&self, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        self.pool.transact(async |connection| channel_queries::delete(connection, id, at).await).await
    }

    async fn rotate(&self, id: Uuid, secret: Secret, at: Timestamp) -> Result<bool, StoreError> {
        self.pool.run(async |connection| channel_queries::rotate(connection, id, &secret, at).await).await
    }

    async fn disable(&self, id: Uuid, reason: String, at: Timestamp) -> Result<bool, StoreError> {
        self.pool.transact(async |connection| channel_queries::disable(connection, id, &reason, at).await).await
    }
}

#[async_trait]
impl DeliveryStore for PostgresAlerts {
    fn delivery_changes(&self) -> watch::Receiver<u64> {
        let changes = self.deliveries.subscribe();
        self.listen();
        changes
    }

    async fn gather(&self, at: Timestamp) -> Result<usize, StoreError> {
        self.pool.transact(async |connection| queries::gather(connection, at).await).await
    }

    async fn due(&self, at: Timestamp, wanted: Wanted) -> Result<Vec<DueDelivery>, StoreError> {
        self.pool.transact(async |connection| queries::due(connection, at, &wanted).await).await
    }

    async fn finished(&self, id: Uuid, attempt: Attempt, outcome: Outcome) -> Result<(), StoreError> {
        self.pool.transact(async |connection| queries::finished(connection, id, &attempt, &outcome).await).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.pool.run(async |connection| queries::next_due(connection).await).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Page<Delivery, i64>, StoreError> {
        self.pool.run(async |connection| queries::list(connection, &query).await).await
    }

    async fn forget(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.pool.transact(async |connection| queries::forget(connection, before).await).await
    }

    async fn replay(&self, id: Uuid, at: Timestamp) -> Result<Option<Delivery>, StoreError> {
        self.and_tell(async |connection| queries::replay(connection, id, at).await).await
    }

    async fn test(&self, channel: Uuid, at: Timestamp) -> Result<Option<Delivery>, StoreError> {
        self.and_tell(async |connection| queries::test(connection, channel, at).await).await
    }
}

impl PostgresAlerts {
    /// Runs what makes a delivery due, and tells all who deliver.
    async fn and_tell<T>(
        &self,
        work: impl AsyncFnOnce(&mut Connection) -> Result<T, Aborted>,
    ) -> Result<T, StoreError> {
        let work = async |connection: &mut Connection| {
            let done = work(connection).await?;
            tell(connection, self.pool.connector().schema(), News::Deliveries).await?;
            Ok(done)
        };
        self.pool.transact(work).await
    }
}
