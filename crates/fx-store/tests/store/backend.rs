//! The stores that the contracts are about.

use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use fx_config::PostgresqlSettings;
use fx_sqlite::Sqlite;
use fx_store::alerts::{AlertStore, EngineStore, SqliteAlerts};
use fx_store::delivery::{ChannelStore, DeliveryStore};
use fx_store::rates::{RateStore, SqliteRates};
use fx_store::{PostgresStore, StoreError};
use fx_testkit::postgres::{self, Schema};

/// A store with nothing in it.
pub(crate) struct Backend {
    pub(crate) alerts: Arc<dyn AlertStore>,
    pub(crate) engine: Arc<dyn EngineStore>,
    pub(crate) channels: Arc<dyn ChannelStore>,
    pub(crate) deliveries: Arc<dyn DeliveryStore>,
    pub(crate) rates: Arc<dyn RateStore>,
    place: Place,
}

enum Place {
    Folder(tempfile::TempDir),
    Schema(Schema),
}

impl Backend {
    pub(crate) async fn sqlite() -> Self {
        Self::at(Place::Folder(tempfile::tempdir().expect("a folder"))).await
    }

    pub(crate) async fn postgresql() -> Self {
        Self::at(Place::Schema(Schema::new(postgres::shared()))).await
    }

    /// The same place, as a program finds it that is started again.
    pub(crate) async fn restart(self) -> Self {
        let Self { alerts, engine, channels, deliveries, rates, place } = self;
        drop((alerts, engine, channels, deliveries, rates));
        Self::at(place).await
    }

    /// The same place after `sql` has been run on it, as a program finds it that is started then.
    pub(crate) async fn restart_after(self, sql: &str) -> Self {
        let Self { alerts, engine, channels, deliveries, rates, place } = self;
        drop((alerts, engine, channels, deliveries, rates));
        match &place {
            Place::Folder(folder) => {
                let file = Sqlite::open(folder.path()).expect("opens");
                file.write_blocking::<_, StoreError>(|connection| Ok(connection.batch_execute(sql)?)).expect("runs");
            }
            Place::Schema(schema) => _ = schema.run(sql),
        }
        Self::at(place).await
    }

    async fn at(place: Place) -> Self {
        match &place {
            Place::Folder(folder) => {
                let file = Sqlite::open(folder.path()).expect("opens");
                let rates = Arc::new(SqliteRates::try_new(file.clone()).expect("migrates"));
                let alerts = Arc::new(SqliteAlerts::try_new(file).expect("migrates"));
                let (engine, channels, deliveries) = (alerts.clone(), alerts.clone(), alerts.clone());
                Self { alerts, engine, channels, deliveries, rates, place }
            }
            Place::Schema(schema) => {
                let store = PostgresStore::connect(&settings(schema)).expect("reads its files");
                listens(&store).await;
                let (alerts, engine, rates) = (store.alerts(), store.engine(), store.rates());
                Self { alerts, engine, channels: store.channels(), deliveries: store.deliveries(), rates, place }
            }
        }
    }
}

/// Settings for a schema on the server of this test run.
pub(crate) fn settings(schema: &Schema) -> PostgresqlSettings {
    PostgresqlSettings {
        host: schema.address().ip().to_string(),
        port: schema.address().port(),
        database: postgres::DATABASE.to_owned(),
        user: postgres::USER.to_owned(),
        schema: schema.name().to_owned(),
        ..PostgresqlSettings::default()
    }
}

/// Waits until the store hears of what others change.
pub(crate) async fn listens(store: &PostgresStore) {
    let mut changes = store.engine().changes();
    tokio::time::timeout(Duration::from_mins(1), changes.changed()).await.expect("in time").expect("the store lives");
}

/// Runs each contract on each store.
macro_rules! contracts {
    ($($contract:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test] async fn $contract() { super::$contract($crate::backend::Backend::sqlite().await).await; })*
        }
        mod postgresql {
            $(#[tokio::test] async fn $contract() { super::$contract($crate::backend::Backend::postgresql().await).await; })*
        }
    };
}
