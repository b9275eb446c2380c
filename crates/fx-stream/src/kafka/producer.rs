//! Appending: once, in order, patiently.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fx_config::KafkaSettings;
use rdkafka::Statistics;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::future_producer::Delivery;
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer as _};

use super::client;
use super::health::{self, Reachability};
use crate::error::kafka_reason;
use crate::{Record, StreamError, Topic};

/// How long to wait for room while others fill the queue.
const ROOM_AGAIN: Duration = Duration::from_millis(5);

/// What the producer's client tells.
pub(super) struct Context(Reachability);

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, line: &str) {
        health::log(level, facility, line);
    }

    fn stats(&self, statistics: Statistics) {
        self.0.observe(&statistics);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.failed(&error, reason);
    }
}

type Native = FutureProducer<Context>;

/// The producer, and how to make another when it can no longer keep its promise.
pub(super) struct Producer {
    settings: KafkaSettings,
    reachability: Reachability,
    native: Mutex<Arc<Native>>,
}

impl Producer {
    pub(super) fn try_new(settings: &KafkaSettings, reachability: &Reachability) -> Result<Self, StreamError> {
        let native = Mutex::new(Arc::new(connect(settings, reachability)?));
        Ok(Self { settings: settings.clone(), reachability: reachability.clone(), native })
    }

    /// The producer of the moment.
    pub(super) fn native(&self) -> Arc<Native> {
        Arc::clone(&self.native.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Appends in order, and waits until every record is kept.
    pub(super) async fn publish(&self, topic: Topic, name: &str, records: &[Record]) -> Result<(), StreamError> {
        let native = self.native();
        let published = publish(&native, name, records).await;
        if native.client().fatal_error().is_some() {
            self.replace(&native)?;
        }
        published.map_err(|error| StreamError::Refused { topic, name: name.to_owned(), reason: kafka_reason(&error) })
    }

    /// An idempotent producer that lost count cannot go on; the next one can.
    fn replace(&self, broken: &Arc<Native>) -> Result<(), StreamError> {
        let mut native = self.native.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&native, broken) {
            tracing::warn!("the producer cannot go on, another takes over");
            *native = Arc::new(connect(&self.settings, &self.reachability)?);
        }
        Ok(())
    }
}

fn connect(settings: &KafkaSettings, reachability: &Reachability) -> Result<Native, StreamError> {
    client::producer(settings)
        .create_with_context(Context(reachability.clone()))
        .map_err(|error| StreamError::kafka("make a producer", &error))
}

async fn publish(native: &Native, name: &str, records: &[Record]) -> Result<(), KafkaError> {
    let mut on_their_way = VecDeque::with_capacity(records.len());
    for record in records {
        let delivery = enqueue(native, name, record, &mut on_their_way).await?;
        on_their_way.push_back(delivery);
    }
    while let Some(delivery) = on_their_way.pop_front() {
        kept(delivery).await?;
    }
    Ok(())
}

/// Puts a record into the queue, as soon as there is room.
async fn enqueue(
    native: &Native,
    name: &str,
    record: &Record,
    on_their_way: &mut VecDeque<DeliveryFuture>,
) -> Result<DeliveryFuture, KafkaError> {
    loop {
        match native.send_result(native_record(name, record)) {
            Ok(delivery) => return Ok(delivery),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => match on_their_way.pop_front() {
                Some(oldest) => kept(oldest).await?,
                None => tokio::time::sleep(ROOM_AGAIN).await,
            },
            Err((error, _)) => return Err(error),
        }
    }
}

fn native_record<'a>(name: &'a str, record: &'a Record) -> FutureRecord<'a, str, [u8]> {
    let mut native = FutureRecord::to(name).payload(record.payload.as_ref());
    if let Some(key) = &record.key {
        native = native.key(key.as_str());
    }
    if let Some(partition) = record.partition {
        native = native.partition(i32::try_from(partition).unwrap_or(i32::MAX));
    }
    if !record.headers.is_empty() {
        let empty = OwnedHeaders::new_with_capacity(record.headers.len());
        let with = |headers: OwnedHeaders, (key, value): &(String, String)| {
            headers.insert(Header { key, value: Some(value.as_str()) })
        };
        native = native.headers(record.headers.iter().fold(empty, with));
    }
    native
}

async fn kept(delivery: DeliveryFuture) -> Result<(), KafkaError> {
    match delivery.await {
        Ok(Ok(Delivery { .. })) => Ok(()),
        Ok(Err((error, _))) => Err(error),
        Err(_) => Err(KafkaError::Canceled),
    }
}
