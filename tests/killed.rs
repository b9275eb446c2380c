//! `kill -9` at random moments of a replay: nothing is lost, nothing comes twice, no figure differs.

mod support;

use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Duration;

use fx_domain::rate::RateRecord;
use fx_sqlite::Sqlite;
use fx_store::rates::SqliteRates;
use serde_json::Value;
use support::{Service, expected, offline_and_empty, recorded, stored};

const KILLS: u64 = 20;

/// Whatever is stored there, but for when it entered the log.
fn rates_in(data_dir: &Path) -> Vec<RateRecord> {
    let store = SqliteRates::try_new(Sqlite::open(data_dir).expect("the file")).expect("a store");
    tokio::runtime::Runtime::new().expect("a runtime").block_on(stored::rates(&store, "ecb"))
}

/// A data directory with the same alerts as every other.
fn prepared() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let service = Service::start_with(folder.path(), &offline_and_empty(), &[]);
    stored::create(&service, &stored::alerts());
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
    expected::until_read(service);
    let transitions = stored::transitions(service);
    assert!(transitions.len() > 40, "the alerts have something to tell");
    transitions
}

#[test]
fn killed_twenty_times_at_random_a_replay_stores_the_same_as_undisturbed() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let calm = prepared();
    let service = replay(calm.path(), &file);
    let expected_transitions = finished(&service);
    service.stop();
    let expected = rates_in(calm.path());
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
    let have = rates_in(hunted.path());
    assert_eq!(have.len(), expected.len(), "seed {seed}");
    for (have, want) in have.iter().zip(&expected) {
        assert_eq!(have, want, "seed {seed}");
    }
}
