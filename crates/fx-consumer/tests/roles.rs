//! The roles together, on the embedded log and store: what is stored is the same however often they are cut off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use fx_cache::{CacheError, FeedSnapshot, Latest, LatestRates, Memory};
use fx_consumer::{cache, enrich, history};
use fx_domain::batch::{Batch, Price, Quote};
use fx_domain::clock::{FixedClock, SystemClock, Timestamp};
use fx_domain::enrich::EnrichSettings;
use fx_domain::feed::{FeedKind, FeedState, FeedStatus, Market, Source};
use fx_domain::pair::{Pair, all_pairs};
use fx_domain::rate::{Quality, RateRecord};
use fx_service::{HealthRegistry, Shutdown};
use fx_sqlite::Sqlite;
use fx_store::rates::{HistoryQuery, Order, RateStore, SqliteRates};
use fx_stream::embedded::EmbeddedLog;
use fx_stream::message::rates_record;
use fx_stream::{Log, Record, Start, Topic};
use tokio::task::JoinSet;

const CODES: [&str; 4] = ["EUR", "GBP", "JPY", "CHF"];

struct World {
    _folder: tempfile::TempDir,
    log: Arc<dyn Log>,
    store: Arc<dyn RateStore>,
    cache: Arc<Memory>,
    health: HealthRegistry,
}

fn world() -> World {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = Sqlite::open(folder.path()).expect("a new file");
    let clock = Arc::new(FixedClock::new(at(0)));
    World {
        log: Arc::new(EmbeddedLog::try_new(file.clone(), clock).expect("a new log")),
        store: Arc::new(SqliteRates::try_new(file).expect("a new store")),
        cache: Arc::new(Memory::default()),
        health: HealthRegistry::new(Arc::new(SystemClock)),
        _folder: folder,
    }
}

impl World {
    fn settings() -> enrich::Settings {
        enrich::Settings {
            enrich: EnrichSettings::default(),
            state_every_batches: 37,
            state_every: Duration::from_hours(1),
        }
    }

    fn start(&self, shutdown: &Shutdown) -> JoinSet<()> {
        self.start_with(self.cache.clone(), shutdown)
    }

    fn start_with(&self, cache: Arc<dyn LatestRates>, shutdown: &Shutdown) -> JoinSet<()> {
        let mut roles = JoinSet::new();
        let part = |name: &str| (Arc::clone(&self.log), self.health.component(name), shutdown.clone());
        let (log, health, stop) = part("enrich");
        roles.spawn(async move { enrich::run(Self::settings(), log, health, stop).await.expect("the log answers") });
        let (log, health, stop) = part("history");
        let store = Arc::clone(&self.store);
        roles.spawn(async move { history::run(log, store, health, stop).await.expect("the log answers") });
        let (log, health, stop) = part("cache");
        let store = Arc::clone(&self.store);
        roles.spawn(async move { cache::run(log, store, cache, health, stop).await.expect("the log answers") });
        roles
    }

