//! What the log is asked at present.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use fx_stream::{Log, Record, StreamError, Topic};
use tokio::time::Instant;

use super::Trouble;
use super::publish::BACKOFF;
use crate::backoff::jitter;

/// The log's newest message of each source that was asked about.
pub(super) type Newest = BTreeMap<String, Record>;

/// Something that the log is asked, and has not answered yet.
pub(super) struct UnderWay {
    work: BoxFuture<'static, Result<Newest, StreamError>>,
    pub(super) begun: Instant,
    /// What it takes when it answers.
    pub(super) records: Vec<Record>,
    /// The offset after them on disk, where they stand there.
    pub(super) kept: Option<u64>,
    /// Whether it was too late to be waited for in memory.
    pub(super) is_late: bool,
}

impl UnderWay {
    /// These records, which `publishing` hands over.
    pub(super) fn publish(
        records: Vec<Record>,
        kept: Option<u64>,
        publishing: impl Future<Output = Result<(), StreamError>> + Send + 'static,
    ) -> Self {
        let work = async { publishing.await.map(|()| Newest::new()) }.boxed();
        Self { work, begun: Instant::now(), records, kept, is_late: false }
    }

    /// The first question: whether the log is there, and what it has of `sources`.
    pub(super) fn ask(log: Arc<dyn Log>, sources: BTreeSet<String>, kept: Option<u64>, trouble: Trouble) -> Self {
        let work = async move { Ok(ask_patiently(&*log, &sources, &trouble).await) }.boxed();
        Self { work, begun: Instant::now(), records: Vec::new(), kept, is_late: false }
    }

    /// Whether it takes nothing when it answers.
    pub(super) fn is_idle(&self) -> bool {
        self.records.is_empty()
    }

    /// Waits for the answer; for ever where nothing is asked.
    pub(super) async fn answer(this: &mut Option<Self>) -> Result<Newest, StreamError> {
        match this {
            Some(under_way) => (&mut under_way.work).await,
            None => std::future::pending().await,
        }
    }
}

async fn ask_patiently(log: &dyn Log, sources: &BTreeSet<String>, trouble: &Trouble) -> Newest {
    let mut failures = 0;
    loop {
        match ask(log, sources).await {
            Ok(newest) => return newest,
            Err(error) => {
                failures += 1;
                tracing::warn!(%error, failures, "the log does not answer as it should, asking again");
                *trouble.lock() = Some(error.to_string());
                tokio::time::sleep(BACKOFF.after(failures, jitter())).await;
            }
        }
    }
}

async fn ask(log: &dyn Log, sources: &BTreeSet<String>) -> Result<Newest, StreamError> {
    log.check().await?;
    let mut newest = Newest::new();
    for source in sources {
        newest.extend(log.newest(Topic::Rates, source).await?.map(|message| (source.clone(), message.record)));
    }
    Ok(newest)
}
