//! The log on Apache Kafka.
//!
//! One idempotent producer for a process; a client with a poll thread of its own for each member of a group; a client
//! for each follower. A record with a key goes where Kafka's Java clients would put it (murmur2 of the key), one that
//! names a partition goes there, any other anywhere.
//!
//! A broker that is down is waited for: [`crate::Log::publish`] and the readers go on by themselves when it is back, and
//! [`crate::Log::trouble`] says what is wrong meanwhile.

mod ask;
mod bell;
mod client;
mod desk;
mod follower;
mod group;
mod health;
mod member;
mod message;
mod names;
mod newest;
mod poll;
mod producer;
mod provision;
mod topics;

use std::sync::Arc;

use async_trait::async_trait;
use fx_config::KafkaSettings;
pub use provision::{plan, provision};
use rdkafka::producer::Producer as _;

use self::ask::off_thread;
use self::health::Reachability;
use self::names::Names;
use self::producer::Producer;
use crate::{Consumer, Follower, Log, Message, PartitionPosition, Record, Start, StreamError, Topic};

/// A log in Kafka, cheap to clone.
#[derive(Clone)]
pub struct KafkaLog(Arc<Inner>);

struct Inner {
    settings: KafkaSettings,
    names: Names,
    producer: Arc<Producer>,
    reachability: Reachability,
}

impl KafkaLog {
    /// Makes the clients; nobody is asked yet, [`Log::check`] does that.
    ///
    /// # Errors
    /// A setting that the client does not take, such as a certificate that is none.
    pub fn connect(settings: &KafkaSettings) -> Result<Self, StreamError> {
        let reachability = Reachability::default();
        let producer = Arc::new(Producer::try_new(settings, &reachability)?);
        let names = Names::new(&settings.prefix);
        Ok(Self(Arc::new(Inner { settings: settings.clone(), names, producer, reachability })))
    }

    fn settings(&self) -> &KafkaSettings {
        &self.0.settings
    }

    fn producer(&self) -> &Arc<Producer> {
        &self.0.producer
    }

    fn reachability(&self) -> Reachability {
        self.0.reachability.clone()
    }

    fn name(&self, topic: Topic) -> String {
        self.0.names.topic(topic)
    }

    fn check_topic(&self, topic: Topic) -> Result<(), StreamError> {
        let (name, wanted) = (self.name(topic), topics::partitions(self.settings(), topic));
        let found = ask::partitions(self.producer().native().client(), &name)?;
        if found == wanted {
            return Ok(());
        }
        let (found, wanted) = (found.to_string(), wanted.to_string());
        Err(StreamError::TopicDiffers { name, setting: "partitions", found, wanted })
    }
}

#[async_trait]
impl Log for KafkaLog {
    async fn publish(&self, topic: Topic, records: Vec<Record>) -> Result<(), StreamError> {
        self.producer().publish(topic, &self.name(topic), &records).await
    }

    async fn subscribe(&self, group: &str, topic: Topic) -> Result<Box<dyn Consumer>, StreamError> {
        Ok(Box::new(member::join(self, group, topic)?))
    }

    async fn follow(&self, topic: Topic, start: Start) -> Result<Box<dyn Follower>, StreamError> {
        Ok(Box::new(follower::follow(self, topic, start).await?))
    }

    async fn newest(&self, topic: Topic, key: &str) -> Result<Option<Message>, StreamError> {
        let (log, key) = (self.clone(), key.to_owned());
        off_thread(move || newest::newest(&log, topic, &key)).await
    }

    async fn partitions(&self, topic: Topic) -> Result<u32, StreamError> {
        let log = self.clone();
        off_thread(move || ask::partitions(log.producer().native().client(), &log.name(topic))).await
    }

    async fn positions(&self, group: &str, topic: Topic) -> Result<Vec<PartitionPosition>, StreamError> {
        let (log, group) = (self.clone(), group.to_owned());
        off_thread(move || ask::positions(log.settings(), log.producer(), &group, &log.name(topic))).await
    }

    async fn move_group(&self, group: &str, topic: Topic, to: Start) -> Result<Vec<PartitionPosition>, StreamError> {
        let (log, name) = (self.clone(), group.to_owned());
        off_thread(move || ask::move_group(log.settings(), log.producer(), &name, &log.name(topic), &to)).await?;
        self.positions(group, topic).await
    }

    async fn check(&self) -> Result<(), StreamError> {
        if let Some(reason) = self.trouble() {
            return Err(StreamError::Kafka { doing: "reach kafka".to_owned(), reason });
        }
        let log = self.clone();
        off_thread(move || Topic::ALL.into_iter().try_for_each(|topic| log.check_topic(topic))).await
    }

    fn trouble(&self) -> Option<String> {
        self.0.reachability.trouble()
    }
}
