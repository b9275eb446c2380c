//! How far each group is behind the log.

use fx_consumer::{cache, enrich, history, index};
use fx_stream::{Log, PartitionPosition, Topic};
use serde_json::{Value, json};

use super::apart::row;

const GROUPS: [(&str, Topic); 4] = [
    (enrich::GROUP, Topic::Rates),
    (history::GROUP, Topic::RatesEnriched),
    (cache::GROUP, Topic::RatesEnriched),
    (fx_alert_engine::GROUP, Topic::RatesEnriched),
];

/// `{"group","topic","status","lag","partitions":[{"partition","committed","end"}]}` each, and `error` where the log does
/// not say.
pub(super) async fn ask(log: &dyn Log, has_index: bool) -> Vec<Value> {
    let [first, second, third, fourth] = GROUPS.map(|(group, topic)| one(log, group, topic));
    let (first, second, third, fourth, of_index) = tokio::join!(first, second, third, fourth, of_index(log, has_index));
    [vec![first, second, third, fourth], of_index].concat()
}

async fn of_index(log: &dyn Log, has_index: bool) -> Vec<Value> {
    if !has_index {
        return Vec::new();
    }
    let [rates, alerts, deliveries] = index::Part::ALL.map(|part| one(log, part.group(), part.topic()));
    let (rates, alerts, deliveries) = tokio::join!(rates, alerts, deliveries);
    vec![rates, alerts, deliveries]
}

async fn one(log: &dyn Log, group: &str, topic: Topic) -> Value {
    let known = json!({"group": group, "topic": topic.name()});
    let more = match log.positions(group, topic).await {
        Ok(positions) => json!({"status": "ok", "lag": positions.iter().map(lag).sum::<u64>(),
            "partitions": positions.iter().map(partition).collect::<Vec<_>>()}),
        Err(error) => json!({"status": "down", "lag": null, "partitions": [], "error": error.to_string()}),
    };
    merged(known, more)
}

fn merged(mut document: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut document, more) {
        fields.extend(more);
    }
    document
}

/// A group that has committed nothing has everything before it.
fn lag(at: &PartitionPosition) -> u64 {
    at.end.saturating_sub(at.committed.unwrap_or(0))
}

fn partition(at: &PartitionPosition) -> Value {
    json!({"partition": at.partition, "committed": at.committed, "end": at.end})
}

/// One for each group.
pub(super) fn rows(groups: &[Value]) -> Vec<Value> {
    let row_of = |group: &Value| {
        let detail = match group["lag"].as_u64() {
            Some(lag) => json!(format!("{lag} behind the end of {}", group["topic"].as_str().unwrap_or("?"))),
            None => group["error"].clone(),
        };
        row("group", &group["group"], &group["status"], &Value::Null, &detail)
    };
    groups.iter().map(row_of).collect()
}
