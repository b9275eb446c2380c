//! A recording into Kafka.

use fx_stream::kafka::KafkaLog;
use fx_stream::message::ORIGIN;
use fx_stream::{Log, Topic};
use fx_testkit::kafka;

use crate::producer::{Producer, topics};

const HISTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/bundled/ecb-2y.csv.gz");

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_ends_well_and_has_nothing_left_to_do_the_second_time() {
    let broker = tokio::task::spawn_blocking(kafka::shared).await.expect("starts");
    let topics = topics(broker).await;
    let log = KafkaLog::connect(&topics).expect("settings that are right");
    let folder = tempfile::tempdir().expect("a temporary directory");
    for _ in 0..2 {
        let mut producer = Producer::start(folder.path(), &topics, "", &["--replay", HISTORY, "--speed", "max"]);
        assert!(producer.ended().await.success());
        let end = log.positions("nobody", Topic::Rates).await.expect("positions")[0].end;
        assert_eq!(end, 511, "510 days and a last word");
    }
    let newest = log.newest(Topic::Rates, "ecb").await.expect("answers").expect("there is one");
    assert!(newest.record.header(ORIGIN).is_some_and(|origin| origin.starts_with("replay:ecb:")));
}
