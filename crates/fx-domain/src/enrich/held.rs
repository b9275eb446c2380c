//! What is kept while a price is held.

use serde::{Deserialize, Serialize};

use super::leg::Seen;
use crate::clock::Timestamp;

/// What stood beside a held price: from it the crosses are derived when the price turns out to be true.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Context {
    pub(super) source_ts: Timestamp,
    /// The other legs' prices at that time.
    pub(super) beside: Vec<(usize, Seen)>,
}
