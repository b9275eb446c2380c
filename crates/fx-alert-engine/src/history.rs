//! What was before the newest rates: read again from the log, without any effect.

use std::collections::HashMap;
use std::sync::Arc;

use fx_domain::alert::{Findings, PairWatch};
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;
use fx_stream::Message;
use fx_stream::message::decode;

use crate::seen::SeenBatch;
use crate::settings::Settings;

/// The pairs of a partition that some rule looks back at further than is known.
#[derive(Debug)]
pub(crate) struct History {
    settings: Arc<Settings>,
    /// From when on the log is to be read.
    pub(crate) since: Timestamp,
    /// Up to which offset: what comes from there on is news.
    pub(crate) end: u64,
    log_time: Timestamp,
    pub(crate) pairs: HashMap<Pair, PairWatch>,
}

impl History {
    pub(crate) fn new(
        settings: Arc<Settings>,
        (since, end): (Timestamp, u64),
        pairs: HashMap<Pair, PairWatch>,
    ) -> Self {
        Self { settings, since, end, log_time: Timestamp::MIN_UTC, pairs }
    }

    /// Reads a message; what cannot be read was told when it was new.
    pub(crate) fn read(&mut self, message: &Message) {
        if message.offset < self.end
            && let Ok(batch) = decode::<SeenBatch>(&message.record.payload)
        {
            self.observe(&batch);
        }
    }

    fn observe(&mut self, batch: &SeenBatch) {
        self.log_time = self.log_time.max(batch.fetched_at);
        let (feeds, at) = (&self.settings.feeds, self.log_time);
        let mut found = Findings::default();
        for rate in batch.rates() {
            if let Some(watch) = self.pairs.get_mut(&rate.pair) {
                watch.take(rate, feeds, at, &mut found);
            }
        }
        for watch in self.pairs.values_mut().filter(|watch| watch.is_timed()) {
            watch.pass(feeds, at, &mut found);
        }
    }
}
