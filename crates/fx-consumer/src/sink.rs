//! What the sinks have in common: read, decode, have the effect, commit.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use fx_domain::rate::EnrichedBatch;
use fx_service::{HealthHandle, Retry, Shutdown};
use fx_stream::message::Payload;
use fx_stream::{Consumer, Delivery, Log, Message, Record, StreamError, Topic, dead_letter};
use rayon::iter::{Either, IntoParallelRefIterator, ParallelIterator};

use crate::metrics;

const TOPIC: Topic = Topic::RatesEnriched;

/// What a sink does with the batches. Doing it again changes nothing.
#[async_trait]
pub(crate) trait Effect: Send + Sync {
    async fn apply(&self, batches: Vec<EnrichedBatch>) -> anyhow::Result<()>;
}

/// Who reads, and how it is doing.
pub(crate) struct Sink {
    pub(crate) role: &'static str,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) health: HealthHandle,
    pub(crate) shutdown: Shutdown,
}

impl Sink {
    /// Reads the enriched rates from where the group is, or from `start`, until stopping begins.
    pub(crate) async fn run(&self, start: Option<u64>, effect: &dyn Effect) -> Result<(), StreamError> {
        let mut consumer = self.log.subscribe(self.role, TOPIC).await?;
        while let Some(delivery) = self.shutdown.unless_requested(consumer.next()).await {
            match delivery? {
                Delivery::Assigned(partitions) => {
                    for (assigned, offset) in partitions.iter().zip(start) {
                        consumer.seek(assigned.partition, offset).await?;
                    }
                    self.health.ok("reading");
                }
                Delivery::Revoked(_) => {}
                Delivery::Messages(messages) => self.process(messages, effect, consumer.as_mut()).await?,
            }
        }
        consumer.close().await
    }

    async fn process(
        &self,
        messages: Vec<Message>,
        effect: &dyn Effect,
        consumer: &mut dyn Consumer,
    ) -> Result<(), StreamError> {
        let (begun, ends) = (Instant::now(), ends(&messages));
        let (count, messages) = (messages.len(), Arc::new(messages));
        let mut retry = Retry::new(self.role, Some(&self.health), &self.shutdown);
        let rates = loop {
            // Read again for each try: that is rare, and keeping a copy for it is not worth its memory.
            let (batches, letters) = decode(Arc::clone(&messages)).await?;
            let rates: usize = batches.iter().map(|batch| batch.rates.len()).sum();
            match self.have_effect(effect, batches, letters).await {
                Ok(()) => break rates,
                Err(error) if retry.after(&format!("{error:#}")).await => {}
                Err(_) => return Ok(()),
            }
        };
        for (partition, offset) in ends {
            consumer.commit(partition, offset).await?;
        }
        self.health.ok("reading");
        metrics::chunk(self.role, count, rates, begun.elapsed());
        Ok(())
    }

    async fn have_effect(
        &self,
        effect: &dyn Effect,
        batches: Vec<EnrichedBatch>,
        letters: Vec<Record>,
    ) -> anyhow::Result<()> {
        effect.apply(batches).await?;
        Ok(dead_letter::publish(self.log.as_ref(), letters).await?)
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
