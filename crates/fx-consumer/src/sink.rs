//! What the sinks have in common: read, decode, have the effect, commit. While one chunk has its effect, the next one is
//! read.

mod news;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use fx_domain::alert::Transition;
use fx_domain::delivery::Delivery;
use fx_domain::rate::EnrichedBatch;
use fx_service::{HealthHandle, Retry, Shutdown, trace};
use fx_stream::message::{Payload, TRACEPARENT};
use fx_stream::{Assigned, Consumer, Log, Message, PartitionPosition, StreamError, Topic, dead_letter};

use self::news::{Chunk, News, Read};
use crate::metrics;

pub(crate) const TOPIC: Topic = Topic::RatesEnriched;

/// What one message of a sink's topic says.
pub(crate) trait Item: Payload + Send + Sync + 'static {
    const TOPIC: Topic;

    /// How much it counts for.
    fn size(&self) -> usize;
}

impl Item for EnrichedBatch {
    const TOPIC: Topic = TOPIC;

    fn size(&self) -> usize {
        self.rates.len()
    }
}

impl Item for Transition {
    const TOPIC: Topic = Topic::AlertEvents;

    fn size(&self) -> usize {
        1
    }
}

impl Item for Delivery {
    const TOPIC: Topic = Topic::Deliveries;

    fn size(&self) -> usize {
        1
    }
}

/// What a sink does with the batches, or the other items of its topic. Doing it again changes nothing.
#[async_trait]
pub(crate) trait Effect<T: Item = EnrichedBatch>: Send + Sync {
    /// From where partitions are read that are read from now on, where what their commit stands for is lost.
    async fn starts(&self, _partitions: &[u32]) -> anyhow::Result<Vec<(u32, u64)>> {
        Ok(Vec::new())
    }

    /// Makes up for what was lost before those starts, which are committed by then.
    async fn fill(&self, _partitions: &[u32]) -> anyhow::Result<()> {
        Ok(())
    }

    /// Does it with what came from these partitions.
    async fn apply(&self, partitions: &[u32], items: Vec<T>) -> anyhow::Result<Applied>;
}

/// What came of it.
pub(crate) enum Applied {
    /// It is done.
    Done,
    /// It is done, but for what can never be: the places of these items, each with the reason.
    Refused(Vec<(usize, String)>),
    /// What was done before is lost: all partitions begin again.
    Lost,
}

/// Who reads, and how it is doing.
pub(crate) struct Sink<'a, T: Item = EnrichedBatch> {
    pub(crate) role: &'static str,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) health: HealthHandle,
    pub(crate) shutdown: Shutdown,
    pub(crate) effect: &'a dyn Effect<T>,
}

/// Stopping has begun in the middle of it.
struct Stopping;

/// What is read from, and how far that has come.
struct Reading<T> {
    consumer: Box<dyn Consumer>,
    assigned: BTreeSet<u32>,
    /// What came while a chunk was at work.
    next: Option<News<T>>,
}

impl<T: Item> Reading<T> {
    async fn next(&mut self) -> Result<News<T>, StreamError> {
        match self.next.take() {
            Some(news) => Ok(news),
            None => self.consumer.next().await.map(News::from),
        }
    }

    /// The outcome of `work`; meanwhile what comes next is looked after, but not told before `work` has ended.
    async fn beside<W: Future>(&mut self, work: W) -> Result<W::Output, StreamError> {
        let mut work = pin!(work);
        if self.next.is_none() {
            tokio::select! {
                biased;
                outcome = &mut work => return Ok(outcome),
                delivery = self.consumer.next() => self.next = Some(delivery?.into()),
            }
        }
        Ok(work.await)
    }

    fn is_assigned(&mut self, partitions: &[Assigned]) -> Vec<u32> {
        let new: Vec<u32> = partitions.iter().map(|assigned| assigned.partition).collect();
        self.assigned.extend(&new);
        new
    }

    fn is_revoked(&mut self, partitions: &[u32]) {
        self.assigned.retain(|partition| !partitions.contains(partition));
    }

