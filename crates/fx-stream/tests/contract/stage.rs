//! What the cases need of a log, and what they have in common.

use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use fx_stream::{Assigned, Consumer, Delivery, Follower, Log, Message, Record, Topic};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

/// Long enough for any machine; only a test that fails waits for it.
const PATIENCE: Duration = Duration::from_mins(1);

/// A log that a case has for itself.
#[async_trait]
pub(crate) trait Stage: Send {
    fn log(&self) -> Arc<dyn Log>;

    /// The same log as another process sees it.
    fn reopen(&mut self);

    /// Removes what is before `offset`, as retention does.
    async fn remove_before(&self, topic: Topic, offset: u64);
}

/// What `wanted` gives, which must come to be.
pub(crate) async fn soon<T>(what: &str, wanted: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, wanted).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    soon(what, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

/// The metrics of this process.
pub(crate) fn metrics() -> &'static PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(|| PrometheusBuilder::new().install_recorder().expect("the first recorder"))
}

pub(crate) fn record(key: &str, payload: &str) -> Record {
    let headers = vec![("fx-origin".to_owned(), "test".to_owned())];
    Record { key: Some(key.to_owned()), partition: None, headers, payload: payload.to_owned().into() }
}

/// Bytes that no compression makes small.
pub(crate) fn noise(bytes: usize, seed: u32) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64 ^ u64::from(seed);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut noise: Vec<u8> = (0..bytes.div_ceil(8)).flat_map(|_| next()).collect();
    noise.truncate(bytes);
    noise
}

/// Records of one key with these numbers.
pub(crate) fn numbered(numbers: std::ops::Range<u32>) -> Vec<Record> {
    numbers.map(|number| record("a", &number.to_string())).collect()
}

pub(crate) fn payloads(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| String::from_utf8_lossy(&message.record.payload).into_owned()).collect()
}

pub(crate) async fn take(consumer: &mut dyn Consumer, wanted: usize) -> Vec<Message> {
    let mut taken = Vec::new();
    while taken.len() < wanted {
        match soon("messages", consumer.next()).await.expect("the log answers") {
            Delivery::Messages(messages) => taken.extend(messages),
            news => panic!("messages were expected, not {news:?}"),
        }
    }
    taken
}

pub(crate) async fn assigned(consumer: &mut dyn Consumer) -> Vec<Assigned> {
    match soon("an assignment", consumer.next()).await.expect("the log answers") {
        Delivery::Assigned(assigned) => assigned,
        news => panic!("an assignment was expected, not {news:?}"),
    }
}

pub(crate) async fn follow(follower: &mut dyn Follower, wanted: usize) -> Vec<Message> {
    let mut taken = Vec::new();
    while taken.len() < wanted {
        taken.extend(soon("messages", follower.next()).await.expect("the log answers"));
    }
    taken
}
