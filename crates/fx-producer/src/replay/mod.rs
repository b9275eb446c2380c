//! Recordings in place of live feeds: the ECB's history, minute bars, ticks.
//!
//! What a file is, is seen by its content. Its records go into the log as they would have come from a feed, with the
//! recorded times; a replay that was stopped goes on where it was, since each record bears its origin.

mod arguments;
mod bars;
mod batches;
mod ecb;
mod error;
mod file;
mod lines;
mod options;
mod origin;
mod pace;
mod plan;
mod reader;
mod recording;
mod run;
#[cfg(test)]
mod tests;
mod ticks;

pub use arguments::ReplayArguments;
pub use batches::Batches;
pub use error::{RecordingError, ReplayError};
pub use options::{ReplayOptions, Speed, SpeedError};
pub use run::{Progress, ReplayEnd, run, tell_tenths};

pub(crate) use ecb::read_gzip as read_ecb_gzip;
pub(crate) use origin::Origin;
pub(crate) use recording::{Judge, Kind};
