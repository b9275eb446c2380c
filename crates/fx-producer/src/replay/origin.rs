//! Where a record comes from, and so how far a replay was.

use fx_domain::batch::Batch;
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_stream::message::{ORIGIN, Payload, rates_record};
use fx_stream::{Log, Record, StreamError};

use super::error::ReplayError;
use crate::last_word::newest_patiently;

/// The value of the header that all records of one recording bear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin(pub(crate) String);

impl Origin {
    /// A batch as a record of this origin.
    pub(crate) fn record(&self, batch: &Batch) -> Result<Record, StreamError> {
        let mut record = rates_record(batch)?;
        record.headers.push((ORIGIN.to_owned(), self.0.clone()));
        Ok(record)
    }

    /// The source time after which the recording is still to be replayed; `None` for all of it.
    ///
    /// Refused where the log has rates of `source` from elsewhere at or after `first`: the recording's would be late.
    pub(super) async fn position(
        &self,
        log: &dyn Log,
        source: &Source,
        first: Timestamp,
    ) -> Result<Option<Timestamp>, ReplayError> {
        let Some(message) = newest_patiently(log, source).await else { return Ok(None) };
        let have = Batch::decode(&message.record.payload)?.source_ts;
        if message.record.header(ORIGIN) == Some(&self.0) {
            return Ok(Some(have));
        }
        if have >= first {
            return Err(ReplayError::LaterRates { source_name: source.clone(), have, first });
        }
        Ok(None)
    }
}
