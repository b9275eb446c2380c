//! A new user's first start: real rates before any network, and a clear word where something is wrong.

mod support;

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use serde_json::{Value, json};
use support::{OFFLINE, PATIENCE, Service, command, look_again, offline_and_empty, recorded};

#[test]
fn a_first_start_shows_the_bundled_rates_of_the_ecb_and_says_that_nothing_live_has_arrived() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let service = Service::start_with(folder.path(), OFFLINE, &[]);
    let newest = |rates: &Value| {
        rates["count"] == 36
            && rates["rates"]
                .as_array()
                .is_some_and(|all| all.iter().all(|rate| rate["source_ts"] == "2026-10-30T15:00:00Z"))
    };
    let rates = service.until("/rates", newest);
    let rates = rates["rates"].as_array().expect("rates");
    assert!(rates.iter().all(|rate| rate["source"] == "ecb"));
    assert_eq!(rates.iter().filter(|rate| rate["derived"] == true).count(), 28);
    let euro = service.get("/rates/EURUSD");
    assert_eq!(euro["mid"], json!(1.1172));
    assert_eq!(euro["published"], json!({"pair": "EURUSD", "mid": 1.1172, "scale": 4}));
    assert!(euro["volatility"]["realized_vol"].is_f64());
    let feeds = service.until("/feeds", |feeds| {
        feeds["feeds"]
            .as_array()
            .is_some_and(|feeds| feeds.iter().any(|feed| feed["name"] == "ecb" && feed["last_source_ts"].is_string()))
    });
    for feed in feeds["feeds"].as_array().expect("feeds") {
        assert_ne!(feed["state"], "live", "{feed}");
    }
    assert_eq!(service.get("/rates/USDEUR")["pair"], "USDEUR");
    for pair in ["EURUSD", "CNYINR"] {
        let path = format!("/rates/{pair}/history?order=desc&limit=1");
        service.until(&path, |page| page["points"][0]["source_ts"] == "2026-10-30T15:00:00Z");
    }
    service.stop();
    let service = Service::start_with(folder.path(), OFFLINE, &[]);
    assert!(newest(&service.get("/rates")), "a second start has them at once");
    let points = service.pages("/rates/EURUSD/history?limit=1000", "points");
    assert_eq!(points.len(), 510, "and loads nothing twice");
}

#[test]
fn an_alert_fires_once_per_episode_and_says_the_rates_own_time() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let folder = tempfile::tempdir().expect("a scratch folder");
    let service = Service::start_with(folder.path(), &offline_and_empty(), &[]);
    let alert = r#"{"name":"line","pair":"EUR/USD","condition":"above","threshold":1.5}"#;
    let (status, created) = service.send(reqwest::Method::POST, "/alerts", Some(alert));
    assert_eq!(status, 201, "{created}");
    service.stop();
    let args = ["--replay", &file.to_string_lossy(), "--speed", "max"];
    let service = Service::start_with(folder.path(), &offline_and_empty(), &args);
    service.until("/alerts/history?limit=1000", |history| {
        history["transitions"].as_array().is_some_and(|all| {
            all.iter().any(|one| {
                one["to"] == "normal" && one["source_ts"].as_str().is_some_and(|at| at.starts_with("2009-12-07"))
            })
        })
    });
    let transitions = service.pages("/alerts/history?limit=1000", "transitions");
    let firings: Vec<&Value> = transitions.iter().filter(|one| one["to"] == "firing").collect();
    // The days on which the fixing went above 1.5, read off the file.
    let mut days: Vec<&str> = firings.iter().filter_map(|one| one["source_ts"].as_str()).map(|at| &at[..10]).collect();
    days.sort_unstable();
    assert_eq!(days, ABOVE_SINCE);
    for firing in firings {
        assert_eq!(
            (&firing["pair"], &firing["source"], &firing["alert_name"]),
            (&json!("EURUSD"), &json!("ecb"), &json!("line"))
        );
        assert!(firing["value"].as_f64().is_some_and(|value| value > 1.5));
    }
}

const ABOVE_SINCE: [&str; 5] = ["2008-02-27", "2009-10-23", "2009-11-11", "2009-11-25", "2009-11-30"];

fn refused(data_dir: &Path, args: &[&str]) -> (i32, String) {
    refused_on("127.0.0.1:0", data_dir, args)
}

fn refused_on(listen: &str, data_dir: &Path, args: &[&str]) -> (i32, String) {
    let mut child = command(data_dir, listen).args(args).stderr(Stdio::piped()).spawn().expect("the program starts");
    let begun = Instant::now();
    while child.try_wait().expect("it can be asked").is_none() {
        if begun.elapsed() > PATIENCE {
            child.kill().expect("it runs");
        }
        look_again();
    }
    let output = child.wait_with_output().expect("it has ended");
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn what_cannot_be_started_says_why_in_one_clear_line() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    };
    let typo = file("typo.toml", "[api]\nlisten_to = \"127.0.0.1:8000\"\n");
    let (code, error) = refused(folder.path(), &["--config", &typo]);
    assert!(code == 1 && error.contains("listen_to") && error.contains("typo.toml"), "{code} {error}");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let config = file("taken.toml", OFFLINE);
    let (code, error) = refused_on(&address, &folder.path().join("a"), &["--config", &config]);
    assert!(code == 1 && error.contains(&address) && error.contains("in use"), "{code} {error}");

    let below_a_file = folder.path().join("typo.toml").join("data");
    let (code, error) = refused(&below_a_file, &["--config", &config]);
    assert!(code == 1 && error.contains("data directory") && error.contains("typo.toml/data"), "{code} {error}");

    let other = folder.path().join("b");
    std::fs::create_dir(&other).expect("made");
    std::fs::write(
        other.join("fx-monitor.db"),
        "a diary, and no database, of more than a hundred bytes, so that it is long enough to be looked at as one",
    )
    .expect("written");
    let (code, error) = refused(&other, &["--config", &config]);
    assert!(code == 1 && error.contains("fx-monitor.db is not a SQLite file of fx-monitor"), "{code} {error}");

    let first = Service::start_with(folder.path(), OFFLINE, &[]);
    let (code, error) = refused(folder.path(), &["--config", &config]);
    assert!(code == 1 && error.contains("in use by another fx-monitor"), "{code} {error}");
    first.stop();

    let recording = file("recording.csv", "Date,USD,JPY,\n2026-13-32,1.1172,175.68,\n");
    let (code, error) = refused(&folder.path().join("c"), &["--replay", &recording, "--speed", "max"]);
    assert!(code == 1 && error.contains("recording.csv") && error.contains("2026-13-32"), "{code} {error}");
}
