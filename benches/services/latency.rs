//! How long a batch takes until it can be read, and until an alert has changed its state by it; all four programs run.

use std::time::Duration;

use fx_cache::LatestRates;
use fx_domain::clock::Timestamp;
use fx_store::alerts::{AlertStore, TransitionQuery};
use fx_store::rates::{HistoryQuery, Order, RateStore};
use tokio::sync::OnceCell;

use crate::figures::{figure, metric, quantiles};
use crate::load::{self, SOURCE, Said};
use crate::memory::memory;
use crate::support::world::{GROUPS, World};

const BATCHES: usize = 2_000;
const EVERY: Duration = Duration::from_millis(10);

pub(crate) fn measure(world: &World) {
    let (api_program, api) = world.start_api();
    load::watch(&api);
    let mut producer = world.start("fx-producer", &[]);
    let mut consumer = world.start("fx-consumer", &[]);
    let mut engine = world.start("fx-alert-engine", &[]);
    producer.until_ready();
    consumer.until_ready();
    engine.until_ready();
    // One batch to join the groups with.
    world.runtime.block_on(load::speak(world.log(), 1, EVERY));
    world.until_read(&GROUPS);

    let (rates, cache, alerts) = (world.store().rates(), world.cache(), world.store().alerts());
    let (said, in_history, in_cache) = world.runtime.block_on(async {
        let last = OnceCell::new();
        let history = load::look(async || stored(rates.as_ref()).await, &last);
        let cache = load::look(async || cached(&cache).await, &last);
        tokio::join!(speak(world, &last), history, cache)
    });
    quantiles("produced_to_history", load::delays(&said, &in_history));
    quantiles("produced_to_cache", load::delays(&said, &in_cache));
    let (said, told) = world.runtime.block_on(async {
        let last = OnceCell::new();
        tokio::join!(speak(world, &last), load::look(async || transition(alerts.as_ref()).await, &last))
    });
    quantiles("produced_to_transition", load::delays(&said, &told));

    let metrics = consumer.api().text("/metrics");
    for role in ["enrich", "history", "cache"] {
        let of = |name: &str| metric(&metrics, &format!("{name}{{role=\"{role}\"}}"));
        let each = of("fx_consumer_chunk_seconds_sum") / of("fx_consumer_batches_total");
        figure(&format!("load_{role}_cost"), format_args!("{:.0}", each * 1e6), "µs/batch");
    }
    let programs = [("producer", producer), ("consumer", consumer), ("alert_engine", engine), ("api", api_program)];
    for (name, program) in &programs {
        memory(&format!("memory_{name}"), program);
    }
    for (_, program) in programs {
        program.stop();
    }
}

async fn speak(world: &World, last: &OnceCell<Timestamp>) -> Said {
    let said = load::speak(world.log(), BATCHES, EVERY).await;
    last.set(said.last().expect("something was said").0).expect("it is set once");
    said
}

/// A batch is one statement: with one of its pairs all are there.
async fn stored(rates: &dyn RateStore) -> Option<Timestamp> {
    let (source, pair) = (SOURCE.parse().expect("a source"), "EURUSD".parse().expect("a pair"));
    let query = HistoryQuery { source, pair, from: None, to: None, order: Order::Descending, after: None, limit: 1 };
    rates.history(query).await.ok()?.first().map(|record| record.source_ts)
}

/// And one step of Redis.
async fn cached(cache: &dyn LatestRates) -> Option<Timestamp> {
    let latest = cache.rates().await.ok()?;
    let of_load = latest.iter().filter_map(|latest| latest.accepted.as_ref());
    of_load.filter(|rate| rate.source.as_str() == SOURCE).map(|rate| rate.source_ts).max()
}

/// The source time of the newest transition.
pub(crate) async fn transition(alerts: &dyn AlertStore) -> Option<Timestamp> {
    let (alert_id, pair, from, to, to_state, after) = (None, None, None, None, None, None);
    let page =
        alerts.transitions(TransitionQuery { alert_id, pair, from, to, to_state, after, limit: 1 }).await.ok()?;
    page.items.first().map(|transition| transition.source_ts)
}
