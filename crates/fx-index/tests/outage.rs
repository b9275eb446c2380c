//! A node that is stopped and killed while it is written to.

mod support;

use std::time::{Duration, Instant};

use fx_domain::rate::EnrichedBatch;
use fx_index::{IndexError, Pending};
use fx_testkit::elasticsearch::Elasticsearch;

use support::{PAIRS, World, batch, days, settings};

/// No condition here takes that long unless something hangs.
const PATIENCE: Duration = Duration::from_mins(2);

/// As the role does it: until all is written.
async fn insist(world: &World, batches: &[EnrichedBatch]) -> usize {
    let mut pending = Pending::of_rates(batches).expect("plain data");
    let (begun, mut failures) = (Instant::now(), 0);
    while let Err(error) = world.index.write(&mut pending).await {
        assert!(matches!(error, IndexError::Unavailable { .. }), "{error}");
        assert!(begun.elapsed() < PATIENCE, "{error}");
        failures += 1;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(pending.into_refused().is_empty());
    failures
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_bulks_it_has_everything_once() {
    let mut node = tokio::task::block_in_place(Elasticsearch::start);
    let mut settings = settings(&node.url());
    settings.elasticsearch.bulk_documents = 300;
    settings.elasticsearch.request_timeout = Duration::from_secs(5);
    let world = World::of(settings);
    world.index.provision().await.expect("it is provisioned");
    let first = days("2015-01-01T15:00:00Z", 3000);
    let corrected: Vec<EnrichedBatch> = first.iter().map(|old| batch(old.source_ts, 2)).collect();
    let killer = tokio::task::spawn_blocking(move || {
        for round in 0..4 {
            // Wherever it happens to be by then.
            std::thread::sleep(Duration::from_millis(400 + 150 * round));
            if round % 2 == 0 {
                node.kill();
            } else {
                node.stop();
            }
            node.start_again();
        }
        node
    });
    let mut failures = insist(&world, &first).await;
    failures += insist(&world, &corrected).await;
    while !killer.is_finished() {
        failures += insist(&world, &corrected).await;
    }
    let _node = killer.await.expect("it is killed and started again");
    insist(&world, &first).await;
    assert!(failures > 0, "it was away while it was written to");
    let years: Vec<_> = world.indices("fx-rates").await;
    assert_eq!(years.len(), 9);
    for chunk in corrected.chunks(1000) {
        let (from, to) = (chunk[0].source_ts, chunk[chunk.len() - 1].source_ts);
        let found = world.count_of(from, to, 1.002).await;
        assert_eq!(found, (chunk.len() * PAIRS.len()) as u64, "from {from} to {to}");
    }
    assert_eq!(world.total("fx-rates").await, (corrected.len() * PAIRS.len()) as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_there_is_named_and_nothing_is_lost() {
    let world = World::of(settings("http://127.0.0.1:9"));
    let mut pending = Pending::of_rates(&days("2026-01-01T15:00:00Z", 2)).expect("plain data");
    for error in [
        world.index.write(&mut pending).await.expect_err("nobody listens"),
        world.index.provision().await.map(|_| ()).expect_err("nobody listens"),
        world.index.check().await.expect_err("nobody listens"),
    ] {
        let told = error.to_string();
        assert!(told.starts_with("elasticsearch at http://127.0.0.1:9: ") && told.contains("refused"), "{told}");
    }
    assert_eq!(pending.len(), 2 * PAIRS.len());
}
