//! How old the newest rates of each feed are.

use std::time::Duration;

use fx_domain::clock::Timestamp;
use serde_json::{Value, json};

use super::apart::row;
use crate::client::Client;

/// The feeds as `GET /feeds` has them, each with `age_s`: the seconds since the newest source time among its rates. None
/// where the API does not answer, which its own row says.
pub(super) async fn ask(client: &Client, now: Timestamp) -> Vec<Value> {
    let Ok(mut document) = client.get(&["feeds"], &[]).await else { return Vec::new() };
    let Value::Array(mut feeds) = document["feeds"].take() else { return Vec::new() };
    for feed in &mut feeds {
        let newest = feed["last_source_ts"].as_str().and_then(|at| at.parse::<Timestamp>().ok());
        feed["age_s"] = json!(newest.map(|at| (now - at).num_seconds().max(0)));
    }
    feeds
}

/// One for each feed.
pub(super) fn rows(feeds: &[Value]) -> Vec<Value> {
    let row_of = |feed: &Value| {
        let age = feed["age_s"].as_u64().map(|age| format!("newest rate {} old", told(Duration::from_secs(age))));
        let error = feed["last_error"].as_str().map(str::to_owned);
        let detail: Vec<String> =
            [age.or_else(|| Some("no rate yet".to_owned())), error].into_iter().flatten().collect();
        row("feed", &feed["name"], &feed["state"], &feed["last_source_ts"], &json!(detail.join("; ")))
    };
    feeds.iter().map(row_of).collect()
}

/// The two largest units: `3d 4h`, `12m 5s`.
fn told(age: Duration) -> String {
    let seconds = age.as_secs();
    let units = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let parts = units.iter().scan(seconds, |left, (length, unit)| {
        let count = *left / length;
        *left %= length;
        Some((count, unit))
    });
    let told: Vec<String> =
        parts.skip_while(|(count, _)| *count == 0).take(2).map(|(count, unit)| format!("{count}{unit}")).collect();
    if told.is_empty() { "0s".to_owned() } else { told.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_two_largest_units() {
        let cases = [(0, "0s"), (59, "59s"), (725, "12m 5s"), (3_600, "1h 0m"), (273_599, "3d 3h")];
        for (seconds, expected) in cases {
            assert_eq!(told(Duration::from_secs(seconds)), expected);
        }
    }
}
