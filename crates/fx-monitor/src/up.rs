//! `fx-monitor up`: everything in one process, on whatever backends the settings choose.

mod parts;
mod replay;

use std::process::ExitCode;

use anyhow::Result;
use fx_config::Settings;
use fx_producer::replay::ReplayOptions;
use fx_service::Shutdown;
use fx_service::program::{self, Program, Service};
use tokio::task::JoinSet;

use crate::cli::UpArgs;
use parts::Parts;

const SERVICE: Service = Service { name: "fx-monitor", about: "Everything in one process", address: |_| None };

/// Runs until a signal asks to stop, or until what cannot be done without has failed.
pub(crate) async fn run(args: UpArgs) -> Result<ExitCode> {
    let overrides = args.overrides();
    let (config, recording) = (args.config, args.replay.options());
    let load = move || Settings::load_with(config.as_deref(), &overrides);
    program::live(&SERVICE, load, |program| everything(program, recording)).await?;
    Ok(ExitCode::SUCCESS)
}

async fn everything(program: Program, recording: Option<ReplayOptions>) -> Result<()> {
    // Before anything else is opened, so that a mistake shows at once.
    let listener = fx_api::bind(program.settings.api.listen).await?;
    let parts = Parts::open(program)?;
    let shutdown = parts.program.shutdown.clone();
    let mut tasks = parts.start_pipeline();
    let api = fx_api::serve(listener, parts.api_context(recording.is_some()), &shutdown);
    tracing::info!("/dashboard shows the rates, /docs the API");
    let ended = tokio::try_join!(async { Ok(api.await?) }, produce(&parts, recording));
    // Whatever ended, the rest drains.
    shutdown.request();
    drain(&mut tasks, &shutdown).await;
    ended.map(|_| ())
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
        tasks.shutdown().await;
    }
}
