//! fx-sqlite
#[derive(Debug, thiserror::Error)] #[error("sqlite")] pub struct SqliteError;
