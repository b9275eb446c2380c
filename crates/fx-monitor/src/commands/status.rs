//! `fx-monitor status`.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use super::watch::{self, Answer};
use crate::cli::ShowArgs;
use crate::client::Client;
use crate::output::{Column, Table};

const COLUMNS: [Column; 4] =
    [("component", "/component"), ("status", "/status"), ("since", "/since"), ("detail", "/detail")];

pub(crate) async fn run(client: &Client, args: &ShowArgs) -> Result<ExitCode> {
    watch::show(args.output, async || {
        let (service, health) = (client.get(&[], &[]).await?, client.health().await?);
        let is_down = health["status"] == "down";
        let table = Table::pick(&COLUMNS, &rows(&service, &health));
        let code = if is_down { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        Ok(Answer { document: json!({"service": service, "health": health}), table, code })
    })
    .await
}

/// The service as a whole, then its parts.
fn rows(service: &Value, health: &Value) -> Vec<Value> {
    let version = service["version"].as_str().unwrap_or("unknown");
    let detail = format!("version {version}, up for {} s", service["uptime_s"]);
    let whole = json!({"component": service["name"], "status": health["status"], "detail": detail});
    let parts = health["components"].as_object().into_iter().flatten().map(|(name, part)| {
        let mut row = part.clone();
        row["component"] = json!(name);
        row
    });
    std::iter::once(whole).chain(parts).collect()
}
