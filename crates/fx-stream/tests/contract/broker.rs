//! The log on a real broker, under a prefix of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fx_config::KafkaSettings;
use fx_stream::kafka::{KafkaLog, provision};
use fx_stream::{Log, Topic};
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

pub(crate) const RETENTION: Duration = Duration::from_hours(24);

/// Topics of one test.
pub(crate) struct Broker {
    pub(crate) settings: KafkaSettings,
    log: KafkaLog,
    is_shared: bool,
}

impl Broker {
    /// On the broker that the tests share, with so many partitions of the topics that may have more than one.
    pub(crate) async fn new(rates: u32, enriched: u32) -> Self {
        let mut broker = Self::on(vec![shared().await], rates, enriched).await;
        broker.is_shared = true;
        broker
    }

    /// On brokers of the test's own.
    pub(crate) async fn on(brokers: Vec<String>, rates_partitions: u32, enriched_partitions: u32) -> Self {
        Self::with(KafkaSettings { rates_partitions, enriched_partitions, ..unprovisioned(brokers) }).await
    }

    /// As these settings say.
    pub(crate) async fn with(settings: KafkaSettings) -> Self {
        provision(&settings, RETENTION).await.expect("the topics are made");
        let log = KafkaLog::connect(&settings).expect("connects");
        Self { settings, log, is_shared: false }
    }
}

/// The address of the shared broker, which may have to be started first.
pub(crate) async fn shared() -> String {
    tokio::task::spawn_blocking(fx_testkit::kafka::shared).await.expect("a broker").to_owned()
}

/// A prefix of one test, without topics yet.
pub(crate) fn unprovisioned(brokers: Vec<String>) -> KafkaSettings {
    KafkaSettings { brokers, prefix: format!("{}-", fx_testkit::unique()), ..KafkaSettings::default() }
}

pub(crate) fn admin(settings: &KafkaSettings) -> AdminClient<DefaultClientContext> {
    ClientConfig::new().set("bootstrap.servers", settings.brokers.join(",")).create().expect("a client")
}

#[async_trait]
impl crate::stage::Stage for Broker {
    fn log(&self) -> Arc<dyn Log> {
        Arc::new(self.log.clone())
    }

    fn reopen(&mut self) {
        self.log = KafkaLog::connect(&self.settings).expect("connects");
    }

    async fn remove_before(&self, topic: Topic, offset: u64) {
        let mut before = TopicPartitionList::new();
        let offset = Offset::Offset(i64::try_from(offset).expect("small"));
        before.add_partition_offset(&format!("{}{topic}", self.settings.prefix), 0, offset).expect("a place");
        admin(&self.settings).delete_records(&before, &AdminOptions::new()).await.expect("removed");
    }
}

impl Drop for Broker {
    /// The shared broker stays small.
    fn drop(&mut self) {
        if self.is_shared {
            delete(&self.settings);
        }
    }
}

/// Deletes the topics of a prefix.
pub(crate) fn delete(settings: &KafkaSettings) {
    let names = Topic::ALL.map(|topic| format!("{}{topic}", settings.prefix));
    let admin = admin(settings);
    let deleting = std::thread::spawn(move || {
        let names = names.each_ref().map(String::as_str);
        let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(10)));
        futures::executor::block_on(admin.delete_topics(&names, &options)).map(|_| ())
    });
    drop(deleting.join());
}
