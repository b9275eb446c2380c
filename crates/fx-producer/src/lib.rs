//! Feeds into the log: what providers say becomes batches of `fx-rates`.
//!
//! Every HTTP provider is an adapter of one shape ([`feeds`]), asked politely by one poller; Kraken's stream has its own
//! task; a recording stands in for all of them ([`replay`]). The way of an answer: the adapter reads its figures as they
//! are written, [`fx_domain::door::Door`] admits or refuses them, and what is new goes through a bounded spool into the
//! log. What is not new is told as freshness: a message without quotes, with the feed's status.
//!
//! One feed failing disturbs no other: each has its own task, its own door and its own spool.

mod backoff;
mod bundled;
mod error;
mod feed;
mod feeds;
mod http;
mod kraken;
mod last_word;
mod metrics;
mod poll;
mod published;
pub mod replay;
mod run;
mod schedule;
mod spool;
mod stamp;

pub use error::ProducerError;
pub use run::run;
