//! `fx-consumer`: the roles of the settings, or those that the command line names, as a process of its own.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use fx_cache::RedisCache;
use fx_config::{ConsumerRole, Shared};
use fx_consumer::Roles;
use fx_service::program::{self, Program, Service};
use fx_store::postgres::PostgresStore;
use fx_stream::kafka::KafkaLog;
use tokio::task::JoinSet;

const SERVICE: Service = Service {
    name: "fx-consumer",
    about: "Derives crosses and volatility, and keeps rates in the history and the cache",
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
    let roles = Roles {
        log: Arc::new(KafkaLog::connect(&settings.stream.kafka)?),
        rates: PostgresStore::connect(&settings.store.postgresql)?.rates(),
        cache: Arc::new(RedisCache::connect(&settings.cache.redis)?),
        health: program.health.clone(),
        clock: Arc::clone(&program.clock),
        shutdown: program.shutdown.clone(),
    };
    let mut tasks = JoinSet::new();
    roles.spawn(settings, &mut tasks);
    tasks.join_all().await;
    Ok(())
}
