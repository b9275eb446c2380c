//! A data folder with rates in its log and alerts in its store, and the engine on it.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta};
use fx_alert_engine::{EngineError, GROUP, Settings, run};
use fx_domain::alert::{FeedRank, Rule, State, Transition};
use fx_domain::batch::Price;
use fx_domain::clock::{FixedClock, Timestamp};
use fx_domain::feed::{FeedKind, Market, Source};
use fx_domain::pair::Pair;
use fx_domain::rate::{EnrichedBatch, Origin, Published, Quality, Rate, Volatility};
use fx_service::{HealthRegistry, Shutdown};
use fx_sqlite::Sqlite;
use fx_store::alerts::{AlertStore, EngineStore, SqliteAlerts, TransitionQuery};
use fx_stream::embedded::EmbeddedLog;
use fx_stream::message::{self, Payload};
use fx_stream::{Log, Record, Start, Topic};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// Minutes after a Wednesday noon.
pub(crate) fn minute(minutes: i64) -> Timestamp {
    DateTime::from_timestamp(1_768_392_000, 0).expect("in range") + TimeDelta::minutes(minutes)
}

pub(crate) fn source(name: &str) -> Source {
    name.parse().expect("a source")
}

pub(crate) fn pair(id: &str) -> Pair {
    id.parse().expect("a pair")
}

/// A rate published as `figure` for `published`, stored as the market quotes it.
pub(crate) fn rate(published: &str, figure: &str, quality: Quality) -> Rate {
    let published = Published { pair: pair(published), price: Price::Mid(figure.parse().expect("a figure")) };
    let oriented = published.pair.orient();
    Rate {
        pair: oriented,
        sides: published.sides_of(oriented),
        origin: Origin::Published(Box::new(published)),
        precision_bp: 0.1,
        quality,
        reason: None,
        volatility: Volatility::default(),
        older_leg_ts: None,
    }
}

/// A table of `feed` at a minute, fetched then.
pub(crate) fn table(feed: &str, at: i64, rates: Vec<Rate>) -> EnrichedBatch {
    EnrichedBatch {
        source: source(feed),
        kind: FeedKind::Table,
        market: Market::Spot,
        source_ts: minute(at),
        fetched_at: minute(at),
        ingested_at: minute(at),
        rates,
        status: None,
    }
}

pub(crate) fn eurusd(at: i64, figure: &str) -> EnrichedBatch {
    table("ecb", at, vec![rate("EURUSD", figure, Quality::Ok)])
}

