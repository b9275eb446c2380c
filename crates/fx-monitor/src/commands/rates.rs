//! `fx-monitor rates`.

use std::process::ExitCode;

use anyhow::Result;

use super::watch::{self, Answer};
use crate::cli::RatesArgs;
use crate::client::Client;
use crate::output::{Column, Table};

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
        Ok(Answer::new(document, table))
    })
    .await
}
