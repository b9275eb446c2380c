//! `fx-monitor alerts`.

mod apply;
mod create;
mod difference;
mod export;
mod hand;

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use super::watch::{self, Answer};
use crate::cli::{AlertsCommand, Format, HistoryArgs, ListArgs, word};
use crate::client::Client;
use crate::output::{self, Column, Screen, Table};

/// One row for each pair of each alert.
const ALERT_COLUMNS: [Column; 11] = [
    ("id", "/id"),
    ("name", "/name"),
    ("pair", "/state/pair"),
    ("kind", "/condition/kind"),
    ("threshold", "/condition/threshold"),
    ("with", "/with"),
    ("clear_threshold", "/clear_threshold"),
    ("severity", "/severity"),
    ("state", "/state/state"),
    ("since", "/state/since"),
    ("value", "/state/value"),
];

const HISTORY_COLUMNS: [Column; 13] = [
    ("source_ts", "/source_ts"),
    ("at", "/at"),
    ("alert", "/alert_name"),
    ("pair", "/pair"),
    ("from", "/from"),
    ("to", "/to"),
    ("notice", "/notice"),
    ("by", "/by"),
    ("value", "/value"),
    ("threshold", "/threshold"),
    ("severity", "/severity"),
    ("source", "/source"),
    ("message", "/message"),
];

pub(crate) async fn run(client: &Client, command: &AlertsCommand) -> Result<ExitCode> {
    match command {
        AlertsCommand::List(args) => list(client, args).await,
        AlertsCommand::Create(args) => create::run(client, args).await,
        AlertsCommand::Delete { id, .. } => {
            client.delete(&["alerts", id]).await?;
            output::lines(&[format!("deleted {id}")])?;
            Ok(ExitCode::SUCCESS)
        }
        AlertsCommand::Ack(args) => hand::acknowledge(client, args).await,
        AlertsCommand::Snooze(args) => hand::snooze(client, args).await,
        AlertsCommand::Resume(args) => hand::resume(client, args).await,
        AlertsCommand::Export(args) => export::run(client, args).await,
        AlertsCommand::Apply(args) => apply::run(client, args).await,
        AlertsCommand::History(args) => history(client, args).await,
    }
}

async fn list(client: &Client, args: &ListArgs) -> Result<ExitCode> {
    let query =
        [("state", args.state.clone()), ("pair", args.pair.clone()), ("severity", args.severity.as_ref().map(word))];
    watch::show(args.show.output, async || {
        let document = client.all(&["alerts"], "alerts", &query, usize::MAX).await?;
        let table = table(document["alerts"].as_array().map_or(&[], Vec::as_slice));
        Ok(Answer::new(document, table))
    })
    .await
}

async fn history(client: &Client, args: &HistoryArgs) -> Result<ExitCode> {
    let query = [
        ("alert_id", args.alert_id.clone()),
        ("pair", args.pair.clone()),
        ("from", args.from.clone()),
        ("to", args.to.clone()),
        ("to_state", args.to_state.clone()),
    ];
    watch::show(args.show.output, async || {
        let document = client.all(&["alerts", "history"], "transitions", &query, args.limit).await?;
        let table = Table::of(&document, "transitions", &HISTORY_COLUMNS)?;
        Ok(Answer::new(document, table))
    })
    .await
}

/// Shows an alert as it is after it was changed.
fn show_one(alert: &Value, output: Format) -> Result<ExitCode> {
    Screen::new(output, false).show(alert, &table(std::slice::from_ref(alert)))?;
    Ok(ExitCode::SUCCESS)
}

/// An alert on several pairs is several rows; one that has seen no rate yet shows the pairs it waits for.
fn table(alerts: &[Value]) -> Table {
    let rows: Vec<Value> = alerts.iter().flat_map(rows).collect();
    Table::pick(&ALERT_COLUMNS, &rows)
}

fn rows(alert: &Value) -> Vec<Value> {
    let with = rest(&alert["condition"]);
    let row = |state: Value| {
        let mut row = alert.clone();
        row["state"] = state;
        row["with"] = with.clone();
        row
    };
    match alert["states"].as_array() {
        Some(states) if !states.is_empty() => states.iter().cloned().map(row).collect(),
        _ => vec![row(json!({"pair": alert["pairs"]}))],
    }
}

/// What a condition says beside its kind and its threshold.
fn rest(condition: &Value) -> Value {
    let fields = condition.as_object().into_iter().flatten();
    let rest = fields.filter(|(name, _)| !["kind", "threshold"].contains(&name.as_str()));
    Value::Object(rest.map(|(name, value)| (name.clone(), value.clone())).collect())
}
