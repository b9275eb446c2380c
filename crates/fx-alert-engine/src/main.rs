//! `fx-alert-engine`: the alert engine as a process of its own. Another instance shares the partitions, or stands by.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use fx_alert_engine::{GROUP, Settings, keep_running};
use fx_config::Shared;
use fx_service::program::{self, NoArguments, Program, Service};
use fx_store::postgres::PostgresStore;
use fx_stream::kafka::KafkaLog;

const SERVICE: Service = Service {
    name: "fx-alert-engine",
    about: "Watches the rates with alerts",
    address: |metrics| Some(metrics.alert_engine),
};

fn main() -> ExitCode {
    program::main(&SERVICE, run)
}

async fn run(program: Program, _: NoArguments) -> Result<()> {
    let settings = &program.settings;
    settings.check_shared(SERVICE.name, &[Shared::Stream, Shared::Store])?;
    fx_stream::describe();
    fx_alert_engine::metrics::describe();
    let log = Arc::new(KafkaLog::connect(&settings.stream.kafka)?);
    let store = PostgresStore::connect(&settings.store.postgresql)?.engine();
    let rules = Settings::from_plans(&settings.feeds.plans(&settings.currencies));
    keep_running(rules, log, store, program.health.component(GROUP), program.shutdown.clone()).await;
    Ok(())
}
