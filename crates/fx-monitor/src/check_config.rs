//! `fx-monitor check-config`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use fx_config::Settings;

use crate::output;

/// Says what would run.
///
/// # Errors
/// Every mistake of the configuration.
pub(crate) fn run(file: Option<&Path>) -> Result<ExitCode> {
    output::lines(&Settings::load(file)?.describe())?;
    Ok(ExitCode::SUCCESS)
}
