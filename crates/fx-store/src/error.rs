/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The SQLite file did not do as asked.
    #[error(transparent)]
    Sqlite(#[from] fx_sqlite::SqliteError),
    /// PostgreSQL did not do as asked, or was not to be reached.
    #[error("postgresql at {server}: {reason}")]
    Postgres {
        /// The server as host:port.
        server: String,
        /// What it said.
        reason: String,
    },
    /// The tables in PostgreSQL are older than this program, and it may not change them.
    #[error(
        "postgresql at {server}: its tables are older than this program wants ({missing} is missing): run fx-monitor provision"
    )]
    Outdated {
        /// The server as host:port.
        server: String,
        /// The migrations that have not been run.
        missing: String,
    },
    /// A row that no version of this program wrote.
    #[error("store: unreadable row: {0}")]
    Row(String),
}

impl From<diesel::result::Error> for StoreError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Sqlite(error.into())
    }
}
