//! Documents of some days, as the sink writes them.

use std::sync::LazyLock;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

/// What is now.
pub(super) const END: &str = "2026-10-30T15:00:00Z";

/// Of which feed, which pair, about what rate, whether derived.
const SERIES: [(&str, &str, f64, bool); 8] = [
    ("kraken", "EURUSD", 1.08, false),
    ("kraken", "GBPUSD", 1.27, false),
    ("kraken", "USDJPY", 152.0, false),
    ("kraken", "EURJPY", 164.0, true),
    ("ecb", "EURUSD", 1.09, false),
    ("ecb", "EURJPY", 165.0, false),
    ("ecb", "USDJPY", 151.0, true),
    ("open-er-api", "USDINR", 84.0, false),
];

/// The documents that a data view reads.
pub(super) fn of_view(view: &str) -> &'static [Value] {
    match view {
        "fx-rates" => rates(),
        "fx-alerts" => alerts(),
        "fx-deliveries" => deliveries(),
        other => panic!("there is no data view {other}"),
    }
}

/// Rates of three days, so that some are older than what a dashboard shows.
fn rates() -> &'static [Value] {
    static RATES: LazyLock<Vec<Value>> = LazyLock::new(|| {
        let series = (0..).zip(SERIES);
        series.flat_map(|(number, series)| (0..400).map(move |step| rate(number, series, step))).collect()
    });
    &RATES
}

/// Transitions of thirty alerts; every third is still open.
fn alerts() -> &'static [Value] {
    static ALERTS: LazyLock<Vec<Value>> = LazyLock::new(|| (0..30).flat_map(episode).collect());
    &ALERTS
}

/// Deliveries of what those alerts told: some failed, some not sent.
fn deliveries() -> &'static [Value] {
    static DELIVERIES: LazyLock<Vec<Value>> = LazyLock::new(|| (0..60).map(delivery).collect());
    &DELIVERIES
}

fn delivery(number: u32) -> Value {
    const CHANNELS: [&str; 3] = ["ops", "desk", "mail"];
    let at = end() - TimeDelta::hours(i64::from(number) * 4 + 1) - TimeDelta::microseconds(i64::from(number));
    let (status, reason) = match number % 7 {
        3 => ("failed", Some("the target answered 410, its channel is disabled")),
        5 => ("failed", Some("given up after 12 attempts")),
        6 => ("suppressed", Some("the channel is disabled")),
        _ => ("delivered", None),
    };
    let took = f64::from(number * number % 91) + 0.25;
    let mut document = json!({
        "@timestamp": written(at),
        "id": format!("delivery-{number}"),
        "channel": CHANNELS[number as usize % 3],
        "status": status,
        "transitions": [format!("transition-{number}-2")],
        "alert_id": format!("alert-{}", number % 7),
        "alert_name": format!("alert {}", number % 7),
        "attempts": number % 4,
        "finished_at": written(at + TimeDelta::seconds(i64::from(number) * 3)),
        "took_s": took,
    });
    if let Some(reason) = reason {
        document["reason"] = json!(reason);
    }
    if status == "failed" {
        (document["code"], document["error"]) = (json!(500 + number % 5), json!("the target answered with an error"));
    }
    document
}

fn rate(number: u32, (source, pair, about, derived): (&str, &str, f64, bool), step: u32) -> Value {
    // 11 minutes and some microseconds apart, each series a little beside the others.
    let at = end() - TimeDelta::minutes(i64::from(step) * 11 + 1) - TimeDelta::microseconds(i64::from(number) * 7 + 3);
    let wave = (f64::from(step) * 0.37 + f64::from(number)).sin() * 0.004;
    let mid = about * (1.0 + wave);
    let quality = match step % 50 {
        7 => "unusual",
        31 => "suspect",
        _ => "ok",
    };
    let (base, quote) = pair.split_at(3);
    let mut document = json!({
        "@timestamp": written(at),
        "source": source,
        "pair": pair,
        "base": base,
        "quote": quote,
        "kind": if source == "kraken" { "stream" } else { "table" },
        "mid": mid,
        "precision_bp": 0.46 + f64::from(number),
        "derived": derived,
        "quality": quality,
        "fetched_at": written(at + TimeDelta::milliseconds(250)),
        "ingested_at": written(at + TimeDelta::milliseconds(400)),
    });
    if quality == "suspect" {
        document["reason"] = json!("jump");
    }
    if source == "kraken" && !derived {
        document["bid"] = json!(mid * 0.9999);
        document["ask"] = json!(mid * 1.0001);
    }
    // The oldest have no volatility yet.
    if step < 300 {
        document["price_stddev_20"] = json!(about * 0.002);
        document["realized_vol"] = json!(0.07 + wave);
        document["ewma_vol"] = json!(0.06 - wave);
    }
    document
}

fn episode(number: u32) -> Vec<Value> {
    const STATES: [&str; 5] = ["normal", "pending", "firing", "recovering", "normal"];
    const KINDS: [&str; 5] = ["above", "below", "crosses_up", "crosses_down", "crosses"];
    const SEVERITIES: [&str; 3] = ["info", "warning", "critical"];
    let (source, pair, about, _) = SERIES[number as usize % SERIES.len()];
    let begun = end() - TimeDelta::hours(i64::from(number) * 9 + 2);
    let last = if number.is_multiple_of(3) { 2 + number / 3 % 2 } else { 4 };
    let transition = |step: u32| {
        let (from, to) = (STATES[step as usize - 1], STATES[step as usize]);
        let is_open = |state: &str| i32::from(state == "firing" || state == "recovering");
        let at = begun + TimeDelta::minutes(i64::from(step) * 3) + TimeDelta::microseconds(i64::from(number));
        let mut document = json!({
            "@timestamp": written(at),
            "id": format!("transition-{number}-{step}"),
            "alert_id": format!("alert-{}", number % 7),
            "alert_name": format!("{pair} above {}", number % 7),
            "pair": pair,
            "from": from,
            "to": to,
            "open_change": is_open(to) - is_open(from),
            "source": source,
            "severity": SEVERITIES[number as usize % 3],
            "source_ts": written(at - TimeDelta::seconds(1)),
            "value": about + f64::from(number),
            "kind": KINDS[number as usize % 5],
            "threshold": about,
            "message": format!("{pair} is above {about}"),
        });
        if step > 1 {
            document["episode_id"] = json!(format!("episode-{number}"));
        }
        document
    };
    let mut all: Vec<Value> = (1..=last).map(transition).collect();
    // Every other one that fires is taken note of, the later the higher its number.
    if number.is_multiple_of(2) && last > 1 {
        all.push(acknowledged(&all[1], number));
    }
    all
}

fn acknowledged(firing: &Value, number: u32) -> Value {
    let took = f64::from(number * 7) + 1.5;
    let fired: DateTime<Utc> = firing["@timestamp"].as_str().and_then(|at| at.parse().ok()).expect("a time");
    let mut document = firing.clone();
    for (field, value) in [
        ("@timestamp", json!(written(fired + TimeDelta::seconds(i64::from(number) * 7 + 1)))),
        ("id", json!(format!("acknowledged-{number}"))),
        ("from", json!("firing")),
        ("to", json!("acknowledged")),
        ("open_change", json!(0)),
        ("by", json!("somebody")),
        ("took_s", json!(took)),
    ] {
        document[field] = value;
    }
    document
}

fn end() -> DateTime<Utc> {
    END.parse().expect("a time")
}

fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
