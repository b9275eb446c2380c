//! What one undisturbed process makes of a recording, by which every other run is measured.

use std::path::{Path, PathBuf};

use fx_domain::alert::Rule;
use fx_domain::clock::{Clock, SystemClock};
use fx_domain::rate::RateRecord;
use fx_sqlite::Sqlite;
use fx_store::alerts::{AlertStore, SqliteAlerts};
use fx_store::rates::{RateStore, SqliteRates};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::world::World;
use super::{Api, Service, look_again, offline_and_empty, stored};

/// A recording, and how it is replayed.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    pub(crate) source: &'static str,
    pub(crate) file: PathBuf,
    pub(crate) args: &'static [&'static str],
}

/// Everything that follows from some recordings.
pub(crate) struct Expected {
    recordings: Vec<Recording>,
    pub(crate) rates: Vec<RateRecord>,
    latest: Vec<RateRecord>,
    pub(crate) transitions: Vec<Value>,
}

impl Expected {
    /// Replays the recordings one after another in one process, with these alerts.
    pub(crate) fn of(recordings: &[Recording], alerts: &[Value]) -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        create(folder.path(), alerts);
        let mut transitions = Vec::new();
        for Recording { source, file, args } in recordings {
            let file = file.to_string_lossy();
            let args = [&["--replay", &file, "--speed", "max"], *args].concat();
            let service = Service::start_with(folder.path(), &offline_and_empty(), &args);
            until_replayed(&service, source);
            until_read(&service);
            transitions = stored::transitions(&service);
            service.stop();
        }
        let (rates, latest) = read(folder.path(), recordings);
        Self { recordings: recordings.to_vec(), rates, latest, transitions }
    }

    /// Whether the world holds the same figures and the same episodes, each exactly once.
    pub(crate) fn must_equal(&self, world: &World, api: &Api, context: &str) {
        let store = world.store();
        let cache = world.cache();
        let (have, latest) = world.runtime.block_on(async {
            let mut rates = Vec::new();
            for Recording { source, .. } in &self.recordings {
                rates.extend(stored::rates(store.rates().as_ref(), source).await);
            }
            (rates, fx_cache::LatestRates::rates(&cache).await.expect("the cache answers"))
        });
        let differ = have.iter().zip(&self.rates).find(|(have, want)| have != want);
        assert_eq!(differ, None, "a stored figure differs, {context}");
        assert_eq!(have.len(), self.rates.len(), "stored rates, {context}");
        let latest = latest.iter().filter_map(|latest| latest.accepted.clone()).map(stored::without_entry).collect();
        assert_eq!(sorted(latest), self.latest, "the latest rates in the cache, {context}");
        self.must_have_happened(api, context);
    }

    /// Whether a service shows the same history of some pairs, the same latest rates, and the same episodes.
    pub(crate) fn must_be_shown(&self, api: &Api, context: &str) {
        for pair in ["EURUSD", "USDJPY", "CHFJPY", "CNYINR"] {
            let points = api.pages(&format!("/rates/{pair}/history?limit=1000&order=asc"), "points");
            let point = |record: &RateRecord| (record.rate.sides.mid, record.rate.volatility.ewma_vol);
            let of_pair = self.rates.iter().filter(|record| record.rate.pair.to_string() == pair);
            let want: Vec<_> = of_pair.map(point).collect();
            let have = points.iter().map(|point| (point["mid"].as_f64().unwrap_or(0.0), point["ewma_vol"].as_f64()));
            let have: Vec<_> = have.collect();
            assert!(have == want, "the history of {pair} differs, {context}");
            assert_eq!(api.get(&format!("/rates/{pair}"))["mid"].as_f64(), want.last().map(|last| last.0), "{context}");
        }
        self.must_have_happened(api, context);
    }

    fn must_have_happened(&self, api: &Api, context: &str) {
        let transitions = stored::transitions(api);
        let differ = transitions.iter().zip(&self.transitions).find(|(have, want)| have != want);
        assert_eq!(differ, None, "an episode differs, {context}");
        assert_eq!(transitions.len(), self.transitions.len(), "transitions, {context}");
    }
}

/// Not by a service, whose feeds would bring the log's time to today.
fn create(folder: &Path, alerts: &[Value]) {
    let store = SqliteAlerts::try_new(Sqlite::open(folder).expect("a file")).expect("a store");
    let create = async {
        for alert in alerts {
            let rule = Rule::from_json(alert.to_string().as_bytes()).expect("a rule");
            store.create(rule, SystemClock.now(), 100).await.expect("it is kept");
        }
    };
    Runtime::new().expect("a runtime").block_on(create);
}

fn read(folder: &Path, recordings: &[Recording]) -> (Vec<RateRecord>, Vec<RateRecord>) {
    let store = SqliteRates::try_new(Sqlite::open(folder).expect("the file")).expect("a store");
    Runtime::new().expect("a runtime").block_on(async {
        let mut rates = Vec::new();
        for Recording { source, .. } in recordings {
            rates.extend(stored::rates(&store, source).await);
        }
        let latest = store.latest().await.expect("the store answers").into_iter();
        let accepted = latest.filter(|record| record.rate.quality != fx_domain::rate::Quality::Suspect);
        (rates, sorted(accepted.map(stored::without_entry).collect()))
    })
}

fn sorted(mut records: Vec<RateRecord>) -> Vec<RateRecord> {
    records.sort_by(|a, b| (a.rate.pair, &a.source).cmp(&(b.rate.pair, &b.source)));
    records
}

/// Waits until the recording is in the log to its end.
pub(crate) fn until_replayed(service: &Service, source: &str) {
    let feed = format!("/components/feed-{source}/detail");
    let is_replayed = |health: &Value| {
        health.pointer(&feed).and_then(Value::as_str).is_some_and(|detail| detail.starts_with("replayed to the end"))
    };
    service.until("/health", is_replayed);
}

/// Waits until no group of an embedded log has anything left to read; Kafka's own figures of this come a second late.
pub(crate) fn until_read(service: &Service) {
    let begun = std::time::Instant::now();
    loop {
        let metrics = service.text("/metrics");
        let lags: Vec<&str> = metrics.lines().filter(|line| line.starts_with("fx_stream_lag_messages{")).collect();
        if lags.len() >= 4 && lags.iter().all(|line| line.ends_with(" 0")) {
            return;
        }
        assert!(begun.elapsed() < 3 * super::PATIENCE, "{lags:?}");
        look_again();
    }
}
