//! The one SQLite file of the embedded mode: opened once, with one fair writer and a few readers.
//!
//! SQLite lets one connection write at a time; a queue in front of it is kinder than its own busy handler, which sleeps.
//! The file is in WAL mode with `synchronous = NORMAL`: a killed process loses nothing that was committed, and after a
//! power cut the file is whole, at some commit before the cut, for all tables alike.

mod error;
mod open;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::result::Error as QueryError;
use diesel::{Connection, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use parking_lot::Mutex;

pub use error::SqliteError;
pub use open::Lock;

/// Connections kept open for reading; more are opened and closed as needed.
const IDLE_READERS: usize = 4;

/// A handle on the file, cheap to clone.
#[derive(Clone)]
pub struct Sqlite(Arc<Inner>);

struct Inner {
    path: PathBuf,
    /// First come, first served; who waits holds no thread.
    writer: Arc<tokio::sync::Mutex<SqliteConnection>>,
    idle_readers: Mutex<Vec<SqliteConnection>>,
    _lock: Lock,
}

impl Sqlite {
    /// Opens `fx-monitor.db` in `data_dir`, both created where they do not exist.
    ///
    /// # Errors
    /// The folder cannot be written, another process has the file open, or the file is no SQLite file of ours.
    pub fn open(data_dir: &Path) -> Result<Self, SqliteError> {
        let lock = Lock::acquire(data_dir)?;
        let path = data_dir.join("fx-monitor.db");
        let mut writer = open::connect(&path)?;
        writer.batch_execute("PRAGMA cache_size = -8192")?;
        Ok(Self(Arc::new(Inner {
            path,
            writer: Arc::new(tokio::sync::Mutex::new(writer)),
            idle_readers: Mutex::new(Vec::new()),
            _lock: lock,
        })))
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Brings a crate's tables to this version. Crates share one list of migrations, so their versions must differ.
    ///
    /// # Errors
    /// A migration fails; the file stays as it was before it.
    pub fn migrate(&self, migrations: EmbeddedMigrations) -> Result<(), SqliteError> {
        let mut writer = self.0.writer.try_lock().map_err(|_| SqliteError::Busy)?;
        writer
            .run_pending_migrations(migrations)
            .map(|_| ())
            .map_err(|reason| SqliteError::Migration { path: self.0.path.clone(), reason: reason.to_string() })
    }

    /// Runs `work` in one write transaction on a blocking thread.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, E> + Send + 'static,
    {
        let mut writer = Arc::clone(&self.0.writer).lock_owned().await;
        join(tokio::task::spawn_blocking(move || in_transaction(&mut writer, work))).await
    }

    /// Runs `work` in one write transaction on this thread: for start-up, when nobody else writes yet.
    pub fn write_blocking<T, E: From<SqliteError>>(
        &self,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        in_transaction(&mut *self.0.writer.try_lock().map_err(|_| SqliteError::Busy)?, work)
    }

    /// Runs `work` on a connection for reading, which sees one state of the file, on a blocking thread.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<SqliteError> + Send + 'static,
        F: FnOnce(&mut SqliteConnection) -> Result<T, E> + Send + 'static,
    {
        let inner = Arc::clone(&self.0);
        join(tokio::task::spawn_blocking(move || {
            let mut reader = inner.reader()?;
            let answer =
                reader.transaction(|connection| work(connection).map_err(Aborted::Work)).map_err(Aborted::into);
            inner.give_back(reader);
            answer
        }))
        .await
    }
}

impl Inner {
    fn reader(&self) -> Result<SqliteConnection, SqliteError> {
        let idle = self.idle_readers.lock().pop();
        if let Some(reader) = idle {
            return Ok(reader);
        }
        let mut reader = open::connect(&self.path)?;
        reader.batch_execute("PRAGMA query_only = ON")?;
        Ok(reader)
    }

    fn give_back(&self, reader: SqliteConnection) {
        let mut idle = self.idle_readers.lock();
        if idle.len() < IDLE_READERS {
            idle.push(reader);
        }
    }
}

/// A transaction ends early either by its own work or by the database.
enum Aborted<E> {
    Work(E),
    Query(QueryError),
}

impl<E> From<QueryError> for Aborted<E> {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl<E: From<SqliteError>> Aborted<E> {
    fn into(self) -> E {
        match self {
            Self::Work(error) => error,
            Self::Query(error) => SqliteError::from(error).into(),
        }
    }
}

fn in_transaction<T, E: From<SqliteError>>(
    writer: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> Result<T, E>,
) -> Result<T, E> {
    writer.immediate_transaction(|connection| work(connection).map_err(Aborted::Work)).map_err(Aborted::into)
}

async fn join<T, E: From<SqliteError>>(task: tokio::task::JoinHandle<Result<T, E>>) -> Result<T, E> {
    match task.await {
        Ok(answer) => answer,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(SqliteError::Stopped.into()),
        },
    }
}
