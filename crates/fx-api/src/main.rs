//! `fx-api`: the REST API, the event stream and the live page as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use fx_api::{ApiContext, Backends, attributions};
use fx_cache::RedisCache;
use fx_config::Shared;
use fx_service::keep_checking;
use fx_service::program::{self, NoArguments, Program, Service};
use fx_store::postgres::PostgresStore;
use fx_stream::Log;
use fx_stream::kafka::KafkaLog;

const SERVICE: Service =
    Service { name: "fx-api", about: "Shows rates and alerts: REST, server-sent events, live page", address: |_| None };

fn main() -> ExitCode {
    program::main(&SERVICE, run)
}

async fn run(program: Program, _: NoArguments) -> Result<()> {
    let settings = &program.settings;
    settings.check_shared(SERVICE.name, &[Shared::Stream, Shared::Store, Shared::Cache])?;
    fx_stream::describe();
    let store = PostgresStore::connect(&settings.store.postgresql)?;
    let feeds = settings.feeds.plans(&settings.currencies);
    let log: Arc<dyn Log> = Arc::new(KafkaLog::connect(&settings.stream.kafka)?);
    let context = ApiContext {
        settings: settings.api.clone(),
        attributions: attributions(&feeds),
        feeds,
        backends: Backends::of(settings),
        cache: Arc::new(RedisCache::connect(&settings.cache.redis)?),
        rates: store.rates(),
        alerts: store.alerts(),
        max_alerts: settings.alerts.max_rules,
        retention: settings.stream.retention,
        channels: store.channels(),
        deliveries: store.deliveries(),
        delivery: settings.delivery.clone(),
        log: Arc::clone(&log),
        health: program.health.clone(),
        metrics: program.recorder.clone(),
        clock: Arc::clone(&program.clock),
    };
    let checked = |name: &str| (program.health.component(name), program.shutdown.clone());
    let ((store_health, stop_store), (log_health, stop_log)) = (checked("store"), checked("log"));
    let (served, (), ()) = tokio::join!(
        fx_api::run(context, &program.shutdown),
        keep_checking(store_health, Some("without history and alerts"), stop_store, || store.check()),
        keep_checking(log_health, Some("without live updates"), stop_log, || log.check()),
    );
    Ok(served?)
}
