//! History and alerts, kept.
//!
//! Small traits, behind which an implementation stands: the one SQLite file of the embedded mode.

pub mod alerts;
mod error;
pub mod rates;

pub use error::StoreError;
