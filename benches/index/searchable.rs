//! How long a batch takes from its publishing until a search finds all that comes of it, enrichment and refresh included.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::SubsecRound;
use fx_domain::clock::{Clock, SystemClock};
use fx_stream::{Log, Topic};

use crate::feed::{self, PAIRS};
use crate::figures::{figure, quantiles};
use crate::server::{self, Server};
use crate::{PATIENCE, roles};

const BATCHES: u32 = 600;
const EVERY: Duration = Duration::from_millis(50);

pub(crate) async fn measure(log: &Arc<dyn Log>, server: &Server) {
    let prefix = server::fresh();
    let alias = format!("{prefix}fx-rates");
    let (enrich, index) =
        (roles::enrich(log), roles::index(log, &server::settings(server.url.clone(), prefix.clone())));
    // One batch for which the index is made.
    publish(log, 0).await;
    crate::until("the first batch", async || server.searchable(&alias).await == u64::from(PAIRS)).await;
    let (said, seen) = tokio::join!(speak(log), look(server, &alias));
    let delays: Vec<_> =
        said.iter().zip(1..).map(|(said, batch)| seen_at(&seen, batch).duration_since(*said)).collect();
    quantiles("published_to_searchable", delays);
    figure("published_to_searchable_looks", seen.len(), "searches");
    index.stop().await;
    enrich.stop().await;
    server.remove(&prefix).await;
}

async fn publish(log: &Arc<dyn Log>, number: u32) {
    let at = SystemClock.now().trunc_subsecs(6);
    log.publish(Topic::Rates, vec![feed::batch(number, at)]).await.expect("the log takes it");
}

/// When the publishing of each batch began.
async fn speak(log: &Arc<dyn Log>) -> Vec<Instant> {
    let mut said = Vec::new();
    let mut pace = tokio::time::interval(EVERY);
    for number in 1..=BATCHES {
        pace.tick().await;
        said.push(Instant::now());
        publish(log, number).await;
    }
    said
}

/// How many documents each search found, until it found all. Batches come in their order: so many documents are so many
/// whole batches.
async fn look(server: &Server, alias: &str) -> Vec<(u64, Instant)> {
    let (all, begun) = (u64::from(PAIRS * (BATCHES + 1)), Instant::now());
    let mut seen: Vec<(u64, Instant)> = Vec::new();
    while seen.last().is_none_or(|(found, _)| *found < all) {
        assert!(begun.elapsed() < PATIENCE, "what was published is not found: {:?} of {all}", seen.last());
        tokio::time::sleep(Duration::from_millis(2)).await;
        let found = server.searchable(alias).await;
        seen.push((found, Instant::now()));
    }
    seen
}

/// When everything of this batch was first found; before it came that of `batch` others.
fn seen_at(seen: &[(u64, Instant)], batch: u64) -> Instant {
    seen[seen.partition_point(|(found, _)| *found < u64::from(PAIRS) * (batch + 1))].1
}
