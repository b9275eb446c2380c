//! `fx-monitor feeds`.

use std::process::ExitCode;

use anyhow::Result;

use super::watch::{self, Answer};
use crate::cli::ShowArgs;
use crate::client::Client;
use crate::output::{Column, Table};

const COLUMNS: [Column; 9] = [
    ("feed", "/name"),
    ("kind", "/kind"),
    ("state", "/state"),
    ("last_source_ts", "/last_source_ts"),
    ("last_polled", "/last_polled"),
    ("next_poll", "/next_poll"),
    ("refused", "/refused"),
    ("quota", "/quota"),
    ("last_error", "/last_error"),
];

pub(crate) async fn run(client: &Client, args: &ShowArgs) -> Result<ExitCode> {
    watch::show(args.output, async || {
        let document = client.get(&["feeds"], &[]).await?;
        let table = Table::of(&document, "feeds", &COLUMNS)?;
        Ok(Answer::new(document, table))
    })
    .await
}
