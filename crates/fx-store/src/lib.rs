//! History and alerts, kept.
//!
//! Small traits, behind which two implementations stand: the one SQLite file of the embedded mode, and PostgreSQL.

mod aborted;
pub mod alerts;
pub mod delivery;
mod error;
pub mod postgres;
pub mod rates;
mod sqlite;

pub use error::StoreError;
pub use postgres::PostgresStore;
