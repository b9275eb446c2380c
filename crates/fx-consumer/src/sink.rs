//! What the sinks have in common: read, decode, have the effect, commit.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use fx_domain::rate::EnrichedBatch;
use fx_service::{HealthHandle, Retry, Shutdown, trace};
use fx_stream::message::{Payload, TRACEPARENT};
use fx_stream::{Consumer, Delivery, Log, Message, PartitionPosition, Record, StreamError, Topic, dead_letter};
use rayon::iter::{Either, IntoParallelRefIterator, ParallelIterator};

use crate::metrics;

pub(crate) const TOPIC: Topic = Topic::RatesEnriched;

/// What a sink does with the batches. Doing it again changes nothing.
#[async_trait]
pub(crate) trait Effect: Send + Sync {
    /// From where partitions are read that are read from now on, where what their commit stands for is lost.
    async fn starts(&self, _partitions: &[u32]) -> anyhow::Result<Vec<(u32, u64)>> {
        Ok(Vec::new())
    }

    /// Makes up for what was lost before those starts, which are committed by then.
    async fn fill(&self, _partitions: &[u32]) -> anyhow::Result<()> {
        Ok(())
    }

    /// Does it with what came from these partitions.
    async fn apply(&self, partitions: &[u32], batches: Vec<EnrichedBatch>) -> anyhow::Result<Applied>;
}

/// What came of it.
pub(crate) enum Applied {
    /// It is done.
    Done,
    /// What was done before is lost: all partitions begin again.
    Lost,
}

/// Who reads, and how it is doing.
pub(crate) struct Sink<'a> {
    pub(crate) role: &'static str,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) health: HealthHandle,
    pub(crate) shutdown: Shutdown,
    pub(crate) effect: &'a dyn Effect,
}

/// Stopping has begun in the middle of it.
struct Stopping;

impl Sink<'_> {
    /// Reads the enriched rates from where the group is until stopping begins.
    pub(crate) async fn run(&self) -> Result<(), StreamError> {
        let mut consumer = self.log.subscribe(self.role, TOPIC).await?;
        self.health.patiently("the log", self.log.check()).await?;
        self.health.ok("standing by");
        let mut assigned = BTreeSet::new();
        while let Some(delivery) = self.shutdown.unless_requested(consumer.next()).await {
            let ended = match delivery? {
                Delivery::Assigned(partitions) => {
                    let new: Vec<u32> = partitions.iter().map(|assigned| assigned.partition).collect();
                    assigned.extend(&new);
                    self.begin(&new, consumer.as_mut()).await?
                }
                Delivery::Revoked(partitions) => {
                    assigned.retain(|partition| !partitions.contains(partition));
                    Ok(())
                }
                Delivery::Messages(messages) => self.process(messages, &assigned, consumer.as_mut()).await?,
            };
            if let Err(Stopping) = ended {
                break;
            }
        }
        consumer.close().await
    }

    async fn begin(
        &self,
        partitions: &[u32],
        consumer: &mut dyn Consumer,
    ) -> Result<Result<(), Stopping>, StreamError> {
        let _busy = self.health.busy();
        let retry = || Retry::new(self.role, Some(&self.health), &self.shutdown);
        let starts = || async { self.effect.starts(partitions).await.map_err(|error| format!("{error:#}")) };
        let Some(starts) = retry().until_done(starts).await else { return Ok(Err(Stopping)) };
        for &(partition, offset) in &starts {
            consumer.commit(partition, offset).await?;
            consumer.seek(partition, offset).await?;
        }
        if !starts.is_empty() {
            // Who comes next, should this one die, must not begin behind what is to be made up for.
            let kept = || async { self.is_committed(&starts).await };
            let fill = || async { self.effect.fill(partitions).await.map_err(|error| format!("{error:#}")) };
            if retry().until_done(kept).await.is_none() || retry().until_done(fill).await.is_none() {
                return Ok(Err(Stopping));
            }
        }
        self.health.ok("reading");
        Ok(Ok(()))
    }

    async fn is_committed(&self, starts: &[(u32, u64)]) -> Result<(), String> {
        let positions = self.log.positions(self.role, TOPIC).await.map_err(|error| error.to_string())?;
        let is_behind = |at: &PartitionPosition| {
            let start = starts.iter().find(|(partition, _)| *partition == at.partition);
            start.is_none_or(|(_, offset)| at.committed.unwrap_or(0) <= *offset)
        };
        if positions.iter().all(is_behind) { Ok(()) } else { Err("going back is not committed yet".to_owned()) }
    }

    async fn process(
        &self,
        messages: Vec<Message>,
        assigned: &BTreeSet<u32>,
        consumer: &mut dyn Consumer,
    ) -> Result<Result<(), Stopping>, StreamError> {
        let (begun, _busy) = (Instant::now(), self.health.busy());
        let _span = trace::span(self.role, messages.last().and_then(|last| last.record.header(TRACEPARENT)));
        let (ends, count) = (ends(&messages), messages.len());
        let partitions: Vec<u32> = ends.iter().map(|(partition, _)| *partition).collect();
        let messages = Arc::new(messages);
        let mut retry = Retry::new(self.role, Some(&self.health), &self.shutdown);
        let rates = loop {
            // Read again for each try: that is rare, and keeping a copy for it is not worth its memory.
            let (batches, letters) = decode(Arc::clone(&messages)).await?;
            let rates: usize = batches.iter().map(|batch| batch.rates.len()).sum();
            match self.have_effect(&partitions, batches, letters).await {
                Ok(Applied::Done) => break rates,
                Ok(Applied::Lost) => {
                    let all: Vec<u32> = assigned.iter().copied().collect();
                    return self.begin(&all, consumer).await;
                }
                Err(error) if retry.after(&format!("{error:#}")).await => {}
                Err(_) => return Ok(Err(Stopping)),
            }
        };
        for (partition, offset) in ends {
            consumer.commit(partition, offset).await?;
        }
        self.health.ok("reading");
        metrics::chunk(self.role, count, rates, begun.elapsed());
        Ok(Ok(()))
    }

    async fn have_effect(
        &self,
        partitions: &[u32],
        batches: Vec<EnrichedBatch>,
        letters: Vec<Record>,
    ) -> anyhow::Result<Applied> {
        let applied = self.effect.apply(partitions, batches).await?;
        let publish = dead_letter::publish(self.log.as_ref(), letters);
        self.health.patiently("the log", publish).await?;
        Ok(applied)
    }
}

/// Where each partition goes on after these messages.
pub(crate) fn ends(messages: &[Message]) -> Vec<(u32, u64)> {
    let mut ends: Vec<(u32, u64)> = Vec::new();
    for message in messages {
        match ends.iter_mut().find(|(partition, _)| *partition == message.partition) {
            Some((_, end)) => *end = message.offset + 1,
            None => ends.push((message.partition, message.offset + 1)),
        }
    }
    ends
}

/// Reading JSON takes a while: it has threads of its own, so that nobody else waits for it.
async fn decode(messages: Arc<Vec<Message>>) -> Result<(Vec<EnrichedBatch>, Vec<Record>), StreamError> {
    let work = move || {
        messages.par_iter().partition_map(|message| match EnrichedBatch::decode(&message.record.payload) {
            Ok(batch) => Either::Left(batch),
            Err(error) => Either::Right(dead_letter::of(message, TOPIC, &error)),
        })
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| StreamError::Stopped)
}