    /// Until every group has read everything.
    async fn drained(&self) {
        for (group, topic) in [
            (enrich::GROUP, Topic::Rates),
            (history::GROUP, Topic::RatesEnriched),
            (cache::GROUP, Topic::RatesEnriched),
        ] {
            loop {
                let position = self.log.positions(group, topic).await.expect("the log answers")[0];
                if position.committed.unwrap_or(0) == position.end {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
    }

    async fn stored(&self) -> Vec<RateRecord> {
        let currencies: Vec<_> = CODES.iter().chain(&["USD"]).map(|code| code.parse().expect("a currency")).collect();
        let mut stored = Vec::new();
        for pair in all_pairs(&currencies) {
            stored.extend(self.history(pair).await);
        }
        stored
    }

    async fn history(&self, pair: Pair) -> Vec<RateRecord> {
        let query = HistoryQuery {
            source: source(),
            pair,
            from: None,
            to: None,
            order: Order::Ascending,
            after: None,
            limit: 10_000,
        };
        self.store.history(query).await.expect("the store answers")
    }
}

fn source() -> Source {
    "test".parse().expect("a source")
}

fn at(day: i64) -> Timestamp {
    "2024-01-01T12:00:00Z".parse::<Timestamp>().expect("a time") + TimeDelta::days(day)
}

/// A table a day, now and then a corrected, a late, a repeated one, and for a while one that is ten times too high.
fn batches(days: i64) -> Vec<Batch> {
    let mut state = 42u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut batches: Vec<Batch> = Vec::new();
    for day in 0..days {
        let shift = if matches!(day % 100, 40..42 | 70..75) { 10 } else { 1 };
        let figure = |level: u64| format!("{}.{:04}", level * shift / 10_000, level * shift % 10_000);
        let quotes = CODES.iter().zip([9_000, 7_700, 1_480_000, 8_700]).map(|(code, level)| Quote {
            code: code.parse().expect("a currency"),
            price: Price::Mid(figure(level + random(level / 50)).parse().expect("a figure")),
        });
        let batch = Batch {
            source: source(),
            kind: FeedKind::Table,
            market: Market::Spot,
            base: "USD".parse().expect("a currency"),
            source_ts: at(day),
            fetched_at: at(day),
            quotes: quotes.collect(),
            publishes: Vec::new(),
            status: Some(FeedStatus::new(FeedState::Live)),
        };
        match random(10) {
            0 => batches.push(Batch { source_ts: at(day) - TimeDelta::hours(30), ..batch.clone() }),
            1 => batches.extend([batch.clone(), batch.clone()]),
            2 => batches.push(Batch { fetched_at: at(day) + TimeDelta::hours(1), ..batch.clone() }),
            _ => {}
        }
        batches.push(batch);
    }
    batches
}

async fn publish(world: &World, batches: &[Batch]) {
    let records = batches.iter().map(|batch| rates_record(batch).expect("plain data")).collect();
    world.log.publish(Topic::Rates, records).await.expect("the log answers");
}

async fn undisturbed(batches: &[Batch]) -> Vec<RateRecord> {
    let world = world();
    publish(&world, batches).await;
    let shutdown = Shutdown::new();
    let roles = world.start(&shutdown);
    world.drained().await;
    shutdown.request();
    roles.join_all().await;
    world.stored().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_off_at_any_point_every_stored_figure_is_the_same() {
    let batches = batches(400);
    let expected = undisturbed(&batches).await;
    assert!(expected.iter().any(|record| record.rate.quality == Quality::Suspect));
    let world = world();
    for (life, chunk) in batches.chunks(23).enumerate() {
        let mut roles = world.start(&Shutdown::new());
        publish(&world, chunk).await;
        // Each life is cut off after a different amount of work, wherever it happens to be.
        for _ in 0..life * 7 % 40 {
            tokio::task::yield_now().await;
        }
        roles.shutdown().await;
    }
    let shutdown = Shutdown::new();
    let roles = world.start(&shutdown);
    world.drained().await;
    shutdown.request();
    roles.join_all().await;
    assert_eq!(world.stored().await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_writes_the_state_so_that_the_next_life_replays_nothing() {
    let world = world();
    publish(&world, &batches(50)).await;
    let shutdown = Shutdown::new();
    let roles = world.start(&shutdown);
    world.drained().await;
    shutdown.request();
    roles.join_all().await;
    let end = world.log.positions(enrich::GROUP, Topic::Rates).await.expect("the log answers")[0].end;
    let state = world.log.newest(Topic::State, "test").await.expect("the log answers").expect("there is a state");
    let state = String::from_utf8(state.record.payload.to_vec()).expect("JSON");
    assert!(state.contains(&format!(r#""offset":{end},"#)), "{}", &state[..200]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_read_goes_to_the_dead_letters_and_the_rest_goes_on() {
    let world = world();
    let rubbish = ["not JSON", r#"{"v":2,"source":"test"}"#, r#"{"v":1,"source":"test","quotes":[]}"#, "\u{0}\u{1}"];
    let records = rubbish.iter().map(|payload| Record { payload: payload.as_bytes().into(), ..Record::default() });
    world.log.publish(Topic::Rates, records.collect()).await.expect("the log answers");
    publish(&world, &batches(1)).await;
    let shutdown = Shutdown::new();
    let roles = world.start(&shutdown);
    world.drained().await;
    shutdown.request();
    roles.join_all().await;
    assert_eq!(world.stored().await.len(), 10);
    let mut letters = world.log.follow(Topic::RatesDlq, Start::Beginning).await.expect("follows");
    let letters = letters.next().await.expect("the log answers");
    assert_eq!(
        letters.iter().map(|letter| letter.record.payload.as_ref()).collect::<Vec<_>>(),
        rubbish.map(str::as_bytes)
    );
    let reasons: Vec<_> = letters.iter().map(|letter| letter.record.header("fx-reason").expect("a reason")).collect();
    assert_eq!(reasons, ["unreadable", "version", "unreadable", "unreadable"]);
    assert_eq!(letters[1].record.header("fx-offset"), Some("1"));
    assert_eq!(letters[1].record.header("fx-topic"), Some("fx-rates"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emptied_cache_is_filled_from_the_history_and_goes_on_from_there() {
    let mut world = world();
    publish(&world, &batches(60)).await;
    let shutdown = Shutdown::new();
    let roles = world.start(&shutdown);
    world.drained().await;
    shutdown.request();
    roles.join_all().await;
    let before = world.cache.rates().await.expect("answers");
    assert_eq!(world.cache.feeds().await.expect("answers")[0].status, Some(FeedStatus::new(FeedState::Live)));

    world.cache = Arc::default();
    let shutdown = Shutdown::new();
    let roles = world.start(&shutdown);
    let filled = async {
        while world.cache.rates().await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), filled).await.expect("it is filled, although the log has nothing new");
    assert_eq!(world.cache.rates().await.expect("answers"), before);
    shutdown.request();
    roles.join_all().await;
}

/// A cache that is emptied just before the first rates come, and filled again by somebody else just after.
struct FilledByAnother {
    memory: Arc<Memory>,
    is_due: AtomicBool,
}

#[async_trait]
impl LatestRates for FilledByAnother {
    async fn check(&self) -> Result<(), CacheError> {
        self.memory.check().await
    }

    async fn is_warm(&self, partitions: &[u32]) -> Result<bool, CacheError> {
        self.memory.is_warm(partitions).await
    }

    async fn fill(&self, partitions: &[u32], records: Vec<RateRecord>) -> Result<(), CacheError> {
        self.memory.fill(partitions, records).await
    }

    async fn put_rates(&self, partitions: &[u32], records: Vec<RateRecord>) -> Result<(), CacheError> {
        if self.is_due.swap(false, Ordering::SeqCst) {
            return Err(CacheError::Cold);
        }
        self.memory.put_rates(partitions, records).await
    }

    async fn put_feeds(&self, partitions: &[u32], feeds: Vec<FeedSnapshot>) -> Result<(), CacheError> {
        self.memory.put_feeds(partitions, feeds).await
    }

    async fn rates(&self) -> Result<Arc<Vec<Latest>>, CacheError> {
        self.memory.rates().await
    }

    async fn feeds(&self) -> Result<Vec<FeedSnapshot>, CacheError> {
        self.memory.feeds().await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cache_that_another_has_filled_meanwhile_gets_what_was_in_hand() {
    let world = world();
    world.cache.fill(&[0], Vec::new()).await.expect("filled");
    let cache = FilledByAnother { memory: Arc::clone(&world.cache), is_due: AtomicBool::new(true) };
    publish(&world, &batches(1)).await;
    let shutdown = Shutdown::new();
    let roles = world.start_with(Arc::new(cache), &shutdown);
    world.drained().await;
    shutdown.request();
    roles.join_all().await;
    assert_eq!(world.cache.rates().await.expect("it is warm").len(), 10);
}
