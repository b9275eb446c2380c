//! `fx-monitor up`: everything in one process, on one SQLite file.

mod parts;
mod replay;

use std::process::ExitCode;

use anyhow::{Context, Result};
use fx_config::Settings;
use fx_producer::replay::ReplayOptions;
use fx_service::metrics::Recorder;
use fx_service::{Shutdown, notify, telemetry};
use tokio::task::JoinSet;

use crate::cli::UpArgs;
use parts::Parts;

/// Runs until a signal asks to stop, or until what cannot be done without has failed.
pub(crate) async fn run(args: UpArgs) -> Result<ExitCode> {
    let settings = Settings::load_with(args.config.as_deref(), &args.overrides())?;
    let _telemetry = telemetry::init("fx-monitor", &settings.telemetry)?;
    let shutdown = Shutdown::on_signals().context("signals")?;
    let listener = fx_api::bind(settings.api.listen).await?;
    let address = listener.local_addr().context("the address that is listened on")?;
    let parts = Parts::open(settings, Recorder::install()?, shutdown.clone())?;
    let recording = args.replay();
    let mut tasks = parts.start_pipeline().await?;
    let api = fx_api::serve(listener, parts.api_context(recording.is_some()), &shutdown);
    notify::ready(&format!("http://{address}"));
    tracing::info!("http://{address}/dashboard shows the rates, http://{address}/docs the API");
    let ended = tokio::try_join!(async { Ok(api.await?) }, produce(&parts, recording));
    // Whatever ended, the rest drains.
    shutdown.request();
    notify::stopping();
    drain(&mut tasks, &shutdown).await;
    ended.map(|_| ExitCode::SUCCESS)
}

/// The feeds, or the recording that stands in their place.
async fn produce(parts: &Parts, recording: Option<ReplayOptions>) -> Result<()> {
    match recording {
        Some(recording) => replay::run(parts, &recording).await,
        None => parts.run_feeds().await,
    }
}

async fn drain(tasks: &mut JoinSet<()>, shutdown: &Shutdown) {
    let drained = shutdown.unless_forced(async { while tasks.join_next().await.is_some() {} }).await;
    if drained.is_none() {
        tracing::warn!("stopped without draining, the next start goes on from what was committed");
        tasks.shutdown().await;
    }
}
