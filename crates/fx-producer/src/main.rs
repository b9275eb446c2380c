//! `fx-producer`: the feeds, or a recording in their place, into Kafka, as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use fx_config::Shared;
use fx_producer::replay::{self, ReplayArguments};
use fx_service::program::{self, Program, Service};
use fx_stream::kafka::KafkaLog;

const SERVICE: Service = Service {
    name: "fx-producer",
    about: "Fetches and streams rates, or replays recorded ones, into Kafka",
    address: |metrics| Some(metrics.producer),
};

fn main() -> ExitCode {
    program::main(&SERVICE, run)
}

async fn run(program: Program, recording: ReplayArguments) -> Result<()> {
    let Program { settings, clock, health, shutdown, .. } = program;
    settings.check_shared(SERVICE.name, &[Shared::Stream])?;
    fx_stream::describe();
    let log = Arc::new(KafkaLog::connect(&settings.stream.kafka)?);
    let Some(recording) = recording.options() else {
        return Ok(fx_producer::run(&settings, log, clock, health, shutdown.token()).await?);
    };
    let progress = replay::tell_tenths();
    let ended = replay::run(&recording, &settings, log, clock, health, shutdown.token(), progress).await?;
    let replay::ReplayEnd { source, published, resumed_after, is_complete } = ended;
    tracing::info!(%source, published, is_complete, resumed_after = resumed_after.map(|at| at.to_rfc3339()), "replay ended");
    Ok(())
}
