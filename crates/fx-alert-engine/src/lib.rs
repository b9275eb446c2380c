//! The alert engine: `fx-rates-enriched` in, alert episodes out.
//!
//! It reads a chunk of messages, evaluates it in memory, and writes what came of it (states, transitions, outbox rows, the
//! newest rates it knows, and the offset) in one transaction that is guarded by the offset before. Killed at any point, it
//! goes on from what it wrote last, and comes to the same transitions with the same ids. Its time is log time: the newest
//! `fetched_at` that it has seen on the partition.
//!
//! Rules that appear or disappear are applied between two chunks; a new one is evaluated at once against the newest accepted
//! rates. Transitions are published to `fx-alert-events` from the outbox, at least once, with stable ids.

pub mod delivery;
mod engine;
mod findings;
mod history;
pub mod metrics;
mod partition;
mod publisher;
mod rules;
mod seen;
mod settings;

use std::sync::Arc;

use fx_service::{Backoff, HealthHandle, Shutdown, supervise};
use fx_store::alerts::EngineStore;
use fx_stream::{Log, StreamError};
use tokio::sync::Notify;

pub use engine::GROUP;
pub use settings::Settings;

/// What ends the engine; nothing is lost by it, and it may be started again.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] StreamError),
    /// The program is stopping.
    #[error("the program is stopping")]
    Stopped,
}

/// Keeps the engine running until stopping begins: whatever ends it, it is started again.
pub async fn keep_running(
    settings: Settings,
    log: Arc<dyn Log>,
    store: Arc<dyn EngineStore>,
    health: HealthHandle,
    shutdown: Shutdown,
) {
    let (told, stopping) = (health.clone(), shutdown.clone());
    supervise(health, shutdown, Backoff::default(), move || {
        let (log, store) = (Arc::clone(&log), Arc::clone(&store));
        let engine = run(settings.clone(), log, store, told.clone(), stopping.clone());
        async { Ok(engine.await?) }
    })
    .await;
}

/// Watches the enriched rates until stopping begins.
///
/// # Errors
/// The log cannot be read. A store that is down is waited for.
pub async fn run(
    settings: Settings,
    log: Arc<dyn Log>,
    store: Arc<dyn EngineStore>,
    health: HealthHandle,
    shutdown: Shutdown,
) -> Result<(), EngineError> {
    let news = Arc::new(Notify::new());
    let publisher = publisher::run(Arc::clone(&log), Arc::clone(&store), Arc::clone(&news), shutdown.clone());
    let engine = engine::run(settings, log, store, engine::Surroundings { news, health, shutdown });
    let publisher = async {
        publisher.await;
        Ok(())
    };
    tokio::try_join!(engine, publisher).map(|_| ())
}
