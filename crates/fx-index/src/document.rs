//! What is sent to the server.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use fx_domain::alert::{Kind, Notice, Severity, State, Transition};
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::delivery::{Attempt, Delivery, Status};
use fx_domain::feed::{FeedKind, Source};
use fx_domain::pair::Pair;
use fx_domain::rate::{EnrichedBatch, Quality, Rate, SuspectReason};
use serde::Serialize;
use uuid::Uuid;

use crate::family::Family;

/// One document on its way.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) family: Family,
    /// The place of the message that it comes from.
    pub(crate) origin: usize,
    /// The time by which its index is chosen.
    pub(crate) at: Timestamp,
    /// The newest version is kept.
    pub(crate) version: Timestamp,
    /// Its id, where the server does not know it by its content.
    pub(crate) id: Option<Uuid>,
    pub(crate) json: Vec<u8>,
}

/// A rate as it stands in the index. What is null is left out.
#[derive(Serialize)]
struct RateFields<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: Timestamp,
    source: &'a Source,
    pair: Pair,
    base: Currency,
    quote: Currency,
    kind: FeedKind,
    mid: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price_stddev_20: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    realized_vol: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ewma_vol: Option<f64>,
    precision_bp: f64,
    derived: bool,
    quality: Quality,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<SuspectReason>,
    fetched_at: Timestamp,
    ingested_at: Timestamp,
}

/// A transition as it stands in the index.
#[derive(Serialize)]
struct AlertFields<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: Timestamp,
    id: Uuid,
    alert_id: Uuid,
    alert_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    episode_id: Option<Uuid>,
    pair: Pair,
    from: State,
    to: State,
    /// 1 where an episode opens, -1 where it closes, else 0: the sum is how many are open.
    open_change: i8,
    source: &'a Source,
    source_ts: Timestamp,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Kind>,
    threshold: f64,
    severity: Severity,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<Notice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    took_s: Option<f64>,
}

/// A delivery as it stands in the index: of its attempts how many there were, and what the last came to.
#[derive(Serialize)]
struct DeliveryFields<'a> {
    #[serde(rename = "@timestamp")]
    timestamp: Timestamp,
    id: Uuid,
    channel: &'a str,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    transitions: &'a [Uuid],
    alert_id: &'a [Uuid],
    alert_name: &'a [String],
    attempts: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<Timestamp>,
    /// Seconds from when it was made until it was finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    took_s: Option<f64>,
}

/// The documents of some messages, each key once: the newest version of it.
pub(crate) fn of_rates(batches: &[EnrichedBatch]) -> serde_json::Result<Vec<Document>> {
    let mut newest: HashMap<(&Source, Pair, Timestamp), (usize, &EnrichedBatch, &Rate)> = HashMap::new();
    for (origin, batch) in batches.iter().enumerate() {
        for rate in &batch.rates {
            match newest.entry((&batch.source, rate.pair, batch.source_ts)) {
                Entry::Vacant(place) => _ = place.insert((origin, batch, rate)),
                Entry::Occupied(mut place) if place.get().1.fetched_at < batch.fetched_at => {
                    place.insert((origin, batch, rate));
                }
                Entry::Occupied(_) => {}
            }
        }
    }
    newest.into_values().map(|(origin, batch, rate)| of_rate(origin, batch, rate)).collect()
}

fn of_rate(origin: usize, batch: &EnrichedBatch, rate: &Rate) -> serde_json::Result<Document> {
    let fields = RateFields {
        timestamp: batch.source_ts,
        source: &batch.source,
        pair: rate.pair,
        base: rate.pair.base(),
        quote: rate.pair.quote(),
        kind: batch.kind,
        mid: rate.sides.mid,
        bid: rate.sides.bid_ask.map(|(bid, _)| bid),
        ask: rate.sides.bid_ask.map(|(_, ask)| ask),
        price_stddev_20: rate.volatility.price_stddev_20,
        realized_vol: rate.volatility.realized_vol,
        ewma_vol: rate.volatility.ewma_vol,
        precision_bp: rate.precision_bp,
        derived: rate.is_derived(),
        quality: rate.quality,
        reason: rate.reason,
        fetched_at: batch.fetched_at,
        ingested_at: batch.ingested_at,
    };
    let json = serde_json::to_vec(&fields)?;
    let (at, version) = (batch.source_ts, batch.fetched_at);
    Ok(Document { family: Family::Rates, origin, at, version, id: None, json })
}

