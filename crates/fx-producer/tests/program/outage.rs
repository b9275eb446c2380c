//! Kafka is away, and the producer is killed meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fx_domain::batch::Batch;
use fx_domain::clock::SystemClock;
use fx_sqlite::Sqlite;
use fx_stream::embedded::EmbeddedLog;
use fx_stream::kafka::KafkaLog;
use fx_stream::message::{Payload, TRACEPARENT};
use fx_stream::{Follower, Log, Start, Topic};
use fx_testkit::kafka::Kafka;

use crate::exchange::{Exchange, number};
use crate::producer::{Producer, topics, until};

/// The numbers of the quotes as they stand in the log, up to the first one after `last`.
async fn numbers(follower: &mut dyn Follower, seen: &mut Vec<u64>, last: u64) {
    let reading = async {
        while seen.last().is_none_or(|seen| *seen <= last) {
            for message in follower.next().await.expect("Kafka answers") {
                let batch = Batch::decode(&message.record.payload).expect("a batch");
                if let Some(number) = number(&batch) {
                    let traceparent = message.record.header(TRACEPARENT).expect("a trace");
                    assert_eq!(traceparent.len(), 55, "{traceparent}");
                    seen.push(number);
                }
            }
        }
    };
    let read = tokio::time::timeout(Duration::from_mins(1), reading).await;
    assert!(read.is_ok(), "waited in vain for {last}, the newest are {:?}", seen.iter().rev().take(3));
}

/// The number of the newest quote that a process which is gone has left on its disk.
async fn newest_on_disk(folder: &Path) -> u64 {
    let file = Sqlite::open(&folder.join("data/spool")).expect("nobody has it open");
    let spool = EmbeddedLog::try_new(file, Arc::new(SystemClock)).expect("a spool");
    let newest = spool.newest(Topic::Rates, "kraken").await.expect("it can be read").expect("there is one");
    number(&Batch::decode(&newest.record.payload).expect("a batch")).expect("a quote")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_kafka_misses_comes_in_order_and_once_also_after_a_kill() {
    let mut kafka = tokio::task::spawn_blocking(Kafka::start).await.expect("starts");
    let topics = topics(&kafka.brokers()[0]).await;
    let exchange = Exchange::open().await;
    let folder = tempfile::tempdir().expect("a temporary directory");
    let feeds = format!(
        "[feeds]\norder = [\"kraken\"]\nbundled_history = false\n[feeds.kraken]\nurl = {:?}\nsymbols = [\"USDJPY\"]",
        exchange.url
    );
    let start = || Producer::start(folder.path(), &topics, &feeds, &[]);

    let first = start();
    let log = KafkaLog::connect(&topics).expect("settings that are right");
    let mut follower = log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
    let mut seen = Vec::new();
    numbers(follower.as_mut(), &mut seen, 100).await;
    until("a spool that is not needed", async || first.spool().await.contains("\"ok\"")).await;

    tokio::task::block_in_place(|| kafka.node(0).kill());
    until("the first on disk", async || first.spool().await.contains("batches wait on disk")).await;
    until("more of them", async || first.metric("fx_spool_disk_batches").await > 300).await;
    let killed_at = exchange.sent();
    first.kill();
    let kept = newest_on_disk(folder.path()).await;

    let second = start();
    until("those of the second life", async || exchange.sent() > killed_at + 200).await;
    until("word of it", async || second.spool().await.contains("\"down\"")).await;
    assert!(second.page("/health/ready").await.contains("down"), "it has never reached Kafka");
    tokio::task::block_in_place(|| kafka.node(0).start_again());
    let back_at = exchange.sent();
    numbers(follower.as_mut(), &mut seen, back_at + 200).await;
    until("an empty spool", async || second.spool().await.contains("\"ok\"")).await;
    assert!(second.stop().await.success());

    let gaps: Vec<_> = seen.windows(2).filter(|pair| pair[1] != pair[0] + 1).map(|pair| (pair[0], pair[1])).collect();
    assert!(seen.windows(2).all(|pair| pair[0] < pair[1]), "out of order or twice: {gaps:?}");
    // Only what was on its way to a process that was killed is missing: after the newest on its disk, and before the first
    // that its second life was sent.
    let missing = (kept, exchange.began());
    let expected = if missing.1 == missing.0 + 1 { vec![] } else { vec![missing] };
    assert_eq!(gaps, expected, "killed at {killed_at}");
}
