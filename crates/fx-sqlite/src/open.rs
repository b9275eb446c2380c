//! Opening the file: whose it is, and how it is used.

use std::fs::{File, TryLockError};
use std::path::Path;

use diesel::connection::SimpleConnection;
use diesel::result::Error as QueryError;
use diesel::sql_types::Integer;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};

use crate::SqliteError;

/// `PRAGMA application_id` of our files: "fxmo".
const APPLICATION_ID: i32 = 0x6678_6d6f;

/// Held while a process works with a data folder; the system lets go of it when the process ends, however that happens.
pub struct Lock(#[expect(dead_code, reason = "the open file is the lock")] File);

impl Lock {
    pub(crate) fn acquire(data_dir: &Path) -> Result<Self, SqliteError> {
        let directory = |reason| SqliteError::Directory { path: data_dir.to_owned(), reason };
        std::fs::create_dir_all(data_dir).map_err(directory)?;
        let file = File::create(data_dir.join("fx-monitor.lock")).map_err(directory)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(SqliteError::InUse(data_dir.to_owned())),
            Err(TryLockError::Error(reason)) => Err(directory(reason)),
        }
    }
}

pub(crate) fn connect(path: &Path) -> Result<SqliteConnection, SqliteError> {
    let mut connection = SqliteConnection::establish(&path.to_string_lossy())
        .map_err(|reason| SqliteError::Connect { path: path.to_owned(), reason })?;
    check_owner(&mut connection, path)?;
    // A checkpoint waits for the disk: with 32 MiB between two of them a burst of writes is not held up at every turn.
    connection.batch_execute(
        "PRAGMA journal_mode = WAL;
         PRAGMA synchronous = NORMAL;
         PRAGMA wal_autocheckpoint = 8192;
         PRAGMA journal_size_limit = 33554432;
         PRAGMA busy_timeout = 5000;
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -1024;",
    )?;
    Ok(connection)
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// A new file becomes ours; one that holds something else is left alone.
fn check_owner(connection: &mut SqliteConnection, path: &Path) -> Result<(), SqliteError> {
    let not_ours = |reason: String| SqliteError::NotOurs { path: path.to_owned(), reason };
    let mut ask = |sql: &str| diesel::sql_query(sql).get_result::<Number>(connection).map(|row| row.number);
    let unreadable = |error: QueryError| not_ours(error.to_string());
    let owner = ask("SELECT application_id AS number FROM pragma_application_id").map_err(unreadable)?;
    let tables = ask("SELECT count(*) AS number FROM sqlite_master").map_err(unreadable)?;
    match (owner, tables) {
        (APPLICATION_ID, _) => Ok(()),
        (0, 0) => Ok(connection.batch_execute(&format!("PRAGMA application_id = {APPLICATION_ID}"))?),
        _ => Err(not_ours(format!("it holds {tables} tables of another program"))),
    }
}
