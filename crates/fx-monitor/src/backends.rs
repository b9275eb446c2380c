//! The log, the stores and the cache that the settings choose, in any mix.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use fx_cache::{LatestRates, Memory, RedisCache};
use fx_config::{CacheBackend, Settings, StoreBackend, StreamBackend};
use fx_domain::clock::{Clock, SystemClock};
use fx_sqlite::Sqlite;
use fx_store::alerts::{AlertStore, EngineStore, SqliteAlerts};
use fx_store::delivery::{ChannelStore, DeliveryStore};
use fx_store::postgres::PostgresStore;
use fx_store::rates::{RateStore, SqliteRates};
use fx_stream::Log;
use fx_stream::embedded::EmbeddedLog;
use fx_stream::kafka::KafkaLog;

/// What the parts of the process work on.
pub(crate) struct Backends {
    pub(crate) log: Arc<dyn Log>,
    /// The same where it is ours to keep short.
    pub(crate) embedded_log: Option<EmbeddedLog>,
    pub(crate) rates: Arc<dyn RateStore>,
    pub(crate) alerts: Arc<dyn AlertStore>,
    pub(crate) engine: Arc<dyn EngineStore>,
    pub(crate) channels: Arc<dyn ChannelStore>,
    pub(crate) deliveries: Arc<dyn DeliveryStore>,
    pub(crate) cache: Arc<dyn LatestRates>,
    /// The history's and the alerts' server, where there is one.
    pub(crate) postgres: Option<PostgresStore>,
    /// By what name each is known.
    pub(crate) names: fx_api::Backends,
}

/// Opens what the settings choose. A server need not answer yet.
pub(crate) fn open(settings: &Settings, clock: &Arc<dyn Clock>) -> Result<Backends> {
    let is_embedded = settings.stream.backend == StreamBackend::Embedded;
    let file = (is_embedded || settings.store.backend == StoreBackend::Sqlite)
        .then(|| Sqlite::open(&settings.data_dir))
        .transpose()?;
    let (log, embedded_log) = open_log(settings, file.as_ref(), clock)?;
    let cache: Arc<dyn LatestRates> = match settings.cache.backend {
        CacheBackend::Memory => Arc::new(Memory::default()),
        CacheBackend::Redis => Arc::new(RedisCache::connect(&settings.cache.redis)?),
    };
    let names = fx_api::Backends::of(settings);
    match file {
        Some(file) if settings.store.backend == StoreBackend::Sqlite => {
            let alerts = Arc::new(SqliteAlerts::try_new(file.clone())?);
            Ok(Backends {
                log,
                embedded_log,
                rates: Arc::new(SqliteRates::try_new(file)?),
                alerts: alerts.clone(),
                engine: alerts.clone(),
                channels: alerts.clone(),
                deliveries: alerts,
                cache,
                postgres: None,
                names,
            })
        }
        _ => {
            let store = PostgresStore::connect(&settings.store.postgresql)?;
            Ok(Backends {
                log,
                embedded_log,
                rates: store.rates(),
                alerts: store.alerts(),
                engine: store.engine(),
                channels: store.channels(),
                deliveries: store.deliveries(),
                cache,
                postgres: Some(store),
                names,
            })
        }
    }
}

/// The log alone, for a command that works on it.
pub(crate) fn log(config: Option<&Path>) -> Result<Arc<dyn Log>> {
    let settings = Settings::load(config)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let is_embedded = settings.stream.backend == StreamBackend::Embedded;
    let file = is_embedded.then(|| Sqlite::open(&settings.data_dir)).transpose()?;
    Ok(open_log(&settings, file.as_ref(), &clock)?.0)
}

fn open_log(
    settings: &Settings,
    file: Option<&Sqlite>,
    clock: &Arc<dyn Clock>,
) -> Result<(Arc<dyn Log>, Option<EmbeddedLog>)> {
    match file {
        Some(file) if settings.stream.backend == StreamBackend::Embedded => {
            let log = EmbeddedLog::try_new(file.clone(), Arc::clone(clock))?;
            Ok((Arc::new(log.clone()), Some(log)))
        }
        _ => Ok((Arc::new(KafkaLog::connect(&settings.stream.kafka)?), None)),
    }
}
