//! `fx-monitor channels`.

use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::body::{json_of, said};
use super::deliveries;
use super::watch::{self, Answer};
use crate::cli::{ChannelsCommand, CreateChannelArgs, Format, OneChannelArgs};
use crate::client::Client;
use crate::output::{self, Column, Screen, Table};

const COLUMNS: [Column; 7] = [
    ("id", "/id"),
    ("name", "/name"),
    ("kind", "/kind"),
    ("target", "/target"),
    ("group", "/group"),
    ("created_at", "/created_at"),
    ("disabled", "/disabled/reason"),
];

/// Of a channel that is new.
const SECRET_COLUMNS: [Column; 4] = [("id", "/id"), ("name", "/name"), ("kind", "/kind"), ("secret", "/secret")];

const ROTATED_COLUMNS: [Column; 2] = [("secret", "/secret"), ("previous_valid_until", "/previous_valid_until")];

pub(crate) async fn run(client: &Client, command: &ChannelsCommand) -> Result<ExitCode> {
    match command {
        ChannelsCommand::List(args) => {
            watch::show(args.output, async || {
                let document = client.get(&["channels"], &[]).await?;
                let rows: Vec<Value> = list(&document)?.iter().map(row).collect();
                Ok(Answer::new(document, Table::pick(&COLUMNS, &rows)))
            })
            .await
        }
        ChannelsCommand::Create(args) => create(client, args).await,
        ChannelsCommand::Delete(args) => {
            client.delete(&["channels", &id_of(client, args).await?]).await?;
            output::lines(&[format!("deleted {}", args.channel)])?;
            Ok(ExitCode::SUCCESS)
        }
        ChannelsCommand::Test(args) => {
            let delivery = act(client, args, "test").await?;
            deliveries::show_one(&delivery, args.output)
        }
        ChannelsCommand::Rotate(args) => show(&act(client, args, "rotate").await?, &ROTATED_COLUMNS, args.output),
    }
}

async fn create(client: &Client, args: &CreateChannelArgs) -> Result<ExitCode> {
    let target = &args.target;
    let (kind, at, to) = match (&target.webhook, &target.file) {
        (Some(url), _) => ("webhook", "url", json!(url)),
        (_, Some(file)) => ("file", "path", json!(file)),
        _ => ("email", "to", json!(target.email)),
    };
    let body = said([
        ("name", Some(json!(args.name))),
        ("kind", Some(json!(kind))),
        (at, Some(to)),
        ("group", json_of(args.group.as_ref())),
    ]);
    let channel = client.post(&["channels"], serde_json::to_vec(&body)?).await?;
    show(&channel, &SECRET_COLUMNS, args.output)
}

fn show(document: &Value, columns: &[Column], output: Format) -> Result<ExitCode> {
    Screen::new(output, false).show(document, &Table::pick(columns, std::slice::from_ref(document)))?;
    Ok(ExitCode::SUCCESS)
}

async fn act(client: &Client, args: &OneChannelArgs, what: &str) -> Result<Value> {
    client.post(&["channels", &id_of(client, args).await?, what], Vec::new()).await
}

/// The id of the channel that goes by this name or id.
async fn id_of(client: &Client, args: &OneChannelArgs) -> Result<String> {
    let document = client.get(&["channels"], &[]).await?;
    let wanted = args.channel.as_str();
    let meant = list(&document)?.iter().find(|channel| channel["name"] == wanted || channel["id"] == wanted);
    let id = meant.and_then(|channel| channel["id"].as_str());
    Ok(id.with_context(|| format!("there is no channel `{wanted}`, `fx-monitor channels list` shows them"))?.to_owned())
}

fn list(document: &Value) -> Result<&Vec<Value>> {
    document["channels"].as_array().context("the answer has no list \"channels\"; is it an fx-monitor that was asked?")
}

fn row(channel: &Value) -> Value {
    let mut row = channel.clone();
    let target = ["url", "to", "path"].into_iter().map(|field| &channel[field]).find(|target| !target.is_null());
    row["target"] = target.cloned().unwrap_or_default();
    row
}
