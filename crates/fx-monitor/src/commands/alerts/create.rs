//! `fx-monitor alerts create`.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use crate::cli::{CreateArgs, RuleArgs, word};
use crate::client::Client;
use crate::output::Screen;

pub(super) async fn run(client: &Client, args: &CreateArgs) -> Result<ExitCode> {
    let body = match &args.file {
        Some(file) => read(file)?,
        None => serde_json::to_vec(&body(&args.rule))?,
    };
    let alert = client.post(&["alerts"], body).await?;
    let table = super::table(std::slice::from_ref(&alert));
    Screen::new(args.output, false).show(&alert, &table)?;
    Ok(ExitCode::SUCCESS)
}

/// The file as it is: what is wrong with it, the service says.
fn read(file: &Path) -> Result<Vec<u8>> {
    if file.as_os_str() != "-" {
        return std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()));
    }
    let mut body = Vec::new();
    std::io::stdin().read_to_end(&mut body).context("standard input cannot be read")?;
    Ok(body)
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
        ("name", json_of(rule.name.as_ref())),
        ("note", json_of(rule.note.as_ref())),
    ])
}

fn json_of<T: serde::Serialize>(given: Option<&T>) -> Option<Value> {
    given.map(|value| json!(value))
}

fn said<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let said = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(said.collect::<Map<_, _>>())
}
