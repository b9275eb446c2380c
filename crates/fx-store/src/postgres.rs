//! PostgreSQL: history, alerts and the engine's position in the tables of one schema.
//!
//! A server that is down fails what is asked of it, never the store: each call takes a connection of its own from a small
//! pool, makes one where there is none, and throws it away when anything went wrong with it. Tables are brought up to date
//! before the first call does its work, where that is allowed.

mod connector;
mod lock;
mod migrations;
mod pool;
mod tls;

use std::sync::Arc;

use fx_config::PostgresqlSettings;

use crate::StoreError;
use crate::alerts::{AlertStore, EngineStore, PostgresAlerts};
use crate::delivery::{ChannelStore, DeliveryStore};
use crate::rates::{PostgresRates, RateStore};

pub(crate) use connector::Connector;
pub(crate) use lock::one_at_a_time;
pub use migrations::{plan, provision};
pub(crate) use pool::Pool;

/// Everything that is kept in one schema of PostgreSQL, cheap to clone; all clones share their connections.
#[derive(Clone)]
pub struct PostgresStore {
    pool: Pool,
    rates: Arc<PostgresRates>,
    alerts: Arc<PostgresAlerts>,
}

impl PostgresStore {
    /// The store that the settings name. Nothing is connected yet: a server that is down is found by the first call.
    ///
    /// # Errors
    /// A certificate or key that the settings name cannot be read.
    pub fn connect(settings: &PostgresqlSettings) -> Result<Self, StoreError> {
        let pool = Pool::new(Connector::try_new(settings)?, settings);
        let rates = Arc::new(PostgresRates::new(pool.clone()));
        let alerts = Arc::new(PostgresAlerts::new(pool.clone()));
        Ok(Self { pool, rates, alerts })
    }

    /// Whether the server answers and its tables are as this program wants them, made so where that is allowed.
    ///
    /// # Errors
    /// What stands in the way; [`StoreError::Outdated`] is for an operator to mend.
    pub async fn check(&self) -> Result<(), StoreError> {
        self.pool.check().await
    }

    /// The server as host:port, for messages.
    pub fn server(&self) -> &str {
        self.pool.connector().server()
    }

    /// The history.
    pub fn rates(&self) -> Arc<dyn RateStore> {
        self.rates.clone()
    }

    /// The alerts, for those who set and read them.
    pub fn alerts(&self) -> Arc<dyn AlertStore> {
        self.alerts.clone()
    }

    /// The alerts, for the engine.
    pub fn engine(&self) -> Arc<dyn EngineStore> {
        self.alerts.clone()
    }

    /// The channels.
    pub fn channels(&self) -> Arc<dyn ChannelStore> {
        self.alerts.clone()
    }

    /// The deliveries.
    pub fn deliveries(&self) -> Arc<dyn DeliveryStore> {
        self.alerts.clone()
    }
}