/// A transition never changes: of those that come twice one is as good as the other.
pub(crate) fn of_alerts(transitions: &[Transition]) -> serde_json::Result<Vec<Document>> {
    let mut seen = std::collections::HashSet::new();
    let first = transitions.iter().enumerate().filter(|(_, transition)| seen.insert(transition.id));
    first.map(|(origin, transition)| of_alert(origin, transition)).collect()
}

fn of_alert(origin: usize, transition: &Transition) -> serde_json::Result<Document> {
    let fields = AlertFields {
        timestamp: transition.at,
        id: transition.id,
        alert_id: transition.alert_id,
        alert_name: &transition.alert_name,
        episode_id: transition.episode_id,
        pair: transition.pair,
        from: transition.from,
        to: transition.to,
        open_change: open_change(transition),
        source: &transition.source,
        source_ts: transition.source_ts,
        value: transition.value,
        kind: transition.kind,
        threshold: transition.threshold,
        severity: transition.severity,
        message: &transition.message,
        measured: transition.measured,
        notice: transition.notice,
        by: transition.by.as_deref(),
        comment: transition.comment.as_deref(),
        took_s: transition.took_s,
    };
    let (at, id) = (transition.at, Some(transition.id));
    Ok(Document { family: Family::Alerts, origin, at, version: at, id, json: serde_json::to_vec(&fields)? })
}

/// What people do opens and closes nothing.
fn open_change(Transition { from, to, .. }: &Transition) -> i8 {
    let is_by_hand = |state: &State| matches!(state, State::Acknowledged | State::Snoozed);
    if is_by_hand(from) || is_by_hand(to) {
        return 0;
    }
    let is_open = |state: &State| matches!(state, State::Firing | State::Recovering);
    i8::from(is_open(to)) - i8::from(is_open(from))
}

/// The deliveries of some messages, each once: the newest version of it.
pub(crate) fn of_deliveries(deliveries: &[Delivery]) -> serde_json::Result<Vec<Document>> {
    let mut newest: HashMap<Uuid, (usize, &Delivery)> = HashMap::new();
    for (origin, delivery) in deliveries.iter().enumerate() {
        let place = newest.entry(delivery.id).or_insert((origin, delivery));
        if version(place.1) < version(delivery) {
            *place = (origin, delivery);
        }
    }
    newest.into_values().map(|(origin, delivery)| of_delivery(origin, delivery)).collect()
}

/// When it was finished; replayed, it is finished again.
fn version(delivery: &Delivery) -> Timestamp {
    delivery.finished_at.unwrap_or(Timestamp::MIN_UTC)
}

fn of_delivery(origin: usize, delivery: &Delivery) -> serde_json::Result<Document> {
    let last = delivery.attempts.last();
    let (at, finished_at) = (delivery.created_at, delivery.finished_at);
    let fields = DeliveryFields {
        timestamp: at,
        id: delivery.id,
        channel: &delivery.channel,
        status: delivery.status,
        reason: delivery.reason.as_deref(),
        transitions: &delivery.transitions,
        alert_id: &delivery.alert_ids,
        alert_name: &delivery.alert_names,
        attempts: delivery.attempts.len(),
        code: last.and_then(|last| last.code),
        error: last.and_then(|Attempt { error, .. }| error.as_deref()),
        finished_at,
        took_s: finished_at.map(|finished| (finished - at).as_seconds_f64()),
    };
    let (version, id, json) = (version(delivery), Some(delivery.id), serde_json::to_vec(&fields)?);
    Ok(Document { family: Family::Deliveries, origin, at, version, id, json })
}
