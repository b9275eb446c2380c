//! The outbox of several engines: one of them publishes at a time.
//!
//! Who publishes holds a lock of the server on a connection of its own, and reads and clears the outbox on that connection:
//! as long as that answers, the lock is held. It goes with the process, and with a process that is stopped or cut off, since
//! the server ends a session that is silent for a while.

use std::sync::{Arc, Weak};
use std::time::Duration;

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

use super::history_queries;
use crate::StoreError;
use crate::aborted::Aborted;
use crate::alerts::Unpublished;
use crate::alerts::schema::alert_outbox;
use crate::postgres::Pool;

/// How often the one that publishes is heard of.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// When it counts as gone. What it takes off need not be on the disk before it goes on: a crash only publishes again, under
/// the same ids.
const SESSION: &str = "SET idle_session_timeout = '8s'; SET synchronous_commit = off";

pub(super) struct Outbox {
    pool: Pool,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    session: Option<Session>,
    /// What has been handed out and not yet taken as published. By position alone one could take a row along that was
    /// written before these and committed after they were read.
    handed_out: Vec<i64>,
}

struct Session {
    connection: AsyncPgConnection,
    publishes: bool,
    _heartbeat: AbortOnDropHandle<()>,
}

impl Outbox {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, state: Arc::default() }
    }

    /// The oldest rows; none for those who do not publish.
    pub(super) async fn unpublished(&self, limit: u32) -> Result<Vec<Unpublished>, StoreError> {
        let mut state = self.state.lock().await;
        let mut session = self.session(state.session.take()).await?;
        if !session.publishes {
            session.publishes = self.limited(lock(&mut session.connection, self.pool.connector().schema())).await?;
        }
        let mut rows = Vec::new();
        if session.publishes {
            rows = self.limited(history_queries::unpublished(&mut session.connection, limit)).await?;
        }
        state.handed_out = rows.iter().map(|row| row.position).collect();
        state.session = Some(session);
        Ok(rows)
    }

    /// Also on a new session: what has gone out is not to go out again because the old one was lost meanwhile.
    pub(super) async fn published(&self, position: i64) -> Result<(), StoreError> {
        let mut state = self.state.lock().await;
        let mut session = self.session(state.session.take()).await?;
        let done: Vec<i64> = state.handed_out.iter().copied().filter(|&handed| handed <= position).collect();
        self.limited(clear(&mut session.connection, &done)).await?;
        state.handed_out.retain(|&handed| handed > position);
        state.session = Some(session);
        Ok(())
    }

    /// The session there is, or a new one. It is out of the state while it is in use: one on which anything fails, or whose
    /// user goes away, is closed.
    async fn session(&self, held: Option<Session>) -> Result<Session, StoreError> {
        if let Some(session) = held {
            return Ok(session);
        }
        self.pool.check().await?;
        let mut connection = self.pool.connector().connect().await?;
        self.limited(async { Ok(connection.batch_execute(SESSION).await?) }).await?;
        let heartbeat = tokio::spawn(stay_heard(Arc::downgrade(&self.state), self.pool.clone()));
        Ok(Session { connection, publishes: false, _heartbeat: AbortOnDropHandle::new(heartbeat) })
    }

    async fn limited<T>(&self, work: impl Future<Output = Result<T, Aborted>>) -> Result<T, StoreError> {
        limited(&self.pool, work).await
    }
}

async fn limited<T>(pool: &Pool, work: impl Future<Output = Result<T, Aborted>>) -> Result<T, StoreError> {
    match tokio::time::timeout(pool.limit(), work).await {
        Ok(done) => done.map_err(|aborted| aborted.at(pool.connector().server())),
        Err(_) => Err(pool.connector().failed("no answer, the connection is given up")),
    }
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = Bool)]
    held: bool,
}

async fn lock(connection: &mut AsyncPgConnection, schema: &str) -> Result<bool, Aborted> {
    let lock = "SELECT pg_try_advisory_lock(hashtextextended('fx-monitor outbox ' || $1, 0)) AS held";
    let held: Held = diesel::sql_query(lock).bind::<Text, _>(schema).get_result(connection).await?;
    Ok(held.held)
}

async fn clear(connection: &mut AsyncPgConnection, positions: &[i64]) -> Result<(), Aborted> {
    let done = alert_outbox::table.filter(alert_outbox::position.eq_any(positions));
    diesel::delete(done).execute(connection).await?;
    Ok(())
}

/// Keeps the session from being taken for dead, as long as there is one.
async fn stay_heard(state: Weak<Mutex<State>>, pool: Pool) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let Some(state) = state.upgrade() else { return };
        let mut state = state.lock().await;
        let Some(mut session) = state.session.take() else { return };
        let word = async { Ok(session.connection.batch_execute("SELECT 1").await?) };
        if let Err(error) = limited(&pool, word).await {
            tracing::warn!(%error, "the session that publishes alert events is lost");
            return;
        }
        state.session = Some(session);
    }
}
