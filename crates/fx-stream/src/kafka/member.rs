//! A member of a consumer group.

use std::time::Duration;

use async_trait::async_trait;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;

use super::desk::Desk;
use super::group::Context;
use super::poll::Poller;
use super::{KafkaLog, client};
use crate::{Consumer, Delivery, StreamError, Topic, lag};

/// How long leaving may take until it goes on without being waited for.
const LEAVING: Duration = Duration::from_secs(5);

pub(super) struct Member {
    desk: Desk,
}

pub(super) fn join(log: &KafkaLog, group: &str, topic: Topic) -> Result<Member, StreamError> {
    let desk = Desk::default();
    let context = Context {
        group: group.to_owned(),
        topic: log.name(topic),
        desk: desk.clone(),
        reachability: log.reachability(),
        lag: lag::of(group, topic),
    };
    let doing = format!("join group {group}");
    let consumer = connect(log, group, context).map_err(|error| StreamError::kafka(&doing, &error))?;
    let poller = Poller::new(consumer, desk.clone());
    std::thread::Builder::new()
        .name(format!("kafka-{group}"))
        .spawn(move || poller.run())
        .map_err(|error| StreamError::Kafka { doing, reason: error.to_string() })?;
    Ok(Member { desk })
}

fn connect(log: &KafkaLog, group: &str, context: Context) -> Result<BaseConsumer<Context>, KafkaError> {
    let (topic, desk) = (context.topic.clone(), context.desk.clone());
    let mut consumer: BaseConsumer<Context> = client::member(log.settings(), group).create_with_context(context)?;
    consumer.set_nonempty_callback(move || desk.bell().ring());
    consumer.subscribe(&[&topic])?;
    Ok(consumer)
}

#[async_trait]
impl Consumer for Member {
    async fn next(&mut self) -> Result<Delivery, StreamError> {
        self.desk.next().await
    }

    async fn commit(&mut self, partition: u32, offset: u64) -> Result<(), StreamError> {
        self.desk.commit(partition, offset);
        Ok(())
    }

    async fn seek(&mut self, partition: u32, offset: u64) -> Result<(), StreamError> {
        self.desk.seek(partition, offset);
        Ok(())
    }

    async fn close(self: Box<Self>) -> Result<(), StreamError> {
        self.desk.close();
        if tokio::time::timeout(LEAVING, self.desk.ended()).await.is_err() {
            tracing::warn!("kafka does not answer, leaving the group without waiting for it");
        }
        Ok(())
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.desk.close();
    }
}
