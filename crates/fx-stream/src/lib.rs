//! Topics and versioned messages, and the log that carries them.
//!
//! The log is the truth: what was appended keeps its order per partition and its offset for ever. [`Log`] is the small
//! trait behind which two implementations stand: [`embedded`], tables in the one SQLite file, and [`kafka`].

pub mod dead_letter;
pub mod embedded;
mod error;
pub mod kafka;
mod lag;
pub mod letters;
mod log;
pub mod message;
mod metrics;
mod partitioner;
mod topic;
mod whole;

pub use error::StreamError;
pub use log::{Assigned, Consumer, Delivery, Follower, Log, Message, PartitionPosition, Record, Start};
pub use metrics::describe;
pub use topic::Topic;
pub use whole::read_to_end;
