//! Asking once, or again and again.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use crate::cli::OutputArgs;
use crate::output::{self, Screen, Table};

const PAUSE: Duration = Duration::from_secs(2);

/// One answer: the document, what of it stands in the table, and with what the command ends.
pub(crate) struct Answer {
    pub(crate) document: Value,
    pub(crate) table: Table,
    pub(crate) code: ExitCode,
}

impl Answer {
    pub(crate) fn new(document: Value, table: Table) -> Self {
        Self { document, table, code: ExitCode::SUCCESS }
    }
}

/// Shows what `ask` answers. When watching, an error after the first answer is told and does not end it.
pub(crate) async fn show(args: OutputArgs, ask: impl AsyncFn() -> Result<Answer>) -> Result<ExitCode> {
    let mut screen = Screen::new(args.output, args.watch);
    let first = ask().await?;
    screen.show(&first.document, &first.table)?;
    if !args.watch {
        return Ok(first.code);
    }
    loop {
        tokio::time::sleep(PAUSE).await;
        match ask().await {
            Ok(answer) => screen.show(&answer.document, &answer.table)?,
            Err(error) => output::complaint(&format!("{error:#}")),
        }
    }
}
