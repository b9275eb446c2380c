//! `fx-monitor check-config`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use fx_config::{ConsumerRole, Settings, Shared};

use crate::output;

/// Says what would run.
///
/// # Errors
/// Every mistake of the configuration.
pub(crate) fn run(file: Option<&Path>) -> Result<ExitCode> {
    let settings = Settings::load(file)?;
    let mut lines = settings.describe();
    lines.extend(processes(&settings));
    output::lines(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// Which programs can run on these backends.
fn processes(settings: &Settings) -> Vec<String> {
    if settings.check_shared("fx-consumer", &[Shared::Stream, Shared::Store, Shared::Cache]).is_err() {
        return vec!["processes   one: fx-monitor up".to_owned()];
    }
    let roles: Vec<_> = settings.consumer.roles.iter().copied().map(ConsumerRole::name).collect();
    let metrics = &settings.telemetry.metrics;
    vec![
        "processes   one: fx-monitor up; or these:".to_owned(),
        format!("            fx-producer, health at http://{}/health", metrics.producer),
        format!("            fx-consumer for {}, health at http://{}/health", roles.join(", "), metrics.consumer),
        format!("            fx-alert-engine, health at http://{}/health", metrics.alert_engine),
        format!("            fx-api, health at http://{}/health", settings.api.listen),
    ]
}
