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
use fx_domain::alert::Transition;
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

use crate::StoreError;
use crate::alerts::Unpublished;
use crate::alerts::row::TransitionRow;
use crate::alerts::schema::{alert_outbox, alert_transitions};
use crate::postgres::{Aborted, Pool};

/// Publication to `fx-alert-events`.
const EVENTS: &str = "events";

/// How often the one that publishes is heard of.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// When it counts as gone.
const SILENT: &str = "SET idle_session_timeout = '8s'";

pub(super) struct Outbox {
    pool: Pool,
    session: Arc<Mutex<Option<Session>>>,
}

struct Session {
    connection: AsyncPgConnection,
    publishes: bool,
    /// What has been handed out and not yet taken as published. By position alone one could take a row along that was
    /// written before these and committed after they were read.
    handed_out: Vec<i64>,
    _heartbeat: AbortOnDropHandle<()>,
}

impl Outbox {
    pub(super) fn new(pool: Pool) -> Self {
        Self { pool, session: Arc::default() }
    }

    /// The oldest rows; none for those who do not publish.
    pub(super) async fn unpublished(&self, limit: u32) -> Result<Vec<Unpublished>, StoreError> {
        let mut held = self.session.lock().await;
        let mut session = self.session(held.take()).await?;
        if !session.publishes {
            *held = Some(session);
            return Ok(Vec::new());
        }
        let rows = self.limited(oldest(&mut session.connection, limit)).await?;
        session.handed_out = rows.iter().map(|row| row.position).collect();
        *held = Some(session);
        Ok(rows)
    }

    pub(super) async fn published(&self, position: i64) -> Result<(), StoreError> {
        let mut held = self.session.lock().await;
        // Whoever has lost the session meanwhile hands the same out again.
        let Some(mut session) = held.take() else { return Ok(()) };
        let done: Vec<i64> = session.handed_out.iter().copied().filter(|&handed| handed <= position).collect();
        self.limited(clear(&mut session.connection, &done)).await?;
        session.handed_out.retain(|&handed| handed > position);
        *held = Some(session);
        Ok(())
    }

    /// The session there is, or a new one; with the lock where nobody else has it. One on which anything fails is closed.
    async fn session(&self, held: Option<Session>) -> Result<Session, StoreError> {
        let mut session = match held {
            Some(session) => session,
            None => self.begin().await?,
        };
        if !session.publishes {
            session.publishes = self.limited(lock(&mut session.connection, self.pool.connector().schema())).await?;
        }
        Ok(session)
    }

    async fn begin(&self) -> Result<Session, StoreError> {
        self.pool.check().await?;
        let mut connection = self.pool.connector().connect().await?;
        self.limited(async { Ok(connection.batch_execute(SILENT).await?) }).await?;
        let heartbeat = tokio::spawn(stay_heard(Arc::downgrade(&self.session), self.pool.clone()));
        let heartbeat = AbortOnDropHandle::new(heartbeat);
        Ok(Session { connection, publishes: false, handed_out: Vec::new(), _heartbeat: heartbeat })
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

async fn oldest(connection: &mut AsyncPgConnection, limit: u32) -> Result<Vec<Unpublished>, Aborted> {
    let rows: Vec<(i64, TransitionRow)> = alert_outbox::table
        .inner_join(alert_transitions::table.on(alert_transitions::id.eq(alert_outbox::transition_id)))
        .filter(alert_outbox::kind.eq(EVENTS))
        .order(alert_outbox::position)
        .limit(limit.into())
        .select((alert_outbox::position, TransitionRow::as_select()))
        .load(connection)
        .await?;
    let row =
        |(position, row): (i64, TransitionRow)| Ok(Unpublished { position, transition: Transition::try_from(row)? });
    Ok(rows.into_iter().map(row).collect::<Result<_, StoreError>>()?)
}

async fn clear(connection: &mut AsyncPgConnection, positions: &[i64]) -> Result<(), Aborted> {
    let done = alert_outbox::table.filter(alert_outbox::position.eq_any(positions));
    diesel::delete(done).execute(connection).await?;
    Ok(())
}

/// Keeps the session from being taken for dead, as long as there is one.
async fn stay_heard(session: Weak<Mutex<Option<Session>>>, pool: Pool) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let Some(session) = session.upgrade() else { return };
        let mut held = session.lock().await;
        let Some(mut alive) = held.take() else { return };
        let word = async { Ok(alive.connection.batch_execute("SELECT 1").await?) };
        if let Err(error) = limited(&pool, word).await {
            tracing::warn!(%error, "the session that publishes alert events is lost");
            return;
        }
        *held = Some(alive);
    }
}
