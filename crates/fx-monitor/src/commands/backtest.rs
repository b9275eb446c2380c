//! `fx-monitor backtest`: a rule over the service's history, or over a recording.

mod recording;
mod shown;

use std::process::ExitCode;

use anyhow::Result;
use fx_domain::alert::{Pairs, Rule};
use serde_json::{Value, json};

use crate::cli::BacktestArgs;
use crate::client::Client;
use crate::{alert_file, run};

pub(crate) fn run(args: &BacktestArgs) -> Result<ExitCode> {
    let mut rule = alert_file::one(&args.alert)?;
    if let Some(pair) = args.pair {
        rule.pairs = Pairs::Named(vec![pair]);
    }
    match &args.replay {
        Some(file) => shown::show(&recording::backtest_over(&rule, file, args)?, args.output),
        None => run::ask(&args.client, async |client| shown::show(&history(&client, &rule, args).await?, args.output)),
    }
}

/// What the service finds in its history.
async fn history(client: &Client, rule: &Rule, args: &BacktestArgs) -> Result<Value> {
    let mut body = serde_json::to_value(rule)?;
    (body["from"], body["to"]) = (json!(args.from), json!(args.to));
    client.post_long(&["alerts", "backtest"], serde_json::to_vec(&body)?).await
}
