//! From a recording into the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fx_config::{Settings, StreamBackend};
use fx_domain::batch::Batch;
use fx_domain::clock::{Clock, Timestamp};
use fx_domain::feed::Source;
use fx_service::{HealthHandle, HealthRegistry};
use fx_sqlite::SqliteError;
use fx_stream::{Log, Record, StreamError};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::error::ReplayError;
use super::options::ReplayOptions;
use super::origin::Origin;
use super::pace::Pace;
use super::plan::Plan;
use super::reader::{Chunk, Reader};
use super::recording::Judge;
use crate::metrics;
use crate::spool::{self, Disk, publish};

/// As many chunks are read ahead of the log.
const AHEAD: usize = 4;

/// How far a replay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Records of the file that are dealt with, those of earlier runs included.
    pub done: u64,
    /// Records in the file.
    pub total: u64,
}

/// How a replay ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayEnd {
    /// The source of its rates.
    pub source: Source,
    /// Batches that this run has published.
    pub published: u64,
    /// Where an earlier run had stopped.
    pub resumed_after: Option<Timestamp>,
    /// Whether the file's end was reached; otherwise shutdown was asked for.
    pub is_complete: bool,
}

/// Replays a recording into the log, in place of the live feeds and the bundled history.
///
/// It goes on where an earlier run of the same recording has stopped, and refuses a log that holds later rates of that
/// source from elsewhere. `progress` is told after each step.
pub async fn run(
    options: &ReplayOptions,
    settings: &Settings,
    log: Arc<dyn Log>,
    clock: Arc<dyn Clock>,
    health: HealthRegistry,
    shutdown: CancellationToken,
    progress: impl Fn(Progress) + Send + Sync,
) -> Result<ReplayEnd, ReplayError> {
    metrics::describe();
    let (wanted, tracked) = (options.clone(), settings.currencies.all());
    let judge_tracked = tracked.clone();
    let plan = tokio::task::spawn_blocking(move || Plan::try_new(wanted, &tracked)).await??;
    let (source, total) = (plan.kind.source(), plan.total);
    check_spool(settings, &source, &clock).await?;
    let health = health.component(&format!("feed-{source}"));
    let asking = health.patiently("the log", plan.origin.position(&*log, &source, plan.first));
    let Some(position) = shutdown.run_until_cancelled(asking).await else {
        return Ok(ReplayEnd { source, published: 0, resumed_after: None, is_complete: false });
    };
    let position = position?;
    let judge = Judge::new(plan.kind, judge_tracked, clock.now());
    let mut replay = Replay {
        pace: Pace::new(options.speed),
        origin: plan.origin.clone(),
        end: ReplayEnd { source, published: 0, resumed_after: position, is_complete: false },
        last_status: None,
        log,
        shutdown,
        health,
    };
    let (sender, mut chunks) = mpsc::channel(AHEAD);
    let reader = tokio::task::spawn_blocking(move || Reader::new(plan, judge, position, sender).run());
    while let Some(chunk) = chunks.recv().await {
        if !replay.publish(chunk, |done| progress(Progress { done, total })).await? {
            return Ok(replay.end);
        }
    }
    reader.await??;
    replay.tell_end().await?;
    progress(Progress { done: total, total });
    Ok(replay.end)
}

/// What waits on disk of the same source would come after it, and late.
async fn check_spool(settings: &Settings, source: &Source, clock: &Arc<dyn Clock>) -> Result<(), ReplayError> {
    let folder = spool::folder(settings);
    if settings.stream.backend != StreamBackend::Kafka || !folder.exists() {
        return Ok(());
    }
    let waiting = match Disk::open(&folder, Arc::clone(clock)).await {
        Ok(disk) => disk.spooled().last_word(source).await?,
        // The live producer that has it open hands it over itself.
        Err(StreamError::Sqlite(SqliteError::InUse(_))) => None,
        Err(error) => return Err(error.into()),
    };
    waiting.map_or(Ok(()), |_| Err(ReplayError::Spooled { source_name: source.clone(), folder }))
}

/// Logs each tenth of a replay.
pub fn tell_tenths() -> impl Fn(Progress) + Send + Sync {
    let told = AtomicU64::new(0);
    move |Progress { done, total }| {
        let tenth = done * 10 / total.max(1);
        if told.swap(tenth, Ordering::Relaxed) < tenth {
            tracing::info!(done, total, "replaying");
        }
    }
}

/// The publishing side.
struct Replay {
    log: Arc<dyn Log>,
    shutdown: CancellationToken,
    health: HealthHandle,
    pace: Pace,
    origin: Origin,
    end: ReplayEnd,
    /// The last word, should this be the end.
    last_status: Option<Batch>,
}

impl Replay {
    /// Publishes a chunk at its pace. `false` where shutdown came first.
    async fn publish(&mut self, chunk: Chunk, progress: impl Fn(u64)) -> Result<bool, ReplayError> {
        let mut records = chunk.records.into_iter().peekable();
        while let Some(first) = records.next() {
            if !self.wait_until(first.at).await {
                return Ok(false);
            }
            let (mut together, mut done) = (vec![first.record], first.done);
            // Whatever is due by now goes together.
            while let Some(next) = records.next_if(|next| self.pace.due(next.at) <= Some(Instant::now())) {
                together.push(next.record);
                done = next.done;
            }
            self.append(together).await?;
            progress(done);
        }
        self.last_status = Some(chunk.status);
        self.health.ok(format!("replayed {} batches", self.end.published));
        Ok(true)
    }

    async fn wait_until(&mut self, at: Timestamp) -> bool {
        if let Some(due) = self.pace.due(at) {
            self.shutdown.run_until_cancelled(tokio::time::sleep_until(due)).await;
        }
        !self.shutdown.is_cancelled()
    }

    async fn append(&mut self, records: Vec<Record>) -> Result<(), ReplayError> {
        let count = records.len();
        let health = &self.health;
        let told = |error: &_| health.degraded(format!("the log does not take its batches: {error}"));
        let publishing = publish(&*self.log, records, &self.shutdown, told);
        health.patiently("the log", publishing).await?;
        metrics::published(&self.end.source, count);
        self.end.published += count as u64;
        Ok(())
    }

    /// The last word of a run that has published anything.
    async fn tell_end(&mut self) -> Result<(), ReplayError> {
        if let Some(status) = self.last_status.take() {
            let record = self.origin.record(&status)?;
            self.health.patiently("the log", publish(&*self.log, vec![record], &self.shutdown, |_| {})).await?;
        }
        self.end.is_complete = true;
        if self.end.published == 0 && self.end.resumed_after.is_none() {
            self.health.degraded("replayed to the end, but every table of the recording was refused");
            tracing::warn!(source = %self.end.source, "every table of the recording was refused, nothing is published");
        } else {
            self.health.ok("replayed to the end of the recording");
        }
        Ok(())
    }
}
