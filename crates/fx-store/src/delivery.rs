//! Telling people: the channels that there are, and the deliveries on their way through them.
//!
//! What is to be told stands in the outbox since the transaction of its transition. [`DeliveryStore::gather`] makes deliveries
//! of that, [`DeliveryStore::due`] lends them to whoever sends them, and [`DeliveryStore::finished`] keeps what came of it.
//! A delivery that was lent and never finished is lent again: it goes out at least once, always under the same id.

mod channel;
mod gathering;
pub(crate) mod postgres;
mod row;
pub(crate) mod schema;
pub(crate) mod sqlite;

use async_trait::async_trait;
use chrono::TimeDelta;
use fx_config::Secret;
use fx_domain::alert::Transition;
use fx_domain::clock::Timestamp;
use fx_domain::delivery::{Attempt, Delivery, Status};
use tokio::sync::watch;
use uuid::Uuid;

use crate::StoreError;
use crate::alerts::Page;

pub use channel::{Channel, Disabled, NewChannel, OLD_SECRET_VALID_FOR, Secrets, Target};

/// Why a channel was not created.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// There is one of that name.
    #[error("there is a channel `{0}` already, give another name or delete that one")]
    Taken(String),
    /// There are as many as there may be.
    #[error("there are {most} channels already, the most that are allowed; delete one first")]
    TooMany {
        /// The limit.
        most: usize,
    },
    /// The store did not do as asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Setting and reading channels.
#[async_trait]
pub trait ChannelStore: Send + Sync {
    /// Keeps a new channel under a new `UUIDv7`, unless its name is taken or there are `most` already.
    async fn create_channel(&self, channel: NewChannel, at: Timestamp, most: usize) -> Result<Channel, ChannelError>;

    /// Every channel, by name.
    async fn channels(&self) -> Result<Vec<Channel>, StoreError>;

    /// One channel; `None` where there is none, or no longer.
    async fn channel(&self, id: Uuid) -> Result<Option<Channel>, StoreError>;

    /// Deletes a channel. What is on its way through it fails as `channel_missing`, and so does what its rules tell from now
    /// on. Answers whether there was one.
    async fn delete_channel(&self, id: Uuid, at: Timestamp) -> Result<bool, StoreError>;

    /// Gives a channel another secret; the one before is valid for [`OLD_SECRET_VALID_FOR`] more. Answers whether there is
    /// such a channel.
    async fn rotate(&self, id: Uuid, secret: Secret, at: Timestamp) -> Result<bool, StoreError>;

    /// Sends nothing through a channel any more, for that reason: what is on its way is suppressed. Answers whether there was
    /// one that was not disabled.
    async fn disable(&self, id: Uuid, reason: String, at: Timestamp) -> Result<bool, StoreError>;
}

/// What those need who deliver, and those who look at deliveries.
#[async_trait]
pub trait DeliveryStore: Send + Sync {
    /// Changes when there is something to gather or a delivery has become due: in SQLite by this process, in PostgreSQL by
    /// anybody but other engines, and also when something of the kind may have been missed.
    fn delivery_changes(&self) -> watch::Receiver<u64>;

    /// Makes deliveries of what stands in the outbox, grouped where the channel asks for it. A channel that is missing or
    /// disabled gets deliveries that are finished already, so that nothing is silently lost. Answers how much was taken from
    /// the outbox; there may be more unless it is nothing.
    async fn gather(&self, at: Timestamp) -> Result<usize, StoreError>;

    /// Lends deliveries that are due, those that have waited longest first. They become due again by themselves after
    /// `wanted.lease`.
    async fn due(&self, at: Timestamp, wanted: Wanted) -> Result<Vec<DueDelivery>, StoreError>;

    /// Keeps an attempt and what follows from it. An outcome after the delivery was finished otherwise changes nothing more.
    async fn finished(&self, id: Uuid, attempt: Attempt, outcome: Outcome) -> Result<(), StoreError>;

    /// When the next delivery becomes due, or has become; `None` where all are finished.
    async fn next_due(&self) -> Result<Option<Timestamp>, StoreError>;

    /// Deliveries, the newest first.
    async fn deliveries(&self, query: DeliveryQuery) -> Result<Page<Delivery, i64>, StoreError>;

    /// Sends a delivery again now, under the same id, with the whole schedule before it; `None` where there is none.
    async fn replay(&self, id: Uuid, at: Timestamp) -> Result<Option<Delivery>, StoreError>;

    /// Takes some of the deliveries out that were finished before that time, with their attempts, the oldest first. Answers
    /// how many; there may be more unless it is nothing.
    async fn forget(&self, before: Timestamp) -> Result<usize, StoreError>;

    /// Sends a message without transitions through a channel; `None` where there is no such channel.
    async fn test(&self, channel: Uuid, at: Timestamp) -> Result<Option<Delivery>, StoreError>;
}

/// How much is lent at once.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// At most so many.
    pub limit: u32,
    /// At most so many through one channel.
    pub per_channel: u32,
    /// Nothing through these channels, by name.
    pub except: Vec<String>,
    /// For how long.
    pub lease: TimeDelta,
}

/// A delivery that is to be sent.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Which attempt this is since it was made or replayed: 1 for the first. One that was begun and never finished counts.
    pub attempt: u32,
    /// Through what.
    pub channel: Channel,
    /// What it tells, the oldest first; nothing in a test message.
    pub transitions: Vec<Transition>,
}

/// What follows from an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The target has taken it.
    Delivered,
    /// It is tried again then.
    RetryAt(Timestamp),
    /// It is given up, for that reason.
    Failed(String),
}

/// Which deliveries are wanted.
#[derive(Clone, Debug)]
pub struct DeliveryQuery {
    /// Those that tell of this alert.
    pub alert_id: Option<Uuid>,
    /// Those of this status.
    pub status: Option<Status>,
    /// Goes on after this place.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}
