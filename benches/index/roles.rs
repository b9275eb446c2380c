//! Roles in this process, on a log in Kafka.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fx_config::{IndexSettings, KafkaSettings};
use fx_consumer::{enrich, index};
use fx_domain::clock::SystemClock;
use fx_domain::enrich::EnrichSettings;
use fx_index::Index;
use fx_service::{HealthRegistry, Shutdown};
use fx_stream::Log;
use fx_stream::kafka::{KafkaLog, provision};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinSet;

use crate::figures::metric;

const RETENTION: Duration = Duration::from_hours(24);

/// Topics of their own on this broker.
pub(crate) async fn log(broker: &str) -> Arc<dyn Log> {
    let prefix = format!("{}-", fx_testkit::unique());
    let settings = KafkaSettings { brokers: vec![broker.to_owned()], prefix, ..KafkaSettings::default() };
    provision(&settings, RETENTION).await.expect("the topics are made");
    Arc::new(KafkaLog::connect(&settings).expect("settings of Kafka"))
}

/// How many rates the role `index` has written and committed in this process.
pub(crate) fn indexed() -> f64 {
    metric(&metrics().render(), r#"fx_consumer_rates_total{role="index"}"#)
}

fn metrics() -> &'static PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(|| PrometheusBuilder::new().install_recorder().expect("the first recorder"))
}

/// A role at work.
pub(crate) struct Running {
    health: HealthRegistry,
    shutdown: Shutdown,
    tasks: JoinSet<()>,
}

impl Running {
    fn new() -> Self {
        metrics();
        let health = HealthRegistry::new(Arc::new(SystemClock));
        Self { health, shutdown: Shutdown::new(), tasks: JoinSet::new() }
    }

    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.tasks.join_all().await;
    }
}

pub(crate) fn enrich(log: &Arc<dyn Log>) -> Running {
    let settings = enrich::Settings {
        enrich: EnrichSettings::default(),
        state_every_batches: 500,
        state_every: Duration::from_secs(10),
    };
    let mut running = Running::new();
    let role =
        enrich::run(settings, Arc::clone(log), running.health.component(enrich::GROUP), running.shutdown.clone());
    running.tasks.spawn(async { role.await.expect("the log answers") });
    running
}

pub(crate) fn index(log: &Arc<dyn Log>, settings: &IndexSettings) -> Running {
    let index = Arc::new(Index::connect(settings).expect("settings of Elasticsearch"));
    let mut running = Running::new();
    let (part, stop) = (index::Part::Rates, running.shutdown.clone());
    let role = index::run(part, Arc::clone(log), index, running.health.component(part.group()), stop);
    running.tasks.spawn(async { role.await.expect("the log answers") });
    running
}
