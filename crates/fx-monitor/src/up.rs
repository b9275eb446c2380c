//! `fx-monitor up`: everything in one process.

use std::process::ExitCode;

use anyhow::Result;
use fx_config::{LogFormat, Settings};
use fx_service::{Shutdown, notify, telemetry};

use crate::cli::UpArgs;

pub(crate) async fn run(args: UpArgs) -> Result<ExitCode> {
    let settings = Settings::load_with(args.config.as_deref(), &args.overrides())?;
    let format = match settings.telemetry.format {
        LogFormat::Text => telemetry::LogFormat::Text,
        LogFormat::Json => telemetry::LogFormat::Json,
    };
    telemetry::init(&settings.telemetry.log, format)?;
    let shutdown = Shutdown::on_signals()?;
    notify::ready("serving");
    shutdown.requested().await;
    Ok(ExitCode::SUCCESS)
}
