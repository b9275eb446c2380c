//! A recording in place of the live feeds, with its progress.

use std::sync::Arc;

use anyhow::Result;
use fx_producer::replay::{self, Progress, ReplayOptions};
use indicatif::ProgressBar;

use fx_service::program::Program;

use super::parts::Parts;
use crate::progress;

/// Replays the recording; the rest of the process goes on serving when it is done.
pub(crate) async fn run(parts: &Parts, recording: &ReplayOptions) -> Result<()> {
    let display = Display::new();
    let Program { settings, clock, health, shutdown, .. } = &parts.program;
    let ended = replay::run(
        recording,
        settings,
        Arc::clone(&parts.backends.log),
        Arc::clone(clock),
        health.clone(),
        shutdown.token(),
        |progress| display.show(progress),
    )
    .await?;
    display.finish();
    let source = &ended.source;
    match (ended.is_complete, ended.resumed_after) {
        (true, None) => tracing::info!(%source, batches = ended.published, "replayed"),
        (true, Some(at)) => tracing::info!(%source, batches = ended.published, "replayed, going on after {at}"),
        (false, _) => tracing::info!(%source, batches = ended.published, "replay stopped, a start goes on from here"),
    }
    Ok(())
}

/// A bar on a terminal; elsewhere a line for each tenth.
struct Display {
    bar: Option<ProgressBar>,
    tell: Box<dyn Fn(Progress) + Send + Sync>,
}

impl Display {
    fn new() -> Self {
        Self { bar: progress::bar("batches"), tell: Box::new(replay::tell_tenths()) }
    }

    fn show(&self, progress: Progress) {
        match &self.bar {
            Some(bar) => {
                bar.set_length(progress.total);
                bar.set_position(progress.done);
            }
            None => (self.tell)(progress),
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
