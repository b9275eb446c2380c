//! The loop: read a chunk, evaluate it, write what came of it.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use fx_service::{HealthHandle, Retry, Shutdown, trace};
use fx_store::StoreError;
use fx_store::alerts::{CommitError, Effect, EngineStore};
use fx_stream::message::TRACEPARENT;
use fx_stream::{Assigned, Consumer, Delivery, Log, Message, Record, Start, Topic, dead_letter};
use tokio::sync::{Notify, watch};
use tokio::task::JoinError;
use tokio::time::MissedTickBehavior;

use crate::history::History;
use crate::partition::Partition;
use crate::rules::Rules;
use crate::settings::Settings;
use crate::{EngineError, metrics};

/// The consumer group. Its committed offset only shows how far the engine is: it goes by its own in the store.
pub const GROUP: &str = "fx-alert-engine";

/// A net for rules that another process has written.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

const AFTER_FENCE: Duration = Duration::from_millis(200);

/// How far the clock of the log may be behind those that stamp what is fetched.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);

/// Who hears of the engine, and whom it hears.
pub(crate) struct Surroundings {
    pub(crate) news: Arc<Notify>,
    pub(crate) health: HealthHandle,
    pub(crate) shutdown: Shutdown,
}

struct Engine {
    settings: Arc<Settings>,
    log: Arc<dyn Log>,
    store: Arc<dyn EngineStore>,
    consumer: Box<dyn Consumer>,
    around: Surroundings,
    changes: watch::Receiver<u64>,
    rules: Arc<Rules>,
    partitions: HashMap<u32, Partition>,
    /// Partitions that were opened since the last delivery: what it still holds of theirs is read again from where they
    /// stand now, since the store may stand in the middle of a chunk that was void.
    opened: HashSet<u32>,
}

/// Stopping has begun: whatever is not written is read again at the next start.
struct Stopping;

pub(crate) async fn run(
    settings: Settings,
    log: Arc<dyn Log>,
    store: Arc<dyn EngineStore>,
    around: Surroundings,
) -> Result<(), EngineError> {
    let consumer = log.subscribe(GROUP, Topic::RatesEnriched).await?;
    let mut engine = Engine {
        settings: Arc::new(settings),
        changes: store.changes(),
        log,
        store,
        consumer,
        around,
        rules: Arc::default(),
        partitions: HashMap::new(),
        opened: HashSet::new(),
    };
    match engine.work().await {
        Ok(Stopping) | Err(Failure::Stopping) => Ok(engine.consumer.close().await?),
        Err(Failure::Engine(error)) => Err(error),
    }
}

enum Failure {
    Stopping,
    Engine(EngineError),
}

impl<E: Into<EngineError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Engine(error.into())
    }
}

impl Engine {
    async fn work(&mut self) -> Result<Stopping, Failure> {
        self.around.health.patiently("the log", self.log.check()).await?;
        self.read_rules().await?;
        self.around.health.ok("standing by");
        let mut look_again = tokio::time::interval(LOOK_AGAIN);
        look_again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let shutdown = self.around.shutdown.clone();
        loop {
            tokio::select! {
                biased;
                () = shutdown.requested() => return Ok(Stopping),
                Ok(()) = self.changes.changed() => self.read_rules().await?,
                _ = look_again.tick() => self.read_rules().await?,
                delivery = self.consumer.next() => self.take(delivery?).await?,
            }
        }
    }

