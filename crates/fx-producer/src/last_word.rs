//! What the log holds of a feed when the producer starts.

use std::time::Duration;

use fx_domain::batch::Batch;
use fx_domain::feed::Source;
use fx_stream::message::Payload;
use fx_stream::{Log, Message, StreamError, Topic};

use crate::backoff::{Backoff, jitter};

const BACKOFF: Backoff = Backoff { first: Duration::from_millis(250), longest: Duration::from_secs(15) };

/// The newest message of a feed, asked again for as long as the log does not answer.
pub(crate) async fn newest_patiently(log: &dyn Log, source: &Source) -> Option<Message> {
    let mut failures = 0;
    loop {
        match log.newest(Topic::Rates, source.as_str()).await {
            Ok(found) => return found,
            Err(error) => {
                failures += 1;
                tracing::warn!(%source, %error, failures, "the log does not say how far the feed is, asking again");
                tokio::time::sleep(BACKOFF.after(failures, jitter())).await;
            }
        }
    }
}

/// The newest batch of a feed, asked again for as long as the log does not answer. A message of another version counts as
/// none: it cannot be understood, and what comes next does not depend on it.
pub(crate) async fn last_word_patiently(log: &dyn Log, source: &Source) -> Option<Batch> {
    let message = newest_patiently(log, source).await?;
    let understood: Result<_, StreamError> = Batch::decode(&message.record.payload);
    understood
        .inspect_err(|error| {
            tracing::warn!(%source, offset = message.offset, %error, "the feed's newest message is passed over");
        })
        .ok()
}
