/// What can go wrong with a store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The SQLite file did not do as asked.
    #[error(transparent)]
    Sqlite(#[from] fx_sqlite::SqliteError),
    /// A row that no version of this program wrote.
    #[error("store: unreadable row: {0}")]
    Row(String),
}

impl From<diesel::result::Error> for StoreError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Sqlite(error.into())
    }
}