    /// Every partition there is, all of which begin again, at the latest with what is in hand: that had no effect, nor
    /// had what was read ahead.
    async fn all_again(&mut self, in_hand: &[Message]) -> Result<Vec<u32>, StreamError> {
        let mut ahead = Arc::default();
        match self.next.take() {
            Some(News::Assigned(partitions)) => {
                self.is_assigned(&partitions);
            }
            Some(News::Revoked(partitions)) => self.is_revoked(&partitions),
            Some(News::Chunk(chunk)) => ahead = chunk.messages,
            None => {}
        }
        let mut unread = BTreeMap::new();
        for message in in_hand.iter().chain(ahead.iter()) {
            unread.entry(message.partition).or_insert(message.offset);
        }
        unread.retain(|partition, _| self.assigned.contains(partition));
        for (partition, offset) in unread {
            self.consumer.seek(partition, offset).await?;
        }
        Ok(self.assigned.iter().copied().collect())
    }
}

impl<T: Item> Sink<'_, T> {
    /// Reads the topic from where the group is until stopping begins.
    pub(crate) async fn run(&self) -> Result<(), StreamError> {
        let consumer = self.log.subscribe(self.role, T::TOPIC).await?;
        self.health.patiently("the log", self.log.check()).await?;
        self.health.ok("standing by");
        let mut reading = Reading { consumer, assigned: BTreeSet::new(), next: None };
        while let Some(news) = self.shutdown.unless_requested(reading.next()).await {
            let ended = match news? {
                News::Assigned(partitions) => {
                    let new = reading.is_assigned(&partitions);
                    self.begin(&new, reading.consumer.as_mut()).await?
                }
                News::Revoked(partitions) => {
                    reading.is_revoked(&partitions);
                    Ok(())
                }
                News::Chunk(chunk) => self.process(chunk, &mut reading).await?,
            };
            if let Err(Stopping) = ended {
                break;
            }
        }
        reading.consumer.close().await
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
        let positions = self.log.positions(self.role, T::TOPIC).await.map_err(|error| error.to_string())?;
        let is_behind = |at: &PartitionPosition| {
            let start = starts.iter().find(|(partition, _)| *partition == at.partition);
            start.is_none_or(|(_, offset)| at.committed.unwrap_or(0) <= *offset)
        };
        if positions.iter().all(is_behind) { Ok(()) } else { Err("going back is not committed yet".to_owned()) }
    }

    async fn process(
        &self,
        mut chunk: Chunk<T>,
        reading: &mut Reading<T>,
    ) -> Result<Result<(), Stopping>, StreamError> {
        let (begun, _busy) = (Instant::now(), self.health.busy());
        let messages = Arc::clone(&chunk.messages);
        let _span = trace::span(self.role, messages.last().and_then(|last| last.record.header(TRACEPARENT)));
        let ends = ends(&messages);
        let partitions: Vec<u32> = ends.iter().map(|(partition, _)| *partition).collect();
        let mut retry = Retry::new(self.role, Some(&self.health), &self.shutdown);
        let rates = loop {
            let read = chunk.items().await?;
            let size: usize = read.items.iter().map(T::size).sum();
            match reading.beside(self.have_effect(&partitions, &messages, read)).await? {
                Ok(Applied::Done | Applied::Refused(_)) => break size,
                Ok(Applied::Lost) => {
                    let all = reading.all_again(&messages).await?;
                    return self.begin(&all, reading.consumer.as_mut()).await;
                }
                Err(error) if retry.after(&format!("{error:#}")).await => {}
                Err(_) => return Ok(Err(Stopping)),
            }
            // Read again for each try: that is rare, and keeping a copy for it is not worth its memory.
            chunk = Chunk::read(Arc::clone(&messages));
        };
        for (partition, offset) in ends {
            reading.consumer.commit(partition, offset).await?;
        }
        self.health.ok("reading");
        metrics::chunk(self.role, messages.len(), rates, begun.elapsed());
        Ok(Ok(()))
    }

    async fn have_effect(&self, partitions: &[u32], messages: &[Message], read: Read<T>) -> anyhow::Result<Applied> {
        let Read { items, places, mut letters } = read;
        let applied = self.effect.apply(partitions, items).await?;
        if let Applied::Refused(refused) = &applied {
            let letter = |(place, reason): &(usize, String)| {
                dead_letter::unmappable(&messages[places[*place]], T::TOPIC, reason)
            };
            letters.extend(refused.iter().map(letter));
        }
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
