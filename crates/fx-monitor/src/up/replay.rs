//! A recording in place of the live feeds, with its progress.

use std::io::IsTerminal;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use fx_producer::replay::{self, Progress, ReplayOptions};
use indicatif::{ProgressBar, ProgressStyle};

use super::parts::Parts;

/// Replays the recording; the rest of the process goes on serving when it is done.
pub(crate) async fn run(parts: &Parts, recording: &ReplayOptions) -> Result<()> {
    let display = Display::new();
    let ended = replay::run(
        recording,
        &parts.settings,
        Arc::clone(&parts.log),
        Arc::clone(&parts.clock),
        parts.health.clone(),
        parts.shutdown.token(),
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

/// A bar on a terminal, a line for each tenth elsewhere.
struct Display {
    bar: Option<ProgressBar>,
    tenth: AtomicU64,
}

impl Display {
    fn new() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} batches, {eta} left");
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, tenth: AtomicU64::new(0) }
    }

    fn show(&self, Progress { done, total }: Progress) {
        if let Some(bar) = &self.bar {
            bar.set_length(total);
            bar.set_position(done);
            return;
        }
        let tenth = done * 10 / total.max(1);
        if self.tenth.swap(tenth, Ordering::Relaxed) < tenth {
            tracing::info!(done, total, "replaying");
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
