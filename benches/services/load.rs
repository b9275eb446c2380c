//! A feed at a steady pace: eight rates a batch, of which one goes over a threshold and back in turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::SubsecRound;
use fx_domain::clock::{Clock, SystemClock, Timestamp};
use fx_stream::{Log, Record, Topic};
use serde_json::json;
use tokio::sync::OnceCell;
use tokio::time::MissedTickBehavior;

use crate::support::{Api, PATIENCE};

pub(crate) const SOURCE: &str = "load";

/// When what was said, oldest first: the source time, and when publishing began.
pub(crate) type Said = Vec<(Timestamp, Instant)>;

/// Asks for an alert that changes its state with each batch.
pub(crate) fn watch(api: &Api) {
    let condition = json!({"kind": "above", "threshold": 1.1});
    let rule = json!({"name": "load", "pair": "EURUSD", "source": SOURCE, "condition": condition});
    let (status, answer) = api.send(reqwest::Method::POST, "/alerts", Some(&rule.to_string()));
    assert_eq!(status, 201, "{answer}");
}

/// Publishes so many batches at that pace.
pub(crate) async fn speak(log: Arc<dyn Log>, batches: usize, every: Duration) -> Said {
    let mut said = Said::new();
    let mut pace = tokio::time::interval(every);
    pace.set_missed_tick_behavior(MissedTickBehavior::Burst);
    while said.len() < batches {
        pace.tick().await;
        let at = SystemClock.now().trunc_subsecs(6);
        let record = batch(at, said.len().is_multiple_of(2));
        said.push((at, Instant::now()));
        log.publish(Topic::Rates, vec![record]).await.expect("the log takes it");
    }
    said
}

fn batch(at: Timestamp, is_above: bool) -> Record {
    let dollar = if is_above { 1.102 } else { 1.098 };
    let mids = [("USD", dollar), ("GBP", 0.842), ("JPY", 161.2), ("CAD", 1.491), ("AUD", 1.634), ("CHF", 0.941)];
    let mids = mids.into_iter().chain([("CNY", 7.83), ("INR", 91.4)]);
    let quotes: Vec<_> = mids.map(|(code, mid)| json!({"code": code, "mid": mid, "scale": 3})).collect();
    let payload = json!({"v": 1, "source": SOURCE, "kind": "table", "market": "spot", "base": "EUR", "source_ts": at,
        "fetched_at": at, "quotes": quotes});
    Record { key: Some(SOURCE.to_owned()), payload: payload.to_string().into(), ..Record::default() }
}

/// What is said at a pace is looked for about once a millisecond; answers when each newest source time was first seen.
pub(crate) async fn look(newest: impl AsyncFn() -> Option<Timestamp>, last: &OnceCell<Timestamp>) -> Said {
    let mut seen = Said::new();
    loop {
        let found = newest().await;
        let now = Instant::now();
        if let Some(found) = found.filter(|found| seen.last().is_none_or(|(before, _)| before < found)) {
            seen.push((found, now));
        }
        let (sought, found) = (last.get(), seen.last());
        if sought.is_some() && found.map(|(at, _)| at) >= sought {
            return seen;
        }
        assert!(found.is_none_or(|(_, when)| when.elapsed() < PATIENCE), "what was said is not seen");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// How long each thing that was said took to be seen, but for the first ones, with which much happens for the first time.
pub(crate) fn delays(said: &Said, seen: &Said) -> Vec<Duration> {
    const FIRST: usize = 100;
    let delay = |(at, begun): &(Timestamp, Instant)| {
        let (_, when) = seen.get(seen.partition_point(|(newest, _)| newest < at))?;
        Some(when.duration_since(*begun))
    };
    said.iter().skip(FIRST).filter_map(delay).collect()
}
