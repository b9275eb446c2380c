//! Alerts, channels and deliveries looked after from a shell, on a real service.

mod support;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use support::{Service, expected, offline_and_empty, stored};

/// What a command did that is to succeed.
fn run(service: &Service, args: &[&str]) -> String {
    let Output { status, stdout, stderr } = fx_monitor(service, args);
    assert!(status.success(), "{args:?}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).expect("text")
}

fn fx_monitor(service: &Service, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fx-monitor"));
    command.args(args).args(["--url", service.url()]).env("USER", "ada").output().expect("it runs")
}

fn json_of(service: &Service, args: &[&str]) -> Value {
    serde_json::from_str(&run(service, &[args, &["--output", "json"]].concat())).expect("JSON")
}

/// Two years of the ECB, replayed to their end.
fn replayed(folder: &Path) -> (Service, PathBuf) {
    let file = folder.join("ecb.csv");
    let compressed = include_bytes!("../crates/fx-producer/bundled/ecb-2y.csv.gz");
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut text).expect("readable");
    std::fs::write(&file, text).expect("written");
    let data_dir = folder.join("data");
    std::fs::create_dir(&data_dir).expect("a folder");
    let args = ["--replay", file.to_str().expect("UTF-8"), "--speed", "max"];
    let service = Service::start_with(&data_dir, &offline_and_empty(), &args);
    expected::until_replayed(&service, "ecb");
    expected::until_read(&service);
    (service, file)
}

fn alerts() -> Vec<Value> {
    vec![
        json!({"name": "parity", "pairs": ["EURUSD", "CHF/EUR"], "condition": {"kind": "above", "threshold": 1.1},
            "clear_threshold": 1.095, "for": "10m", "channels": ["log"], "note": "two\nlines"}),
        json!({"name": "yen", "pair": "USDJPY", "condition": {"kind": "change_pct", "percent": 2.5, "window": "7d",
            "direction": "either"}, "severity": "critical", "expires_at": "2999-01-01T00:00:00Z", "rebase_on_fire": true}),
        json!({"name": "quiet", "pairs": ["*"], "condition": {"kind": "divergence", "sources": ["ecb", "kraken"], "bp": 12},
            "repeat_every": "1d", "once": true}),
    ]
}

#[test]
fn alerts_live_in_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start_with(folder.path(), &offline_and_empty(), &[]);
    run(&service, &["channels", "create", "log", "--file", "alerts.jsonl"]);
    stored::create(&service, &alerts());
    let file = folder.path().join("alerts.toml");
    let path = file.to_str().expect("UTF-8");
    let apply = |more: &[&str]| run(&service, &[&["alerts", "apply", path], more].concat());

    // What is exported is what is there, in both languages.
    let toml = run(&service, &["alerts", "export"]);
    for text in [run(&service, &["alerts", "export", "--output", "json"]), toml.clone()] {
        std::fs::write(&file, text).expect("written");
        assert_eq!(apply(&["--yes", "--prune"]), "nothing to change\n");
    }
    let before = json_of(&service, &["alerts", "list"]);

    // The difference is shown, and nothing done.
    let quiet = toml.find("[[alerts]]\nname = \"quiet\"").expect("is there");
    let yen = toml.find("[[alerts]]\nname = \"yen\"").expect("is there");
    let new = "[[alerts]]\nname = \"pound\"\npair = \"GBP/USD\"\ncondition = \"below\"\nthreshold = 1.2\n";
    let changed = toml[..quiet].replace("threshold = 1.1 ", "threshold = 1.12 ").replace("for = \"10m\"\n", "");
    std::fs::write(&file, format!("{changed}{}{new}", &toml[yen..])).expect("written");
    let difference = "create pound: {\"condition\":{\"kind\":\"below\",\"threshold\":1.2},\"name\":\"pound\",\
                      \"pairs\":[\"GBPUSD\"]}\nchange parity:\n  condition.threshold 1.1 → 1.12\n  for \"10m\" → null\n";
    let kept = "1 not in the file, kept (`--prune` removes what is not in it)\n";
    assert_eq!(apply(&[]), format!("{difference}{kept}2 to change, `--yes` does it\n"));
    assert_eq!(apply(&["--prune"]), format!("{difference}remove quiet\n3 to change, `--yes` does it\n"));
    assert_eq!(json_of(&service, &["alerts", "list"]), before);

    let done = format!("{difference}remove quiet\ncreated pound\nchanged parity\nremoved quiet\n");
    assert_eq!(apply(&["--yes", "--prune"]), done);
    assert_eq!(apply(&["--prune"]), "nothing to change\n");
    let after = json_of(&service, &["alerts", "list"]);
    let names: Vec<_> = after["alerts"].as_array().expect("alerts").iter().map(|alert| &alert["name"]).collect();
    assert_eq!(names, ["pound", "yen", "parity"]);
    service.stop();
}

