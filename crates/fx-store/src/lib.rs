//! History and alerts, kept.
//!
//! Small traits, behind which two implementations stand: the one SQLite file of the embedded mode, and PostgreSQL.

pub mod alerts;
mod error;
pub mod postgres;
pub mod rates;

pub use error::StoreError;
pub use postgres::PostgresStore;
