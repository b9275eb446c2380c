use std::path::PathBuf;

/// What can go wrong with the file.
#[derive(Debug, thiserror::Error)]
pub enum SqliteError {
    /// The data folder cannot be made or written.
    #[error("data directory {}: {reason}, expected a directory that can be written", path.display())]
    Directory {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// Another process works with it.
    #[error("data directory {} is in use by another fx-monitor, stop that one or give another directory", .0.display())]
    InUse(PathBuf),
    /// The file is there and is something else.
    #[error("{} is not a SQLite file of fx-monitor: {reason}", path.display())]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// It could not be opened.
    #[error("cannot open {}: {reason}", path.display())]
    Connect {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: diesel::ConnectionError,
    },
    /// A statement failed.
    #[error("sqlite: {0}")]
    Query(diesel::result::Error),
    /// The tables could not be brought to this version.
    #[error("migration of {}: {reason}", path.display())]
    Migration {
        /// The file.
        path: PathBuf,
        /// What was found.
        reason: String,
    },
    /// What belongs to start-up was tried while others were writing.
    #[error("the file is being written, its tables can only be made at start")]
    Busy,
    /// The program is stopping.
    #[error("the program is stopping")]
    Stopped,
}

impl From<diesel::result::Error> for SqliteError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(error)
    }
}
