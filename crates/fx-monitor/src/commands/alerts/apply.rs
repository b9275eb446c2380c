//! `fx-monitor alerts apply`: makes the alerts what a file says.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use fx_domain::alert::Rule;
use serde_json::Value;

use super::difference::{Difference, changes, patch};
use super::export::existing;
use crate::cli::ApplyArgs;
use crate::client::Client;
use crate::{alert_file, output};

/// What is done, one after another.
enum Step {
    Create(Rule),
    /// Of the version that was looked at only.
    Change {
        id: String,
        name: String,
        patch: Value,
        version: Option<String>,
    },
    Remove {
        id: String,
        name: String,
    },
}

pub(super) async fn run(client: &Client, args: &ApplyArgs) -> Result<ExitCode> {
    let wanted = alert_file::named(&args.file)?;
    let difference = Difference::between(&existing(client).await?, wanted).map_err(|told| anyhow!(told))?;
    let kept = if args.prune { 0 } else { difference.others.len() };
    let steps = shown(client, difference, args.prune).await?;
    if kept > 0 {
        output::lines(&[format!("{kept} not in the file, kept (`--prune` removes what is not in it)")])?;
    }
    if steps.is_empty() {
        output::lines(&["nothing to change".to_owned()])?;
        return Ok(ExitCode::SUCCESS);
    }
    if !args.yes {
        output::lines(&[format!("{} to change, `--yes` does it", steps.len())])?;
        return Ok(ExitCode::SUCCESS);
    }
    for step in steps {
        let said = step.take(client).await?;
        output::lines(&[said])?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The steps, each of which is shown.
async fn shown(client: &Client, difference: Difference, prune: bool) -> Result<Vec<Step>> {
    let Difference { created, changed, others } = difference;
    let mut steps = Vec::new();
    for rule in created {
        output::lines(&[format!("create {}: {}", rule.name, alert_file::written(&rule)?)])?;
        steps.push(Step::Create(rule));
    }
    for (id, after) in changed {
        let (alert, version) = client.get_tagged(&["alerts", &id]).await?;
        let before = alert_file::rule_of(&alert)?;
        let told = changes(&before, &after)?.into_iter().map(|change| format!("  {change}"));
        output::lines(&std::iter::once(format!("change {}:", after.name)).chain(told).collect::<Vec<_>>())?;
        steps.push(Step::Change { id, patch: patch(&before, &after)?, name: after.name, version });
    }
    for (id, name) in others.into_iter().filter(|_| prune) {
        output::lines(&[format!("remove {name}")])?;
        steps.push(Step::Remove { id, name });
    }
    Ok(steps)
}

impl Step {
    /// Does it, and says so.
    async fn take(self, client: &Client) -> Result<String> {
        match self {
            Self::Create(rule) => {
                let created = client.post(&["alerts"], serde_json::to_vec(&rule)?).await;
                created.with_context(|| format!("{} was not created", rule.name))?;
                Ok(format!("created {}", rule.name))
            }
            Self::Change { id, name, patch, version } => {
                let changed = client.patch(&["alerts", &id], &patch, version.as_deref()).await;
                changed.with_context(|| format!("{name} was not changed"))?;
                Ok(format!("changed {name}"))
            }
            Self::Remove { id, name } => {
                client.delete(&["alerts", &id]).await.with_context(|| format!("{name} was not removed"))?;
                Ok(format!("removed {name}"))
            }
        }
    }
}
