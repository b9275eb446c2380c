//! `fx-consumer`: the roles of the settings, or those that the command line names, as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use fx_cache::{LatestRates, RedisCache};
use fx_config::{ConsumerRole, Shared};
use fx_consumer::{Roles, index};
use fx_service::keep_checking;
use fx_service::program::{self, Program, Service};
use fx_store::postgres::PostgresStore;
use fx_stream::Log;
use fx_stream::kafka::KafkaLog;
use tokio::task::JoinSet;

const SERVICE: Service = Service {
    name: "fx-consumer",
    about: "Derives crosses and volatility, and keeps rates in the history, the cache and the index",
    address: |metrics| Some(metrics.consumer),
};

#[derive(Debug, Clone, Args)]
struct Arguments {
    /// The roles of this process, in place of the file's `consumer.roles`
    #[arg(long, value_delimiter = ',', value_name = "ROLE,…")]
    roles: Vec<ConsumerRole>,
}

fn main() -> ExitCode {
    program::main(&SERVICE, run)
}

async fn run(mut program: Program, arguments: Arguments) -> Result<()> {
    if !arguments.roles.is_empty() {
        program.settings.consumer.roles = arguments.roles;
    }
    let settings = &program.settings;
    settings.check_shared(SERVICE.name, &[Shared::Stream, Shared::Store, Shared::Cache])?;
    fx_stream::describe();
    fx_consumer::describe();
    fx_index::describe();
    let (log, cache) = (KafkaLog::connect(&settings.stream.kafka)?, RedisCache::connect(&settings.cache.redis)?);
    let (log, cache): (Arc<dyn Log>, Arc<dyn LatestRates>) = (Arc::new(log), Arc::new(cache));
    let store = PostgresStore::connect(&settings.store.postgresql)?;
    let roles = Roles {
        log: Arc::clone(&log),
        rates: store.rates(),
        cache: Arc::clone(&cache),
        index: index::from_settings(settings)?,
        health: program.health.clone(),
        clock: Arc::clone(&program.clock),
        shutdown: program.shutdown.clone(),
    };
    let mut tasks = JoinSet::new();
    roles.spawn(settings, &mut tasks);
    let part = |name: &str| (program.health.component(name), program.shutdown.clone());
    let ((log_health, stop_log), (store_health, stop_store)) = (part("log"), part("store"));
    let (cache_health, stop_cache) = part("latest");
    tokio::join!(
        tasks.join_all(),
        keep_checking(log_health, None, stop_log, || log.check()),
        keep_checking(store_health, Some("history and cache wait"), stop_store, || store.check()),
        keep_checking(cache_health, Some("the cache waits"), stop_cache, || cache.check()),
    );
    Ok(())
}
