//! `fx-monitor deliveries`.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use super::watch::{self, Answer};
use crate::cli::{DeliveriesArgs, DeliveriesCommand, Format, word};
use crate::client::Client;
use crate::output::{Column, Screen, Table};

const COLUMNS: [Column; 10] = [
    ("id", "/id"),
    ("created_at", "/created_at"),
    ("channel", "/channel"),
    ("alerts", "/alert_names"),
    ("status", "/status"),
    ("attempts", "/tries"),
    ("code", "/last/code"),
    ("error", "/last/error"),
    ("reason", "/reason"),
    ("next_at", "/next_at"),
];

pub(crate) async fn run(client: &Client, command: &DeliveriesCommand) -> Result<ExitCode> {
    match command {
        DeliveriesCommand::List(args) => list(client, args).await,
        DeliveriesCommand::Replay(args) => {
            let delivery = client.post(&["deliveries", &args.id, "replay"], Vec::new()).await?;
            show_one(&delivery, args.output)
        }
    }
}

async fn list(client: &Client, args: &DeliveriesArgs) -> Result<ExitCode> {
    let query = [("alert_id", args.alert_id.clone()), ("status", args.status.as_ref().map(word))];
    watch::show(args.show.output, async || {
        let document = client.all(&["deliveries"], "deliveries", &query, args.limit).await?;
        let table = table(document["deliveries"].as_array().map_or(&[], Vec::as_slice));
        Ok(Answer::new(document, table))
    })
    .await
}

/// Shows one that was just asked for.
pub(super) fn show_one(delivery: &Value, output: Format) -> Result<ExitCode> {
    Screen::new(output, false).show(delivery, &table(std::slice::from_ref(delivery)))?;
    Ok(ExitCode::SUCCESS)
}

/// Of the attempts how many there were, and the last.
fn table(deliveries: &[Value]) -> Table {
    let row = |delivery: &Value| {
        let mut row = delivery.clone();
        let attempts = delivery["attempts"].as_array().map_or(&[][..], Vec::as_slice);
        row["tries"] = json!(attempts.len());
        row["last"] = attempts.last().cloned().unwrap_or_default();
        row
    };
    Table::pick(&COLUMNS, &deliveries.iter().map(row).collect::<Vec<_>>())
}
