//! Channels and deliveries in the SQLite file.

use async_trait::async_trait;
use diesel::SqliteConnection as Connection;
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
use crate::alerts::{Page, SqliteAlerts};
use crate::sqlite::{RunQueryDsl, done, one_at_a_time};

#[path = "channel_queries.rs"]
#[allow(clippy::duplicate_mod, reason = "written once for both stores")]
mod channel_queries;
#[path = "queries.rs"]
#[allow(clippy::duplicate_mod, reason = "written once for both stores")]
pub(crate) mod queries;

#[async_trait]
impl ChannelStore for SqliteAlerts {
    async fn create_channel(&self, channel: NewChannel, at: Timestamp, most: usize) -> Result<Channel, ChannelError> {
        let row = ChannelRow::of(Uuid::now_v7(), &channel, at)?;
        let made = self.file.write(move |connection| done(channel_queries::create(connection, row, most))).await?;
        made.channel(channel.name, most)
    }

    async fn channels(&self) -> Result<Vec<Channel>, StoreError> {
        self.file.read(|connection| done(channel_queries::all(connection))).await
    }

    async fn channel(&self, id: Uuid) -> Result<Option<Channel>, StoreError> {
        self.file.read(move |connection| done(channel_queries::get(connection, id))).await
    }

    async fn delete_channel(&self, id: Uuid, at: Timestamp) -> Result<bool, StoreError> {
        self.file.write(move |connection| done(channel_queries::delete(connection, id, at))).await
    }

    async fn rotate(&self, id: Uuid, secret: Secret, at: Timestamp) -> Result<bool, StoreError> {
        self.file.write(move |connection| done(channel_queries::rotate(connection, id, &secret, at))).await
    }

    async fn disable(&self, id: Uuid, reason: String, at: Timestamp) -> Result<bool, StoreError> {
        self.file.write(move |connection| done(channel_queries::disable(connection, id, &reason, at))).await
    }
}

#[async_trait]
impl DeliveryStore for SqliteAlerts {
    fn delivery_changes(&self) -> watch::Receiver<u64> {
        self.deliveries.subscribe()
    }

    async fn gather(&self, at: Timestamp) -> Result<usize, StoreError> {
        self.file.write(move |connection| done(queries::gather(connection, at))).await
    }

    async fn due(&self, at: Timestamp, wanted: Wanted) -> Result<Vec<DueDelivery>, StoreError> {
        self.file.write(move |connection| done(queries::due(connection, at, &wanted))).await
    }

    async fn finished(&self, id: Uuid, attempt: Attempt, outcome: Outcome) -> Result<(), StoreError> {
        self.file.write(move |connection| done(queries::finished(connection, id, &attempt, &outcome))).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        self.file.read(|connection| done(queries::next_due(connection))).await
    }

    async fn deliveries(&self, query: DeliveryQuery) -> Result<Page<Delivery, i64>, StoreError> {
        self.file.read(move |connection| done(queries::list(connection, &query))).await
    }

    async fn forget(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.file.write(move |connection| done(queries::forget(connection, before))).await
    }

    async fn replay(&self, id: Uuid, at: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let replayed = self.file.write(move |connection| done(queries::replay(connection, id, at))).await?;
        self.tell_of_deliveries();
        Ok(replayed)
    }

    async fn test(&self, channel: Uuid, at: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let made = self.file.write(move |connection| done(queries::test(connection, channel, at))).await?;
        self.tell_of_deliveries();
        Ok(made)
    }
}
