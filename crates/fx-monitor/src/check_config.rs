//! `fx-monitor check-config`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use fx_config::Settings;

use crate::output;

/// Says what would run; every mistake is a line of its own on stderr.
pub(crate) fn run(file: Option<&Path>) -> Result<ExitCode> {
    match Settings::load(file) {
        Ok(settings) => {
            output::lines(&settings.describe())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(errors) => {
            for mistake in errors.mistakes() {
                output::complaint(mistake);
            }
            Ok(ExitCode::FAILURE)
        }
    }
}
