//! The health of each service, or that it does not answer.

use std::time::Duration;

use fx_config::Settings;
use reqwest::Url;
use serde_json::{Value, json};

use super::apart::row;
use crate::client::Client;

/// Whoever takes longer for its health has none.
const PATIENCE: Duration = Duration::from_secs(5);

/// All are asked at once: `{"service","address","status","components"}` each, and `error` for one that does not answer.
pub(super) async fn ask(settings: &Settings, api: &Url) -> Vec<Value> {
    let metrics = &settings.telemetry.metrics;
    let (producer, consumer, engine, api) = tokio::join!(
        one("fx-producer", super::url(metrics.producer)),
        one("fx-consumer", super::url(metrics.consumer)),
        one("fx-alert-engine", super::url(metrics.alert_engine)),
        one("fx-api", Ok(api.clone())),
    );
    vec![producer, consumer, engine, api]
}

async fn one(service: &str, url: anyhow::Result<Url>) -> Value {
    let address = url.as_ref().map_or_else(|_| Value::Null, |url| json!(url.as_str()));
    match health(url).await {
        Ok(health) => json!({"service": service, "address": address, "status": health["status"],
            "components": health["components"]}),
        Err(error) => json!({"service": service, "address": address, "status": "down", "components": {},
            "error": format!("{error:#}")}),
    }
}

async fn health(url: anyhow::Result<Url>) -> anyhow::Result<Value> {
    let url = url?;
    let client = Client::new(&url, None)?;
    let health = tokio::time::timeout(PATIENCE, client.health()).await;
    let health = health.map_err(|_| anyhow::anyhow!("no answer within {} s", PATIENCE.as_secs()))?;
    // What a client of one service is told to do about it does not help here.
    let is_absent = |error: &anyhow::Error| error.to_string().starts_with("no service answers");
    health.map_err(|error| if is_absent(&error) { anyhow::anyhow!("no service answers at {url}") } else { error })
}

/// Each service, and after it its parts.
pub(super) fn rows(services: &[Value]) -> Vec<Value> {
    services.iter().flat_map(rows_of).collect()
}

fn rows_of(service: &Value) -> Vec<Value> {
    let name = service["service"].as_str().unwrap_or_default();
    let detail = if service["error"].is_null() { &service["address"] } else { &service["error"] };
    let whole = row(name, &Value::Null, &service["status"], &Value::Null, detail);
    let parts = service["components"].as_object().into_iter().flatten();
    let parts = parts.map(|(part, is)| row(name, &json!(part), &is["status"], &is["since"], &is["detail"]));
    std::iter::once(whole).chain(parts).collect()
}
