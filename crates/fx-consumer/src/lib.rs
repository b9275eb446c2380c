//! From what feeds say to what readers read: the enricher, and the sinks that follow it.
//!
//! Each role is a consumer group of its own, so that one that is behind holds up no other:
//! - [`enrich`] reads `fx-rates` and writes `fx-rates-enriched`;
//! - [`history`] writes `fx-rates-enriched` to the store;
//! - [`cache`] writes it to the latest rates;
//! - [`index`] writes it, and `fx-alert-events`, to the time series.
//!
//! Everything is at least once, and every effect idempotent: an offset is committed only after its effect.

pub mod cache;
pub mod enrich;
pub mod history;
pub mod index;
mod metrics;
mod roles;
mod sink;

pub use metrics::describe;
pub use roles::Roles;
