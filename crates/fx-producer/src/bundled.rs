//! The ECB's daily rates of two years, compiled in: rates before, or without, any network.
//!
//! Source: ECB euro foreign exchange reference rates. `scripts/bundle-ecb-history.sh` makes the file.

use std::path::Path;

use fx_domain::batch::Batch;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::feed::{FeedState, FeedStatus, Source};
use fx_stream::Record;

use crate::error::ProducerError;
use crate::replay::{Judge, Kind, Origin, read_ecb_gzip};
use crate::spool::Spool;

const HISTORY: &[u8] = include_bytes!("../bundled/ecb-2y.csv.gz");
const ORIGIN: &str = "bundled:ecb";

/// The bundled batches, oldest first.
pub(crate) struct Bundled {
    source: Source,
    batches: Vec<Batch>,
}

impl Bundled {
    /// Unpacks the history, as far as it prices `tracked` currencies.
    pub(crate) fn try_new(tracked: Vec<Currency>, now: Timestamp) -> Result<Self, ProducerError> {
        let mut judge = Judge::new(Kind::Ecb, tracked, now);
        let days = read_ecb_gzip(Path::new("bundled/ecb-2y.csv.gz"), HISTORY)?;
        let batches = days.filter_map(|day| day.and_then(|day| judge.judge(&day)).transpose());
        Ok(Self { source: Kind::Ecb.source(), batches: batches.collect::<Result<_, _>>()? })
    }

    /// The source under which it is published.
    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// Sends the days after `last_word`, the newest that the log holds: at the first start all, after a kill the rest, and
    /// with a newer program what an idle log lacks. Answers what the log will hold last.
    pub(crate) fn load(self, last_word: Option<Batch>, spool: &Spool) -> Result<Option<Batch>, ProducerError> {
        let have = last_word.as_ref().map_or(Timestamp::UNIX_EPOCH, |batch| batch.source_ts);
        let mut missing: Vec<Batch> = self.batches.into_iter().filter(|batch| batch.source_ts > have).collect();
        let Some(last) = missing.last() else { return Ok(last_word) };
        let status = Some(FeedStatus::new(FeedState::Bundled));
        missing.push(Batch { quotes: Vec::new(), status, ..last.clone() });
        let origin = Origin(ORIGIN.to_owned());
        let records: Vec<Record> = missing.iter().map(|batch| origin.record(batch)).collect::<Result<_, _>>()?;
        let days = records.len() - 1;
        // Without room for all of it, the next start loads the rest.
        let loaded = records.into_iter().try_for_each(|record| spool.put_record(record));
        tracing::info!(source = %self.source, days, whole = loaded.is_ok(), "bundled history loaded");
        Ok(missing.pop())
    }
}
