//! What only PostgreSQL can be asked: many processes at once, and a server that goes and comes.

mod engines;
mod faults;
mod tables;
mod tls;
mod writers;

use std::time::{Duration, Instant};

use fx_config::PostgresqlSettings;
use fx_store::PostgresStore;
use fx_testkit::postgres::{Schema, shared};

use crate::backend::settings;

/// How long anything that happens by itself may take.
const PATIENCE: Duration = Duration::from_mins(1);

fn schema() -> Schema {
    Schema::new(shared())
}

fn connect(settings: &PostgresqlSettings) -> PostgresStore {
    PostgresStore::connect(settings).expect("reads its files")
}

/// A store in a schema, as one process has it.
fn store(schema: &Schema) -> PostgresStore {
    connect(&settings(schema))
}

/// Waits until `is_so` answers true.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "{what} has not come about");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
