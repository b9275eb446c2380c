//! Role `enrich`: `fx-rates` in, `fx-rates-enriched` out.
//!
//! The enricher's state comes back exactly. It is written with its input offset to the compacted `fx-state`, every so many
//! batches, every so long, and on stop; on assignment it is loaded, the messages from there to the committed offset are
//! enriched again without publishing, and from then on everything is published.

mod checkpoint;

pub use checkpoint::forget;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use fx_domain::batch::Batch;
use fx_domain::enrich::{EnrichSettings, Enricher};
use fx_domain::rate::{EnrichedBatch, Quality};
use fx_service::trace::{self, Span};
use fx_service::{HealthHandle, Retry, Shutdown};
use fx_stream::message::{self, Payload, TRACEPARENT};
use fx_stream::{Assigned, Consumer, Delivery, Log, Message, Record, StreamError, Topic, dead_letter};
use tokio::time::Instant;

use crate::metrics;
use crate::sink::ends;

/// The consumer group.
pub const GROUP: &str = "enrich";

/// Messages whose figures are published at once: a table of a few hundred bytes becomes ten thousand, and the sinks need not
/// wait for more.
const AT_ONCE: usize = 64;

/// What the role goes by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the figures are made.
    pub enrich: EnrichSettings,
    /// The state is written after so many batches,
    pub state_every_batches: u64,
    /// or after so long.
    pub state_every: Duration,
}

impl Settings {
    /// As the configuration says.
    pub fn of(settings: &fx_config::Settings) -> Self {
        let stream_period = TimeDelta::from_std(settings.enrich.stream_period).unwrap_or(TimeDelta::MAX);
        Self {
            enrich: EnrichSettings { stream_pivot: settings.currencies.pivot, stream_period },
            state_every_batches: settings.enrich.state_every_batches,
            state_every: settings.enrich.state_every,
        }
    }
}

/// Enriches what feeds say until stopping begins.
pub async fn run(
    settings: Settings,
    log: Arc<dyn Log>,
    health: HealthHandle,
    shutdown: Shutdown,
) -> Result<(), StreamError> {
    let mut consumer = log.subscribe(GROUP, Topic::Rates).await?;
    health.patiently("the log", log.check()).await?;
    health.ok("standing by");
    let mut role = Role {
        next_checkpoint: Instant::now() + settings.state_every,
        since_checkpoint: 0,
        partitions: BTreeMap::new(),
        enriched_partitions: log.partitions(Topic::RatesEnriched).await?,
        settings,
        log,
        health,
        shutdown: shutdown.clone(),
    };
    loop {
        let step = async {
            tokio::select! {
                delivery = consumer.next() => delivery.map(Some),
                () = tokio::time::sleep_until(role.next_checkpoint) => Ok(None),
            }
        };
        match shutdown.unless_requested(step).await {
            None => break,
            Some(step) => match step? {
                None => role.write_checkpoints().await?,
                Some(delivery) => role.take(delivery, consumer.as_mut()).await?,
            },
        }
    }
    role.write_checkpoints().await?;
    consumer.close().await
}

struct Role {
    settings: Settings,
    log: Arc<dyn Log>,
    health: HealthHandle,
    shutdown: Shutdown,
    partitions: BTreeMap<u32, Partition>,
    /// Over so many partitions the figures are split.
    enriched_partitions: u32,
    since_checkpoint: u64,
    next_checkpoint: Instant,
}

/// What is known of one partition of `fx-rates`.
struct Partition {
    enricher: Enricher,
    /// Where the state of each source came from: what is before it is in there already.
    restored_at: BTreeMap<String, u64>,
    /// Nothing before this offset is published again.
    published_before: u64,
    /// The offset that comes next.
    next: u64,
}

/// What follows from messages.
struct Output {
    enriched: Vec<Record>,
    letters: Vec<Record>,
    batches: usize,
    rates: usize,
    /// Where each partition goes on after them.
    ends: Vec<(u32, u64)>,
    _span: Span,
}

impl Output {
    fn of(messages: &[Message]) -> Self {
        let mut span = trace::span(GROUP, messages.last().and_then(|last| last.record.header(TRACEPARENT)));
        let batches = messages.len();
        span.set("batches", i64::try_from(batches).unwrap_or(i64::MAX));
        Self { enriched: Vec::new(), letters: Vec::new(), batches, rates: 0, ends: ends(messages), _span: span }
    }
}

impl Role {
    async fn take(&mut self, delivery: Delivery, consumer: &mut dyn Consumer) -> Result<(), StreamError> {
        match delivery {
            Delivery::Assigned(partitions) => {
                for assigned in partitions {
                    let partition = self.restore(assigned).await?;
                    consumer.seek(assigned.partition, partition.next).await?;
                    self.partitions.insert(assigned.partition, partition);
                }
                self.health.ok("reading");
                Ok(())
            }
            Delivery::Revoked(partitions) => {
                self.write_checkpoints().await?;
                self.partitions.retain(|partition, _| !partitions.contains(partition));
                Ok(())
            }
            Delivery::Messages(messages) => self.process(messages, consumer).await,
        }
    }

