//! Alerts: rules, where they stand, what happened, and the engine's position.
//!
//! Two traits on the same tables: [`AlertStore`] for those who set and read alerts, [`EngineStore`] for the engine, whose
//! effect and position are one transaction.

mod assemble;
mod engine;
mod postgres;
mod query;
pub(crate) mod row;
pub(crate) mod schema;
mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;
use fx_domain::alert::{Acknowledgement, Alert, KnownRate, PairState, Rule, Transition};
use fx_domain::clock::Timestamp;
use fx_domain::delivery::Delivery;
use fx_domain::pair::Pair;
use tokio::sync::watch;
use uuid::Uuid;

use crate::StoreError;

pub(crate) use postgres::{News, PostgresAlerts, tell};
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
    /// Its key belongs to another rule.
    #[error("this idempotency key has created another alert, take a new one for a new alert")]
    OtherRule,
    /// The store did not do as asked.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an alert was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Somebody else has changed it since.
    #[error("the alert was changed meanwhile, read it again")]
    Conflict,
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
    async fn create(&self, rule: Rule, at: Timestamp, most: usize) -> Result<Alert, CreateError> {
        self.create_once(None, rule, at, most).await
    }

    /// The same; where an alert was created from the same rule with that key before, and is still there, it is that one.
    async fn create_once(
        &self,
        key: Option<String>,
        rule: Rule,
        at: Timestamp,
        most: usize,
    ) -> Result<Alert, CreateError>;

    /// One alert as it stands at `at`; `None` where there is none, or no longer.
    async fn get(&self, id: Uuid, at: Timestamp) -> Result<Option<Alert>, StoreError>;

    /// Alerts, the newest first. The cursor is the id of the last one of the page before.
    async fn list(&self, query: AlertQuery) -> Result<Page<Alert, Uuid>, StoreError>;

    /// Changes a rule that was last changed at `expected`; `None` where there is none. Where it watches for something else
    /// from now on, or for longer than a machine that is over, its open episodes end and its machines begin anew; else they
    /// go on.
    async fn update(
        &self,
        id: Uuid,
        rule: Rule,
        expected: Timestamp,
        at: Timestamp,
    ) -> Result<Option<Alert>, ChangeError>;

    /// Deletes a rule and its states, and keeps its history, where open episodes end; answers whether there was one. One that
    /// was not last changed at `expected`, where that is given, stays.
    async fn delete(&self, id: Uuid, expected: Option<Timestamp>, at: Timestamp) -> Result<bool, ChangeError>;

    /// Takes note of the open episodes of an alert; of those that somebody has taken note of before nothing changes. `None`
    /// where there is no such alert.
    async fn acknowledge(&self, id: Uuid, acknowledgement: Acknowledgement) -> Result<Option<Alert>, StoreError>;

    /// Has nobody told of an alert until then, or everybody again; its machines go on. `None` where there is no such alert.
    async fn snooze(&self, id: Uuid, until: Option<Timestamp>, at: Timestamp) -> Result<Option<Alert>, StoreError>;

    /// What happened, the newest first, deleted alerts included.
    async fn transitions(&self, query: TransitionQuery) -> Result<Page<Transition, TransitionCursor>, StoreError>;
}

/// What the alert engine needs.
#[async_trait]
pub trait EngineStore: Send + Sync {
    /// Changes whenever a rule was created, changed or deleted, or somebody has done something about it: in SQLite by this process, in PostgreSQL by anybody, and also when
    /// something of the kind may have been missed.
    fn changes(&self) -> watch::Receiver<u64>;

    /// Every rule there is.
    async fn rules(&self) -> Result<Vec<StoredRule>, StoreError>;

    /// Where the engine stands in a partition, and all that it knew there. Whoever opens it takes it over: in PostgreSQL
    /// another process that has it open writes nothing more there until it opens it again.
    async fn open(&self, partition: u32) -> Result<Standing, StoreError>;

    /// Writes an effect and the position after it, both or neither. What concerns rules that were deleted meanwhile, or whose
    /// machines have begun anew, is left out.
    async fn commit(&self, effect: Arc<Effect>) -> Result<(), CommitError>;

    /// The oldest transitions and finished deliveries that are still to be published, at most `limit`, in the order of their
    /// writing. Of several
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
    /// When its machines began: what they knew before is void.
    pub begun_at: Timestamp,
    /// Whether its machines have never begun anew.
    pub is_first: bool,
    /// Until when nobody is told.
    pub snoozed_until: Option<Timestamp>,
    /// The open episodes that somebody looks after.
    pub acknowledged: Vec<Uuid>,
}

impl StoredRule {
    /// A machine of the rule that knows nothing yet. The ids of transitions follow from their number: where the machines have
    /// begun anew, they count on from where none of before has come.
    pub fn begun(&self) -> PairState {
        let transitions = if self.is_first { 0 } else { self.begun_at.timestamp_micros().unsigned_abs() };
        PairState { transitions, ..PairState::default() }
    }
}

/// A machine of the engine.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredState {
    /// The alert.
    pub alert_id: Uuid,
    /// When the machines of its rule began.
    pub begun_at: Timestamp,
    /// The pair, in the rule's own direction.
    pub pair: Pair,
    /// Where it stands.
    pub state: PairState,
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
    /// Which of them is told through which channel, by name; each pair once.
    pub tell: Vec<(Uuid, String)>,
    /// The rates that changed.
    pub rates: Vec<KnownRate>,
}

/// What is still to be published.
#[derive(Clone, Debug, PartialEq)]
pub struct Unpublished {
    /// Its place in the outbox.
    pub position: i64,
    /// What happened.
    pub what: Outgoing,
}

/// What is published.
#[derive(Clone, Debug, PartialEq)]
pub enum Outgoing {
    /// A transition, to `fx-alert-events`.
    Transition(Box<Transition>),
    /// A delivery that is finished, to `fx-deliveries`.
    Delivery(Delivery),
}

/// What came of a change: where nothing did, nobody need hear of it.
trait Outcome {
    fn is_done(&self) -> bool;
}

impl<T> Outcome for Option<T> {
    fn is_done(&self) -> bool {
        self.is_some()
    }
}

impl Outcome for Created {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

impl<T> Outcome for Changed<T> {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// What came of creating a rule.
enum Created {
    Done(Box<Alert>),
    TooMany,
    OtherRule,
}

impl Created {
    fn alert(self, most: usize) -> Result<Alert, CreateError> {
        match self {
            Self::Done(alert) => Ok(*alert),
            Self::TooMany => Err(CreateError::TooMany { most }),
            Self::OtherRule => Err(CreateError::OtherRule),
        }
    }
}

/// What came of changing or deleting a rule.
enum Changed<T> {
    Done(T),
    Missing,
    Conflict,
}

impl<T> Changed<T> {
    fn done(self) -> Result<Option<T>, ChangeError> {
        match self {
            Self::Done(done) => Ok(Some(done)),
            Self::Missing => Ok(None),
            Self::Conflict => Err(ChangeError::Conflict),
        }
    }
}
