//! `fx-monitor alerts export`.

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use fx_domain::alert::Rule;
use serde_json::Value;

use crate::cli::{ExportArgs, Language};
use crate::client::Client;
use crate::{alert_file, output};

/// An alert of the service: its id and its rule.
pub(super) struct Existing {
    pub(super) id: String,
    pub(super) rule: Rule,
}

/// Every alert of the service, by name.
pub(super) async fn existing(client: &Client) -> Result<Vec<Existing>> {
    let document = client.all(&["alerts"], "alerts", &[], usize::MAX).await?;
    let alerts = document["alerts"].as_array().map_or(&[][..], Vec::as_slice);
    let mut existing: Vec<Existing> = alerts.iter().map(of_alert).collect::<Result<_>>()?;
    existing.sort_by(|a, b| a.rule.name.cmp(&b.rule.name));
    Ok(existing)
}

fn of_alert(alert: &Value) -> Result<Existing> {
    let id = alert["id"].as_str().context("the service shows an alert without an id")?.to_owned();
    Ok(Existing { id, rule: alert_file::rule_of(alert)? })
}

pub(super) async fn run(client: &Client, args: &ExportArgs) -> Result<ExitCode> {
    let alerts = existing(client).await?;
    if let Some([one, other]) = alerts.array_windows().find(|[one, other]| one.rule.name == other.rule.name) {
        let Existing { id, rule: Rule { name, .. } } = one;
        bail!("two alerts are called `{name}`, {id} and {}; in a file each needs a name of its own", other.id)
    }
    let written: Vec<Value> = alerts.iter().map(|alert| alert_file::written(&alert.rule)).collect::<Result<_>>()?;
    let text = match args.output {
        Language::Toml => alert_file::toml(&written)?,
        Language::Json => alert_file::json(&written)?,
    };
    output::raw(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
