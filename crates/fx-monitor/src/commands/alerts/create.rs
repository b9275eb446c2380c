//! `fx-monitor alerts create`.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::{Value, json};

use crate::alert_file;
use crate::cli::{CreateArgs, RuleArgs, word};
use crate::client::Client;
use crate::commands::body::{json_of, said};

pub(super) async fn run(client: &Client, args: &CreateArgs) -> Result<ExitCode> {
    let body = match &args.file {
        // What is wrong with it, the service says.
        Some(file) => alert_file::bytes(file)?,
        None => serde_json::to_vec(&body(&args.rule))?,
    };
    let alert = client.post(&["alerts"], body).await?;
    super::show_one(&alert, args.output)
}

/// Only what was said, so that the service's defaults hold for the rest.
fn body(rule: &RuleArgs) -> Value {
    let condition = said([
        ("kind", rule.kind.as_ref().map(|kind| json!(word(kind)))),
        ("threshold", json_of(rule.threshold.as_ref())),
    ]);
    said([
        ("pairs", Some(json!(rule.pair))),
        ("condition", Some(condition)),
        ("clear_threshold", json_of(rule.clear_threshold.as_ref())),
        ("for", json_of(rule.hold.as_ref())),
        ("min_updates", json_of(rule.min_updates.as_ref())),
        ("cooldown", json_of(rule.cooldown.as_ref())),
        ("once", rule.once.then_some(Value::Bool(true))),
        ("severity", rule.severity.as_ref().map(|severity| json!(word(severity)))),
        ("channels", (!rule.channel.is_empty()).then(|| json!(rule.channel))),
        ("name", json_of(rule.name.as_ref())),
        ("note", json_of(rule.note.as_ref())),
    ])
}
