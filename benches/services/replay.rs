//! The ECB's history: from its file into Kafka, and from there through enrichment into PostgreSQL and Redis.

use std::time::Instant;

use fx_cache::LatestRates;
use fx_domain::clock::Timestamp;

use crate::figures::{figure, metric, seconds};
use crate::memory::memory;
use crate::support::world::World;
use crate::support::{Api, PATIENCE, look_again, recorded, stored};

/// What follows from the recording.
const ROWS: u32 = 224_863;
const PAIRS: usize = 36;
const LAST: &str = "2026-10-30T15:00:00Z";

pub(crate) fn measure(world: &World) {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    join_once(world);
    let begun = Instant::now();
    world.replay(&file, &[]);
    let produced = begun.elapsed();

    let begun = Instant::now();
    let consumer = world.start("fx-consumer", &[]);
    let api = consumer.api();
    let enriched = until_done(&api, "enrich");
    let enriched = enriched.duration_since(begun);
    let history = until_done(&api, "history").duration_since(begun);
    let last = LAST.parse::<Timestamp>().expect("a time");
    let cache = world.cache();
    loop {
        let latest = world.runtime.block_on(cache.rates()).unwrap_or_default();
        let is_last = |latest: &&fx_cache::Latest| latest.accepted.as_ref().is_some_and(|rate| rate.source_ts == last);
        if latest.iter().filter(is_last).count() == PAIRS {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the cache does not get there\n{}", world.logs());
        look_again();
    }
    let took = begun.elapsed();
    let metrics = api.text("/metrics");
    let batches = metric(&metrics, r#"fx_consumer_batches_total{role="enrich"}"#);
    figure("produce_rate", format_args!("{:.0}", batches / produced.as_secs_f64()), "batches/s");
    seconds("replay_enriched", enriched);
    seconds("replay_in_history", history);
    seconds("replay_in_all", took);
    figure("replay_rate", format_args!("{:.0}", f64::from(ROWS) / took.as_secs_f64()), "rows/s");
    for role in ["enrich", "history", "cache"] {
        let of = |name: &str| metric(&metrics, &format!("{name}{{role=\"{role}\"}}"));
        let each = of("fx_consumer_chunk_seconds_sum") / of("fx_consumer_batches_total");
        figure(&format!("replay_{role}_cost"), format_args!("{:.1}", each * 1e6), "µs/batch");
    }
    memory("memory_consumer_after_replay", &consumer);
    let kept = world.runtime.block_on(stored::rates(world.store().rates().as_ref(), "ecb")).len();
    assert_eq!(kept, ROWS as usize, "stored rates");
    consumer.stop();
}

/// The first member of the first group waits for a topic of the brokers' own, which happens once in their life.
fn join_once(world: &World) {
    let mut consumer = world.start("fx-consumer", &[]);
    consumer.until_ready();
    let detail = |health: &serde_json::Value, role: &str| health["components"][role]["detail"] == "reading";
    consumer.api().until("/health", |health| ["enrich", "history", "cache"].iter().all(|role| detail(health, role)));
    consumer.stop();
}

/// When a role has had its effect with all that comes of the recording.
fn until_done(api: &Api, role: &str) -> Instant {
    let begun = Instant::now();
    let name = format!("fx_consumer_rates_total{{role=\"{role}\"}}");
    // Nobody answers before the program listens.
    while api.try_text("/metrics").is_none_or(|metrics| metric(&metrics, &name) < f64::from(ROWS)) {
        assert!(begun.elapsed() < PATIENCE, "{role} does not get there");
        look_again();
    }
    Instant::now()
}
