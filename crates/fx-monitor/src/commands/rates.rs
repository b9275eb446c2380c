//! `fx-monitor rates`.

use std::process::ExitCode;

use anyhow::Result;
use fx_domain::pair::Pair;
use serde_json::Value;

use super::watch::{self, Answer};
use crate::cli::RatesArgs;
use crate::client::Client;
use crate::output::{self, Column, Table};

const COLUMNS: [Column; 12] = [
    ("pair", "/pair"),
    ("mid", "/mid"),
    ("bid", "/bid"),
    ("ask", "/ask"),
    ("change_24h_pct", "/change_24h_pct"),
    ("ewma_vol", "/volatility/ewma_vol"),
    ("source", "/source"),
    ("source_ts", "/source_ts"),
    ("age_s", "/age_s"),
    ("stale", "/stale"),
    ("derived", "/derived"),
    ("quality", "/quality"),
];

pub(crate) async fn run(client: &Client, args: &RatesArgs) -> Result<ExitCode> {
    let pairs: Vec<_> = args.pairs.iter().map(ToString::to_string).collect();
    let query = [
        ("pairs", (!pairs.is_empty()).then(|| pairs.join(","))),
        ("base", args.base.map(|base| base.to_string())),
        ("source", args.source.clone()),
    ];
    watch::show(args.output, async || {
        let document = client.get(&["rates"], &query).await?;
        let table = Table::of(&document, "rates", &COLUMNS)?;
        let code = tell_of_missing(&args.pairs, &document);
        Ok(Answer { document, table, code })
    })
    .await
}

/// Fails where there is no rate of a pair that was asked for.
fn tell_of_missing(pairs: &[Pair], document: &Value) -> ExitCode {
    let rates = document["rates"].as_array().into_iter().flatten();
    let there: Vec<Pair> = rates.filter_map(|rate| rate["pair"].as_str()?.parse().ok()).map(Pair::orient).collect();
    let missing = pairs.iter().filter(|pair| !there.contains(&pair.orient()));
    let missing: Vec<String> = missing.map(ToString::to_string).collect();
    if missing.is_empty() {
        return ExitCode::SUCCESS;
    }
    output::complaint(&format!("there is no rate of {}, `fx-monitor rates` shows all there are", missing.join(", ")));
    ExitCode::FAILURE
}