    async fn take(&mut self, delivery: Delivery) -> Result<(), Failure> {
        match delivery {
            Delivery::Assigned(assigned) => {
                for Assigned { partition, committed } in &assigned {
                    let stands = self.open(*partition).await?;
                    if *committed != Some(stands) {
                        self.consumer.commit(*partition, stands).await?;
                    }
                }
                self.begin(assigned.iter().map(|assigned| assigned.partition).collect()).await?;
                metrics::partitions(self.partitions.len());
            }
            Delivery::Revoked(revoked) => {
                self.partitions.retain(|partition, _| !revoked.contains(partition));
                metrics::partitions(self.partitions.len());
            }
            Delivery::Messages(messages) => {
                self.opened.clear();
                for (partition, chunk) in chunks(messages, self.settings.chunk) {
                    if self.changes.has_changed().unwrap_or(false) {
                        self.read_rules().await?;
                    }
                    if !self.opened.contains(&partition) {
                        self.read(partition, chunk).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Takes a partition over from where the store says.
    async fn open(&mut self, number: u32) -> Result<u64, Failure> {
        let store = Arc::clone(&self.store);
        let standing = self.around.until_done("open", || store.open(number)).await?;
        let partition = Partition::restore(number, standing, Arc::clone(&self.settings), Arc::clone(&self.rules));
        let next_offset = partition.next_offset();
        self.consumer.seek(number, next_offset).await?;
        self.opened.insert(number);
        self.partitions.insert(number, partition);
        Ok(next_offset)
    }

    /// Evaluates rules that are new to these partitions, once it is known what was before.
    async fn begin(&mut self, numbers: Vec<u32>) -> Result<(), Failure> {
        let histories: HashMap<u32, History> =
            numbers.iter().filter_map(|number| Some((*number, self.partitions.get(number)?.history()?))).collect();
        for (number, history) in self.read_again(histories).await? {
            if let Some(partition) = self.partitions.get_mut(&number) {
                partition.adopt(history);
            }
        }
        for number in numbers {
            if let Some(partition) = self.partitions.get_mut(&number) {
                partition.begin();
            }
            self.write(number).await?;
        }
        Ok(())
    }

    /// Shows histories the log from where they want it, all in one pass.
    async fn read_again(&mut self, mut histories: HashMap<u32, History>) -> Result<HashMap<u32, History>, Failure> {
        let Some(since) = histories.values().map(|history| history.since).min() else { return Ok(histories) };
        let _busy = self.around.health.busy();
        let mut follower = self.log.follow(Topic::RatesEnriched, Start::Since(since - CLOCKS_DIFFER)).await?;
        let behind = |histories: &HashMap<u32, History>, positions: Vec<(u32, u64)>| {
            positions.iter().any(|(number, next)| histories.get(number).is_some_and(|history| *next < history.end))
        };
        while behind(&histories, follower.positions()) {
            let next = self.around.shutdown.unless_requested(follower.next());
            let messages = next.await.ok_or(Failure::Stopping)??;
            let work = move || {
                for message in &messages {
                    if let Some(history) = histories.get_mut(&message.partition) {
                        history.read(message);
                    }
                }
                histories
            };
            histories = joined(tokio::task::spawn_blocking(work).await)?;
        }
        Ok(histories)
    }

    /// Applies what has become of the rules.
    async fn read_rules(&mut self) -> Result<(), Failure> {
        self.changes.mark_unchanged();
        let store = Arc::clone(&self.store);
        let rules = Rules::new(self.around.until_done("rules", || store.rules()).await?);
        if rules.is_same(&self.rules) {
            return Ok(());
        }
        self.rules = Arc::new(rules);
        // Who deletes a rule writes the ends of its episodes.
        self.around.news.notify_one();
        for partition in self.partitions.values_mut() {
            partition.set_rules(Arc::clone(&self.rules));
        }
        self.begin(self.partitions.keys().copied().collect()).await
    }

    /// Evaluates a chunk. That takes a while: it has a thread of its own, so that nobody else waits for it.
    async fn read(&mut self, number: u32, chunk: Vec<Message>) -> Result<(), Failure> {
        let Some(mut partition) = self.partitions.remove(&number) else { return Ok(()) };
        let _busy = self.around.health.busy();
        let _span = trace::span("alerts", chunk.last().and_then(|last| last.record.header(TRACEPARENT)));
        let work = move || {
            let letters = partition.read(chunk);
            (partition, letters)
        };
        let (partition, letters) = joined(tokio::task::spawn_blocking(work).await)?;
        self.partitions.insert(number, partition);
        self.bury(letters).await?;
        self.write(number).await
    }

    async fn bury(&mut self, letters: Vec<Record>) -> Result<(), Failure> {
        let log = Arc::clone(&self.log);
        let health = &self.around.health;
        let publish = || health.patiently("the log", dead_letter::publish(log.as_ref(), letters.clone()));
        self.around.until_done("dead letters", publish).await
    }

    /// Writes what has come of a partition.
    async fn write(&mut self, number: u32) -> Result<(), Failure> {
        let Some(effect) = self.partitions.get_mut(&number).and_then(Partition::effect) else { return Ok(()) };
        let effect = Arc::new(effect);
        let store = Arc::clone(&self.store);
        if !self.around.until_done("commit", || commit(store.as_ref(), &effect)).await? {
            // Somebody else goes on from there; what they wrote is the truth. Whose partition it is, the group decides in a
            // moment: until then two who take it from each other in turn would only be in each other's way.
            self.partitions.remove(&number);
            let pause = self.around.shutdown.unless_requested(tokio::time::sleep(AFTER_FENCE));
            pause.await.ok_or(Failure::Stopping)?;
            self.open(number).await?;
            return Box::pin(self.begin(vec![number])).await;
        }
        for transition in &effect.transitions {
            metrics::transition(transition.to);
        }
        if !effect.transitions.is_empty() {
            self.around.news.notify_one();
        }
        if effect.next_offset > effect.expected {
            self.consumer.commit(number, effect.next_offset).await?;
        }
        Ok(())
    }
}

impl Surroundings {
    /// The outcome of `work`, however long what it depends on is down.
    async fn until_done<T, E: Display + Sync, W: Future<Output = Result<T, E>>>(
        &self,
        what: &'static str,
        work: impl FnMut() -> W,
    ) -> Result<T, Failure> {
        let retry = Retry::new(what, Some(&self.health), &self.shutdown);
        let done = retry.until_done(work).await.ok_or(Failure::Stopping)?;
        self.health.ok("evaluating");
        Ok(done)
    }
}

/// False where another engine has moved on.
async fn commit(store: &dyn EngineStore, effect: &Arc<Effect>) -> Result<bool, StoreError> {
    match store.commit(Arc::clone(effect)).await {
        Ok(()) => Ok(true),
        Err(CommitError::Fenced { partition, expected }) => {
            metrics::fenced();
            tracing::warn!(partition, expected, "another engine has moved on, going on from there");
            Ok(false)
        }
        Err(CommitError::Store(error)) => {
            metrics::commit_failed();
            Err(error)
        }
    }
}

/// A panic goes on where it was waited for.
fn joined<T>(ended: Result<T, JoinError>) -> Result<T, EngineError> {
    ended.map_err(|failed| match failed.try_into_panic() {
        Ok(panic) => std::panic::resume_unwind(panic),
        Err(_) => EngineError::Stopped,
    })
}

/// Messages by partition, in their order, in pieces of bounded size.
fn chunks(messages: Vec<Message>, most: usize) -> Vec<(u32, Vec<Message>)> {
    let mut chunks: Vec<(u32, Vec<Message>)> = Vec::new();
    for message in messages {
        let open = chunks.iter_mut().rev().find(|(partition, _)| *partition == message.partition);
        match open.filter(|(_, chunk)| chunk.len() < most) {
            Some((_, chunk)) => chunk.push(message),
            None => chunks.push((message.partition, vec![message])),
        }
    }
    chunks
}
