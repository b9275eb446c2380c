//! Rules of every kind, with everything that they can ask for.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::*;

pub(super) fn any() -> impl Strategy<Value = Rule> {
    let condition = prop_oneof![levels(), channels(), changes(), figures()];
    let spans = (
        prop::option::weighted(0.3, prop::sample::select(&["1m", "3m"][..])),
        prop::option::weighted(0.3, prop::sample::select(&["2m", "6m"][..])),
        prop::option::weighted(0.4, prop::sample::select(&["1m", "5m"][..])),
    );
    let flags = (prop::bool::weighted(0.2), any_flag(), any_flag(), any_flag(), prop::bool::weighted(0.3));
    let rest = (1u32..4, prop::option::weighted(0.15, 3i64..60), prop::option::weighted(0.4, any_source()));
    (condition, spans, flags, rest).prop_map(|(condition, spans, flags, rest)| built(condition, spans, flags, rest))
}

fn any_flag() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.4)
}

fn any_source() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["kraken", "ecb"][..])
}

/// A condition, and a threshold on its safe side.
type Conditioned = (Value, Option<f64>);

fn levels() -> impl Strategy<Value = Conditioned> {
    prop::sample::select(&Kind::ALL[..5]).prop_map(|kind| {
        let clear = match kind {
            Kind::Above | Kind::CrossesUp => Some(1.08),
            Kind::Below | Kind::CrossesDown => Some(1.12),
            _ => None,
        };
        (json!({"kind": kind.name(), "threshold": 1.1}), clear)
    })
}

fn channels() -> impl Strategy<Value = Conditioned> {
    prop::sample::select(&["enters_channel", "leaves_channel"][..])
        .prop_map(|kind| (json!({"kind": kind, "low": 1.08, "high": 1.12}), None))
}

fn changes() -> impl Strategy<Value = Conditioned> {
    let window = prop::sample::select(&["1m", "2m", "10m", "17m", "45m"][..]);
    let direction = prop::sample::select(&["up", "down", "either"][..]);
    let size = prop::sample::select(&[("change_abs", "delta", 0.02), ("change_pct", "percent", 2.5)][..]);
    (size, window, direction).prop_map(|((kind, name, size), window, direction)| {
        let condition = json!({"kind": kind, name: size, "window": window, "direction": direction});
        (condition, Some(if kind == "change_abs" { 0.01 } else { 1.0 }))
    })
}

fn figures() -> impl Strategy<Value = Conditioned> {
    let threshold = prop::sample::select(&[0.6, 1.0, 1.7][..]);
    prop_oneof![
        prop::sample::select(&["price_stddev_20", "realized_vol", "ewma_vol"][..]).prop_map(|measure| (
            json!({"kind": "volatility_above", "measure": measure, "threshold": 0.1}),
            Some(0.05)
        )),
        (2u32..7, threshold.clone()).prop_map(|(updates, threshold)| {
            (json!({"kind": "zscore", "updates": updates, "threshold": threshold}), Some(0.3))
        }),
        threshold.prop_map(|factor| (json!({"kind": "stale", "factor": factor}), None)),
        prop::sample::select(&[["kraken", "ecb"], ["ecb", "kraken"]][..])
            .prop_map(|sources| (json!({"kind": "divergence", "sources": sources, "bp": 150}), Some(60.0))),
    ]
}

fn built(
    (condition, clear): Conditioned,
    (hold, cooldown, repeat): (Option<&str>, Option<&str>, Option<&str>),
    (once, clears, rebases, closed, is_turned): (bool, bool, bool, bool, bool),
    (min_updates, expires, source): (u32, Option<i64>, Option<&str>),
) -> Rule {
    let kind = condition["kind"].as_str().expect("a kind").to_owned();
    let is_change = kind.starts_with("change");
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    // The levels are those of the pair as it is quoted.
    let is_level = condition.get("low").is_some() || condition["threshold"] == json!(1.1);
    set("pair", json!(if is_turned && !is_level { "USDEUR" } else { "EURUSD" }));
    set("condition", condition);
    set("clear_threshold", json!(clear.filter(|_| clears)));
    set("for", json!(hold));
    set("cooldown", json!(cooldown));
    set("repeat_every", json!(repeat));
    set("once", json!(once));
    set("rebase_on_fire", json!(rebases && is_change));
    set("closed_market", json!(closed));
    set("min_updates", json!(if kind == "stale" { 1 } else { min_updates }));
    set("source", json!(source.filter(|_| kind != "divergence")));
    set("expires_at", json!(expires.map(minute)));
    set("channels", json!(["ops"]));
    rule(&Value::Object(fields).to_string())
}