    async fn restore(&self, assigned: Assigned) -> Result<Partition, StreamError> {
        let _busy = self.health.busy();
        let mut enricher = Enricher::new(self.settings.enrich.clone());
        let mut restored_at = BTreeMap::new();
        let load = checkpoint::load(self.log.as_ref(), assigned.partition);
        for state in self.health.patiently("the state in the log", load).await? {
            restored_at.insert(state.source.to_string(), state.offset);
            enricher.restore(state.source, state.state);
        }
        let committed = assigned.committed.unwrap_or(0);
        // A state that is ahead of the commit was written by a life whose last commit got lost: what it holds was
        // published, and nothing older is left to replay.
        let next = restored_at.values().copied().min().unwrap_or(0);
        tracing::info!(partition = assigned.partition, sources = restored_at.len(), next, committed, "state restored");
        Ok(Partition { enricher, restored_at, published_before: committed, next })
    }

    /// While the figures of some messages are on their way to the log, those of the next ones are made.
    async fn process(&mut self, mut messages: Vec<Message>, consumer: &mut dyn Consumer) -> Result<(), StreamError> {
        let (mut begun, _busy) = (std::time::Instant::now(), self.health.busy());
        let publisher = self.publisher();
        let mut on_its_way = self.enrich_some(&mut messages)?;
        while let Some(output) = on_its_way {
            let next = async { self.enrich_some(&mut messages) };
            let (is_published, next) = tokio::join!(publisher.publish(&output), next);
            if !is_published {
                // The next life begins at the last checkpoint, which must not hold these messages.
                self.partitions.clear();
                return Ok(());
            }
            for &(partition, offset) in &output.ends {
                if self.partitions.get(&partition).is_some_and(|state| offset > state.published_before) {
                    consumer.commit(partition, offset).await?;
                }
            }
            self.health.ok("reading");
            metrics::chunk(GROUP, output.batches, output.rates, begun.elapsed());
            begun = std::time::Instant::now();
            self.since_checkpoint += output.batches as u64;
            on_its_way = next?;
        }
        // Now all that the state holds is published.
        if self.since_checkpoint >= self.settings.state_every_batches {
            self.write_checkpoints().await?;
        }
        Ok(())
    }

    fn publisher(&self) -> Publisher {
        let Self { log, health, shutdown, .. } = self;
        Publisher { log: Arc::clone(log), health: health.clone(), shutdown: shutdown.clone() }
    }

    /// Enriches the first of these messages.
    fn enrich_some(&mut self, messages: &mut Vec<Message>) -> Result<Option<Output>, StreamError> {
        if messages.is_empty() {
            return Ok(None);
        }
        let rest = messages.split_off(messages.len().min(AT_ONCE));
        self.enrich(std::mem::replace(messages, rest)).map(Some)
    }

    fn enrich(&mut self, messages: Vec<Message>) -> Result<Output, StreamError> {
        let mut output = Output::of(&messages);
        for message in messages {
            let Some(partition) = self.partitions.get_mut(&message.partition) else { continue };
            let is_published = message.offset < partition.published_before;
            partition.next = message.offset + 1;
            match read(&message) {
                Ok(batch) => {
                    for enriched in partition.enrich(&batch, &message) {
                        if !is_published {
                            count(&enriched);
                            output.rates += enriched.rates.len();
                            let traceparent = message.record.header(TRACEPARENT);
                            let records = message::enriched_records(&enriched, self.enriched_partitions, traceparent);
                            output.enriched.extend(records?);
                        }
                    }
                }
                Err(error) if !is_published => {
                    output.letters.push(dead_letter::of(&message, Topic::Rates, &error));
                }
                Err(_) => {}
            }
        }
        Ok(output)
    }

    async fn write_checkpoints(&mut self) -> Result<(), StreamError> {
        self.next_checkpoint = Instant::now() + self.settings.state_every;
        if std::mem::take(&mut self.since_checkpoint) == 0 {
            return Ok(());
        }
        let mut records = Vec::new();
        for (number, partition) in &self.partitions {
            records.extend(checkpoint::records(*number, partition.next, &partition.enricher)?);
        }
        let _busy = self.health.busy();
        self.health.patiently("the log", self.log.publish(Topic::State, records)).await
    }
}

/// Where the figures go.
struct Publisher {
    log: Arc<dyn Log>,
    health: HealthHandle,
    shutdown: Shutdown,
}

impl Publisher {
    /// Publishes, however often that must be tried; false where stopping begins before it is done.
    async fn publish(&self, output: &Output) -> bool {
        let mut retry = Retry::new(GROUP, Some(&self.health), &self.shutdown);
        while let Err(error) = self.health.patiently("the log", self.try_publish(output)).await {
            if !retry.after(&error).await {
                return false;
            }
        }
        true
    }

    async fn try_publish(&self, output: &Output) -> Result<(), StreamError> {
        if !output.enriched.is_empty() {
            self.log.publish(Topic::RatesEnriched, output.enriched.clone()).await?;
        }
        dead_letter::publish(self.log.as_ref(), output.letters.clone()).await
    }
}

impl Partition {
    fn enrich(&mut self, batch: &Batch, message: &Message) -> Vec<EnrichedBatch> {
        let restored_at = self.restored_at.get(batch.source.as_str());
        if restored_at.is_some_and(|offset| message.offset < *offset) {
            return Vec::new();
        }
        self.enricher.enrich(batch, message.at)
    }
}

fn read(message: &Message) -> Result<Batch, StreamError> {
    let batch = Batch::decode(&message.record.payload)?;
    batch.check()?;
    Ok(batch)
}

fn count(batch: &EnrichedBatch) {
    for rate in &batch.rates {
        match (rate.quality, rate.reason) {
            (Quality::Suspect, Some(reason)) => metrics::held(batch.source.as_str(), reason.label()),
            (Quality::Unusual, _) => metrics::unusual(batch.source.as_str()),
            _ => {}
        }
    }
}