#[test]
fn a_wrong_file_says_everything_that_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = Service::start_with(folder.path(), &offline_and_empty(), &[]);
    let file = folder.path().join("alerts.toml");
    let text = "[[alerts]]\nname = \"a\"\npair = \"EURXXX\"\ncondition = { kind = \"above\", threshold = -1 }\n\n\
                [[alerts]]\nname = \"a\"\npair = \"EURUSD\"\ncondition = \"above\"\nthreshold = 1.1\ncolour = \"red\"\n\n\
                [[alerts]]\npair = \"EURUSD\"\ncondition = \"above\"\nthreshold = 1.1\n";
    std::fs::write(&file, text).expect("written");
    let path = file.to_str().expect("UTF-8");
    let Output { status, stdout, stderr } = fx_monitor(&service, &["alerts", "apply", path, "--yes"]);
    assert_eq!((status.code(), stdout.as_slice()), (Some(1), &b""[..]));
    let told = String::from_utf8(stderr).expect("text");
    let places: Vec<&str> =
        told.lines().filter_map(|line| line.strip_prefix("fx-monitor: ")?.strip_prefix(path)).collect();
    let places: Vec<&str> =
        places.iter().map(|line| line.split_at(line.match_indices(' ').nth(1).expect("words").0).0).collect();
    let wanted = [
        ":1: /alerts/0/pair",
        ":1: /alerts/0/condition/threshold",
        ":6: /alerts/1/colour",
        ":6: /alerts/1/name",
        ":13: /alerts/2/name",
    ];
    assert_eq!(places, wanted, "{told}");
    assert_eq!(json_of(&service, &["alerts", "list"])["count"], 0);
}

#[test]
fn a_rule_is_tried_on_the_history_and_on_the_recording_with_the_same_figures() {
    let folder = tempfile::tempdir().expect("a folder");
    let (service, recording) = replayed(folder.path());
    let rules = [
        json!({"pair": "EURUSD", "condition": {"kind": "above", "threshold": 1.1}, "clear_threshold": 1.09}),
        json!({"pairs": ["*"], "condition": {"kind": "change_pct", "percent": 1.5, "window": "7d", "direction": "either"}}),
        json!({"pairs": ["JPYUSD", "GBPUSD"], "condition": {"kind": "zscore", "updates": 20, "threshold": 3}, "cooldown": "2d"}),
        json!({"pairs": ["*"], "condition": {"kind": "volatility_above", "measure": "ewma_vol", "threshold": 0.1}}),
    ];
    let recording = recording.to_str().expect("UTF-8");
    for rule in rules {
        let file = folder.path().join("alert.json");
        std::fs::write(&file, rule.to_string()).expect("written");
        let asked = ["backtest", "--alert", file.to_str().expect("UTF-8"), "--from", "2025-03-01"];
        let of_history = json_of(&service, &asked);
        let of_recording = json_of(&service, &[&asked[..], &["--replay", recording]].concat());
        assert_eq!(of_history, of_recording, "{rule}");
        let episodes = of_history["episodes"].as_array().expect("a list").len();
        assert!(episodes > 0, "{rule} is tried on nothing");
        let csv = run(&service, &[&asked[..], &["--output", "csv"]].concat());
        assert_eq!(csv.lines().count(), episodes + 1);
        let table = run(&service, &asked);
        assert!(table.lines().last().is_some_and(|line| line.contains("a month, firing for")), "{table}");
    }
}

#[test]
fn channels_deliveries_and_what_people_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let (service, _) = replayed(folder.path());
    let channel = json_of(&service, &["channels", "create", "log", "--file", "alerts.jsonl"]);
    assert_eq!((&channel["kind"], &channel["path"]), (&json!("file"), &json!("alerts.jsonl")));
    let tested = json_of(&service, &["channels", "test", "log"]);
    let id = tested["id"].as_str().expect("an id").to_owned();
    service.until("/deliveries?status=delivered", |page| page["count"] == 1);
    let listed = run(&service, &["deliveries", "list", "--status", "delivered", "--output", "csv"]);
    assert!(listed.lines().nth(1).is_some_and(|row| row.starts_with(&id) && row.contains(",log,")), "{listed}");
    run(&service, &["deliveries", "replay", &id]);
    service.until("/deliveries?status=delivered", |page| {
        page["deliveries"][0]["attempts"].as_array().map(Vec::len) == Some(2)
    });

    let flags = ["--pair", "EURUSD", "--kind", "above", "--threshold", "0.5", "--channel", "log"];
    let alert = json_of(&service, &[&["alerts", "create", "--name", "low"], &flags[..]].concat());
    let id = alert["id"].as_str().expect("an id");
    service.until(&format!("/alerts/{id}"), |alert| alert["states"][0]["state"] == "firing");
    let noted = json_of(&service, &["alerts", "ack", id, "--comment", "seen"]);
    assert_eq!(noted["states"][0]["acknowledged"]["by"], "ada");
    let state = |args: &[&str]| json_of(&service, args)["states"][0]["state"].clone();
    assert_eq!(state(&["alerts", "snooze", id, "--for", "2h"]), "snoozed");
    assert_eq!(state(&["alerts", "resume", id]), "acknowledged");
    let told = run(&service, &["alerts", "history", "--output", "csv"]);
    assert!(told.contains(",firing,acknowledged,,ada,"), "{told}");

    run(&service, &["channels", "delete", "log"]);
    assert_eq!(json_of(&service, &["channels", "list"])["count"], 0);
    let refused = fx_monitor(&service, &["channels", "rotate", "log"]);
    assert_eq!(refused.status.code(), Some(1));
    service.stop();
}
