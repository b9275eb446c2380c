//! `fx-alert-engine`: the alert engine as a process of its own. Another instance shares the partitions, or stands by.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use fx_alert_engine::delivery::{Office, keep_delivering};
use fx_alert_engine::{GROUP, Settings, keep_running};
use fx_config::Shared;
use fx_service::keep_checking;
use fx_service::program::{self, NoArguments, Program, Service};
use fx_store::postgres::PostgresStore;
use fx_stream::Log;
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
    let log: Arc<dyn Log> = Arc::new(KafkaLog::connect(&settings.stream.kafka)?);
    let store = PostgresStore::connect(&settings.store.postgresql)?;
    let rules = Settings::from_plans(&settings.feeds.plans(&settings.currencies));
    let stores = (store.deliveries(), store.channels());
    let office = Office::try_new(&settings.delivery, &settings.data_dir, stores, Arc::clone(&program.clock))?;
    let part = |name: &str| (program.health.component(name), program.shutdown.clone());
    let ((health, shutdown), (log_health, stop_log), (store_health, stop_store), (delivery_health, stop_delivery)) =
        (part(GROUP), part("log"), part("store"), part("delivery"));
    tokio::join!(
        keep_delivering(office, delivery_health, stop_delivery),
        keep_running(rules, Arc::clone(&log), store.engine(), health, shutdown),
        keep_checking(log_health, None, stop_log, || log.check()),
        keep_checking(store_health, None, stop_store, || store.check()),
    );
    Ok(())
}
