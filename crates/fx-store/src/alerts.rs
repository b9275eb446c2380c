//! Alerts: rules, where they stand, what happened, and the engine's position.
//!
//! Two traits on the same tables: [`AlertStore`] for those who set and read alerts, [`EngineStore`] for the engine, whose
//! effect and position are one transaction.

mod assemble;
mod engine;
mod postgres;
mod query;
mod row;
mod schema;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use fx_domain::alert::{Alert, PairState, Rule, Transition};
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, Market, Source};
use fx_domain::pair::Pair;
use fx_domain::rate::Quality;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use uuid::Uuid;

use crate::StoreError;

pub(crate) use postgres::PostgresAlerts;
pub use query::{AlertQuery, CursorError, Page, TransitionCursor, TransitionQuery};
pub use sqlite::SqliteAlerts;

/// Why an alert was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There are as many as there may be.
    #[error("there are {most} alerts already, the most that are allowed; delete one first")]
    TooMany {
        /// The limit.
        most: usize,
    },
    /// The store did not do as asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the engine's effect was not written.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Somebody else has written from that position on: this engine's view is void.
    #[error("partition {partition} is no longer at offset {expected}, another engine has moved it")]
    Fenced {
        /// The partition.
        partition: u32,
        /// Where the engine thought it stood.
        expected: u64,
    },
    /// The store did not do as asked; nothing was written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Setting and reading alerts.
#[async_trait]
pub trait AlertStore: Send + Sync {
    /// Keeps a new rule under a new `UUIDv7`, unless there are `most` already.
    async fn create(&self, rule: Rule, at: Timestamp, most: usize) -> Result<Alert, CreateError>;

    /// One alert; `None` where there is none, or no longer.
    async fn get(&self, id: Uuid) -> Result<Option<Alert>, StoreError>;

    /// Alerts, the newest first. The cursor is the id of the last one of the page before.
    async fn list(&self, query: AlertQuery) -> Result<Page<Alert, Uuid>, StoreError>;

    /// Deletes a rule and its states, and keeps its history, where open episodes end; answers whether there was one.
    async fn delete(&self, id: Uuid, at: Timestamp) -> Result<bool, StoreError>;

    /// What happened, the newest first, deleted alerts included.
    async fn transitions(&self, query: TransitionQuery) -> Result<Page<Transition, TransitionCursor>, StoreError>;
}

/// What the alert engine needs.
#[async_trait]
pub trait EngineStore: Send + Sync {
    /// Changes whenever a rule was created or deleted: in SQLite by this process, in PostgreSQL by anybody, and also when
    /// something of the kind may have been missed.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Every rule there is.
    async fn rules(&self) -> Result<Vec<StoredRule>, StoreError>;

    /// Where the engine stands in a partition, and all that it knew there. Whoever opens it takes it over: in PostgreSQL
    /// another process that has it open writes nothing more there until it opens it again.
    async fn open(&self, partition: u32) -> Result<Standing, StoreError>;

    /// Writes an effect and the position after it, both or neither. What concerns rules that were deleted meanwhile is
    /// left out.
    async fn commit(&self, effect: Arc<Effect>) -> Result<(), CommitError>;

    /// The oldest transitions that are still to be published, at most `limit`, in the order of their writing. Of several
    /// processes one gets them; the others get none until that one is gone.
    async fn unpublished(&self, limit: u32) -> Result<Vec<Unpublished>, StoreError>;

    /// Takes what `unpublished` has handed out, up to `position`, as published.
    async fn published(&self, position: i64) -> Result<(), StoreError>;
}

/// A rule as the engine reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRule {
    /// The alert.
    pub id: Uuid,
    /// The rule.
    pub rule: Rule,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A machine of the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredState {
    /// The alert.
    pub alert_id: Uuid,
    /// The pair, in the rule's own direction.
    pub pair: Pair,
    /// Where it stands.
    pub state: PairState,
}

/// The newest accepted rate of one feed for one pair, as the engine knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KnownRate {
    /// The feed.
    pub source: Source,
    /// The pair, oriented.
    pub pair: Pair,
    /// How the feed speaks.
    pub kind: FeedKind,
    /// When its market is open.
    pub market: Market,
    /// Whether it was open at the source time; true for tables, whose rates always count.
    pub market_open: bool,
    /// The rate's own time.
    pub source_ts: Timestamp,
    /// The time by which its age is judged.
    pub aged_from: Timestamp,
    /// Its version.
    pub fetched_at: Timestamp,
    /// The mid.
    pub mid: f64,
    /// The mid of the inverse: the published figure where the provider publishes that direction.
    pub inverse: f64,
    /// What is thought of it.
    pub quality: Quality,
}

/// Where the engine stands in one partition.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// The offset that it has not yet seen.
    pub next_offset: u64,
    /// The newest `fetched_at` that it has seen there.
    pub log_time: Option<Timestamp>,
    /// The machines of the partition's pairs.
    pub states: Vec<StoredState>,
    /// The newest accepted rates of the partition's pairs.
    pub rates: Vec<KnownRate>,
}

/// What a chunk of messages, or a change of rules, did.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The partition.
    pub partition: u32,
    /// The position before.
    pub expected: u64,
    /// The position after.
    pub next_offset: u64,
    /// The log time after.
    pub log_time: Option<Timestamp>,
    /// The machines that changed.
    pub states: Vec<StoredState>,
    /// What happened, in its order; each is to be published.
    pub transitions: Vec<Transition>,
    /// The rates that changed.
    pub rates: Vec<KnownRate>,
}

/// A transition that is still to be published.
#[derive(Clone, Debug, PartialEq)]
pub struct Unpublished {
    /// Its place in the outbox.
    pub position: i64,
    /// What happened.
    pub transition: Transition,
}
