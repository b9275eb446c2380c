//! `kill -9` at random moments of a replay: nothing is lost, nothing comes twice, no figure differs.

mod support;

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Duration;

use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::pair::all_pairs;
use fx_domain::rate::RateRecord;
use fx_sqlite::Sqlite;
use fx_store::rates::{HistoryQuery, Order, RateStore, SqliteRates};
use serde_json::{Value, json};
use support::{Service, look_again, offline_and_empty, recorded};

const KILLS: u64 = 20;
const CODES: [&str; 9] = ["EUR", "GBP", "AUD", "USD", "CAD", "CHF", "CNY", "JPY", "INR"];

/// Whatever is stored, but for when it entered the log.
fn stored(data_dir: &Path) -> Vec<RateRecord> {
    let store = SqliteRates::try_new(Sqlite::open(data_dir).expect("the file")).expect("a store");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let currencies = CODES.map(|code| code.parse::<Currency>().expect("a currency"));
    let mut records = Vec::new();
    for pair in all_pairs(&currencies) {
        let source = "ecb".parse().expect("a source");
        let query =
            HistoryQuery { source, pair, from: None, to: None, order: Order::Ascending, after: None, limit: u32::MAX };
        records.extend(runtime.block_on(store.history(query)).expect("the store answers"));
    }
    let epoch = Timestamp::UNIX_EPOCH;
    records.into_iter().map(|record| RateRecord { ingested_at: epoch, ..record }).collect()
}

/// A data directory with the same alerts as every other.
fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let service = Service::start_with(folder.path(), &offline_and_empty(), &[]);
    for alert in [
        json!({"name": "a", "pair": "EURUSD", "condition": {"kind": "above", "threshold": 1.3}, "clear_threshold": 1.28}),
        json!({"name": "b", "pair": "EURUSD", "condition": {"kind": "crosses", "threshold": 1.2}, "cooldown": "10d"}),
        json!({"name": "c", "pair": "USDJPY", "condition": {"kind": "below", "threshold": 100}, "for": "2d", "min_updates": 3}),
        json!({"name": "d", "pairs": ["*"], "condition": {"kind": "crosses_up", "threshold": 1.5}}),
    ] {
        let (status, answer) = service.send(reqwest::Method::POST, "/alerts", Some(&alert.to_string()));
        assert_eq!(status, 201, "{answer}");
    }
    service.stop();
    folder
}

fn replay(folder: &Path, file: &Path) -> Service {
    Service::start_with(folder, &offline_and_empty(), &["--replay", &file.to_string_lossy(), "--speed", "max"])
}

/// The transitions without what differs from run to run, once the engine has read everything.
fn finished(service: &Service) -> Vec<Value> {
    service.until("/rates/EURUSD/history?order=desc&limit=1", |page| {
        page["points"][0]["source_ts"] == "2026-10-30T15:00:00Z"
    });
    drained(service);
    let mut transitions = service.pages("/alerts/history?limit=1000", "transitions");
    let ids: std::collections::BTreeSet<String> = transitions.iter().map(|one| one["id"].to_string()).collect();
    assert_eq!(ids.len(), transitions.len(), "no transition comes twice");
    let mut opened: Vec<String> = Vec::new();
    for transition in &transitions {
        if transition["to"] == "firing" && transition["from"] != "recovering" {
            opened.push(transition["episode_id"].to_string());
        }
    }
    let episodes: std::collections::BTreeSet<&String> = opened.iter().collect();
    assert_eq!(episodes.len(), opened.len(), "every episode fires exactly once");
    assert!(opened.len() > 20, "the alerts have something to tell");
    for transition in &mut transitions {
        for varying in ["id", "alert_id", "episode_id", "at"] {
            transition.as_object_mut().expect("an object").remove(varying);
        }
    }
    transitions.sort_by_key(ToString::to_string);
    transitions
}

/// Until no group has anything left to read.
fn drained(service: &Service) {
    let begun = std::time::Instant::now();
    loop {
        let metrics = service.text("/metrics");
        let lags: Vec<&str> = metrics.lines().filter(|line| line.starts_with("fx_stream_lag_messages{")).collect();
        if lags.len() >= 4 && lags.iter().all(|line| line.ends_with(" 0")) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(5), "{lags:?}");
        look_again();
    }
}

#[test]
fn killed_twenty_times_at_random_a_replay_stores_the_same_as_undisturbed() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let calm = prepared();
    let service = replay(calm.path(), &file);
    let expected_transitions = finished(&service);
    service.stop();
    let expected = stored(calm.path());
    assert!(expected.len() > 200_000);

    let seed = RandomState::new().hash_one(std::process::id());
    eprintln!("seed {seed}");
    let mut state = seed;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let hunted = prepared();
    for kill in 0..KILLS {
        let service = replay(hunted.path(), &file);
        // Spread over the recording, and within each part at a random moment.
        let day =
            chrono::NaiveDate::from_ymd_opt(1999, 1, 4).expect("a date") + chrono::Days::new(kill * 10_100 / KILLS);
        let reached =
            |page: &Value| page["points"][0]["source_ts"].as_str().is_some_and(|at| at > day.to_string().as_str());
        if kill > 0 {
            service.until("/rates/EURUSD/history?order=desc&limit=1", reached);
        }
        let moment = std::time::Instant::now() + Duration::from_micros(random(60_000));
        while std::time::Instant::now() < moment {
            std::hint::spin_loop();
        }
        service.kill();
    }
    let service = replay(hunted.path(), &file);
    let transitions = finished(&service);
    service.stop();
    let differ = transitions.iter().zip(&expected_transitions).find(|(have, want)| have != want);
    assert_eq!(differ, None, "an episode differs, seed {seed}");
    assert_eq!(transitions.len(), expected_transitions.len(), "seed {seed}");
    let have = stored(hunted.path());
    assert_eq!(have.len(), expected.len(), "seed {seed}");
    for (have, want) in have.iter().zip(&expected) {
        assert_eq!(have, want, "seed {seed}");
    }
}