pub(crate) struct Fixture {
    folder: TempDir,
    clock: Arc<FixedClock>,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) store: SqliteAlerts,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::in_folder(tempfile::tempdir().expect("a folder"))
    }

    fn in_folder(folder: TempDir) -> Self {
        let file = Sqlite::open(folder.path()).expect("opens");
        let clock = Arc::new(FixedClock::new(minute(0)));
        let log = Arc::new(EmbeddedLog::try_new(file.clone(), clock.clone()).expect("migrates"));
        Self { folder, clock, log, store: SqliteAlerts::try_new(file).expect("migrates") }
    }

    /// The folder, once nobody has the file open.
    pub(crate) fn close(self) -> TempDir {
        self.folder
    }

    /// A copy of a folder that nobody has open.
    pub(crate) fn copy_of(folder: &Path) -> Self {
        let copy = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(folder).expect("reads") {
            let entry = entry.expect("reads");
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("copies");
        }
        Self::in_folder(copy)
    }

    pub(crate) async fn alert(&self, json: &str) -> Uuid {
        let rule = Rule::from_json(json.as_bytes()).expect("a rule");
        self.store.create(rule, minute(0), 1000).await.expect("is created").id
    }

    /// Appends batches when the last of them is fetched.
    pub(crate) async fn publish(&self, batches: &[EnrichedBatch]) {
        if let Some(at) = batches.iter().map(|batch| batch.fetched_at).max() {
            self.clock.set(at);
        }
        let records =
            batches.iter().flat_map(|batch| message::enriched_records(batch, 1, None).expect("encodes")).collect();
        self.publish_records(records).await;
    }

    pub(crate) async fn publish_records(&self, records: Vec<Record>) {
        self.log.publish(Topic::RatesEnriched, records).await.expect("publishes");
    }

    pub(crate) fn start(&self, feeds: &[&str], chunk: usize) -> Engine {
        self.start_with(Arc::new(self.store.clone()), feeds, chunk)
    }

    pub(crate) fn start_with(&self, store: Arc<dyn EngineStore>, feeds: &[&str], chunk: usize) -> Engine {
        let rank = |name: &&str| FeedRank { source: source(name), stale_after: TimeDelta::minutes(10) };
        self.start_ranked(store, feeds.iter().map(rank).collect(), chunk)
    }

    pub(crate) fn start_ranked(&self, store: Arc<dyn EngineStore>, feeds: Vec<FeedRank>, chunk: usize) -> Engine {
        let settings = Settings { feeds, chunk };
        let health = HealthRegistry::new(Arc::new(FixedClock::new(minute(0)))).component("alerts");
        let shutdown = Shutdown::new();
        let task = tokio::spawn(run(settings, Arc::clone(&self.log), store, health, shutdown.clone()));
        Engine { task, shutdown }
    }

    /// Whether the engine is at the end of the log and everything is published.
    pub(crate) async fn is_done(&self) -> bool {
        let is_read = self.store.open(0).await.expect("answers").next_offset == self.end_of(Topic::RatesEnriched).await;
        is_read && self.store.unpublished(1).await.expect("answers").is_empty()
    }

    /// Waits until the group shows in the log that everything is read.
    pub(crate) async fn no_lag(&self) {
        while self.is_behind().await {
            tokio::task::yield_now().await;
        }
    }

    pub(crate) async fn is_behind(&self) -> bool {
        let positions = self.log.positions(GROUP, Topic::RatesEnriched).await.expect("answers");
        positions.iter().any(|position| position.committed != Some(position.end))
    }

    pub(crate) async fn done(&self) {
        while !self.is_done().await {
            tokio::task::yield_now().await;
        }
    }

    /// Everything that happened, the oldest first.
    pub(crate) async fn history(&self) -> Vec<Transition> {
        let query = TransitionQuery {
            alert_id: None,
            pair: None,
            from: None,
            to: None,
            to_state: None,
            after: None,
            limit: 100_000,
        };
        let mut history = self.store.transitions(query).await.expect("reads").items;
        history.reverse();
        history
    }

    /// Waits until an alert has changed its state so many times, and answers to which states.
    pub(crate) async fn moves(&self, alert: Uuid, count: usize) -> Vec<State> {
        loop {
            let moves: Vec<_> = self.history().await.into_iter().filter(|it| it.alert_id == alert).collect();
            if moves.len() >= count {
                return moves.into_iter().map(|it| it.to).collect();
            }
            tokio::task::yield_now().await;
        }
    }

    /// What was published, in its order.
    pub(crate) async fn events(&self) -> Vec<Transition> {
        let end = self.end_of(Topic::AlertEvents).await;
        let mut follower = self.log.follow(Topic::AlertEvents, Start::Beginning).await.expect("follows");
        let mut events = Vec::new();
        while follower.positions()[0].1 < end {
            for message in follower.next().await.expect("answers") {
                let event = Transition::decode(&message.record.payload).expect("is a transition");
                assert_eq!(message.record.key, Some(event.alert_id.to_string()));
                events.push(event);
            }
        }
        events
    }

    pub(crate) async fn end_of(&self, topic: Topic) -> u64 {
        self.log.positions("nobody", topic).await.expect("answers")[0].end
    }
}

pub(crate) struct Engine {
    task: JoinHandle<Result<(), EngineError>>,
    shutdown: Shutdown,
}

impl Engine {
    /// Asks it to end, and waits.
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.task.await.expect("does not panic").expect("ends well");
    }

    /// Drops it wherever it is.
    pub(crate) async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.is_err_and(|error| error.is_cancelled()));
    }
}
