//! From what feeds say to rates that can be relied on: crosses, volatility, quality.
//!
//! The enricher reads no clock and no database: what it answers follows from the batches alone, in their order, so that a
//! replay of the log gives the same figures bit for bit. Its state, per source, can be written down at any point and taken
//! up again from there.

mod crosses;
mod held;
mod judge;
mod leg;
mod series;
mod source;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::batch::Batch;
use crate::clock::Timestamp;
use crate::currency::Currency;
use crate::feed::{FeedKind, Source};
use crate::rate::EnrichedBatch;
use source::SourceState;

/// From how many crosses on they are computed in parallel: below it, handing out the work costs more than it saves
/// (measured by `benches/enrich.rs`).
const PARALLEL_FROM: usize = 8_000;

/// What the enricher goes by.
#[derive(Clone, Debug)]
pub struct EnrichSettings {
    /// The pivot of streams. A table's is its base.
    pub stream_pivot: Currency,
    /// The period of streams: of the rates in one, the last counts in the windows.
    pub stream_period: TimeDelta,
}

impl Default for EnrichSettings {
    fn default() -> Self {
        Self { stream_pivot: Currency::USD, stream_period: TimeDelta::minutes(1) }
    }
}

/// Derives, measures and judges, for any number of sources side by side.
#[derive(Clone, Debug, Default)]
pub struct Enricher {
    settings: EnrichSettings,
    sources: BTreeMap<Source, SourceState>,
}

/// The state of one source, as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checkpoint {
    state: SourceState,
}

impl Enricher {
    /// An enricher that knows nothing yet.
    pub fn new(settings: EnrichSettings) -> Self {
        Self { settings, sources: BTreeMap::new() }
    }

    /// What follows from a batch: its own rates last, before them those that were held and that it confirms. A batch that
    /// says nothing new (a repeated poll) gives one without rates, which carries its status on.
    pub fn enrich(&mut self, batch: &Batch, ingested_at: Timestamp) -> Vec<EnrichedBatch> {
        let pivot = match batch.kind {
            FeedKind::Table => batch.base,
            FeedKind::Stream => self.settings.stream_pivot,
        };
        let state = match self.sources.get_mut(&batch.source) {
            Some(state) if state.pivot() == pivot => state,
            // A feed that changes its base tells other pairs: nothing that was known of it applies.
            _ => {
                let fresh = SourceState::new(pivot);
                self.sources.entry(batch.source.clone()).insert_entry(fresh).into_mut()
            }
        };
        state.enrich(batch, ingested_at, &self.settings)
    }

    /// The state of every source, to be written down.
    pub fn checkpoints(&self) -> impl Iterator<Item = (&Source, Checkpoint)> {
        self.sources.iter().map(|(source, state)| (source, Checkpoint { state: state.clone() }))
    }

    /// Takes up a state that was written down.
    pub fn restore(&mut self, source: Source, checkpoint: Checkpoint) {
        self.sources.insert(source, checkpoint.state);
    }
}
