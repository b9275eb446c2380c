//! The embedded log, and what only it can.

use std::sync::Arc;

use async_trait::async_trait;
use fx_domain::clock::{FixedClock, SystemClock, Timestamp};
use fx_sqlite::Sqlite;
use fx_stream::embedded::EmbeddedLog;
use fx_stream::{Log, Start, StreamError, Topic};

use crate::stage::{Stage, follow, payloads, record};

pub(crate) struct Embedded {
    folder: tempfile::TempDir,
    log: Option<EmbeddedLog>,
}

impl Embedded {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let log = Some(open(folder.path()));
        Self { folder, log }
    }

    fn opened(&self) -> &EmbeddedLog {
        self.log.as_ref().expect("is open")
    }
}

fn open(folder: &std::path::Path) -> EmbeddedLog {
    let file = Sqlite::open(folder).expect("a new file");
    EmbeddedLog::try_new(file, Arc::new(SystemClock)).expect("a new log")
}

#[async_trait]
impl Stage for Embedded {
    fn log(&self) -> Arc<dyn Log> {
        Arc::new(self.opened().clone())
    }

    fn reopen(&mut self) {
        self.log = None;
        self.log = Some(open(self.folder.path()));
    }

    async fn remove_before(&self, topic: Topic, offset: u64) {
        let mut slowest = self.opened().subscribe("slowest", topic).await.expect("subscribed");
        slowest.commit(0, offset).await.expect("committed");
        self.opened().prune(topic, Timestamp::MAX_UTC).await.expect("pruned");
    }
}

#[tokio::test]
async fn a_compacted_topic_keeps_only_the_newest_of_a_key() {
    let stage = Embedded::new();
    let log = stage.log();
    let records = vec![record("ecb", "old"), record("kraken", "other"), record("ecb", "new")];
    log.publish(Topic::State, records).await.expect("published");
    let mut states = log.follow(Topic::State, Start::Beginning).await.expect("follows");
    assert_eq!(payloads(&follow(states.as_mut(), 2).await), ["other", "new"]);
}

#[tokio::test]
async fn retention_removes_what_is_old_and_was_read_by_every_group() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (yesterday, today) =
        ("2026-01-13T10:00:00Z".parse().expect("a time"), "2026-01-14T10:00:00Z".parse().expect("a time"));
    let clock = Arc::new(FixedClock::new(yesterday));
    let log = EmbeddedLog::try_new(Sqlite::open(folder.path()).expect("a new file"), clock.clone()).expect("a new log");
    log.publish(Topic::Rates, vec![record("a", "one"), record("a", "two")]).await.expect("published");
    clock.set(today);
    log.publish(Topic::Rates, vec![record("a", "three")]).await.expect("published");
    assert_eq!(log.prune(Topic::Rates, today).await.expect("pruned"), 0, "no group has read anything");
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    consumer.commit(0, 1).await.expect("committed");
    assert_eq!(log.prune(Topic::Rates, today).await.expect("pruned"), 1);
    consumer.commit(0, 3).await.expect("committed");
    assert_eq!(log.prune(Topic::Rates, today).await.expect("pruned"), 1, "the third is of today");
    let gone = log.follow(Topic::Rates, Start::At(vec![(0, 1)])).await.err();
    assert!(matches!(gone, Some(StreamError::Gone { wanted: 1, oldest: 2, .. })), "{gone:?}");
    clock.set("2026-01-15T10:00:00Z".parse().expect("a time"));
    log.prune(Topic::Rates, "2026-01-15T10:00:00Z".parse().expect("a time")).await.expect("pruned");
    log.publish(Topic::Rates, vec![record("a", "four")]).await.expect("published");
    let newest = log.newest(Topic::Rates, "a").await.expect("answers").expect("there is one");
    assert_eq!(newest.offset, 3, "offsets are never used again");
}

#[tokio::test]
async fn a_file_that_is_another_programs_is_left_alone() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    std::fs::write(folder.path().join("fx-monitor.db"), "this is no database, but long enough to look like one")
        .expect("written");
    let error = Sqlite::open(folder.path()).err().expect("refused").to_string();
    assert!(error.contains("is not a SQLite file of fx-monitor"), "{error}");
}

#[tokio::test]
async fn a_data_directory_has_one_user_at_a_time() {
    let Embedded { folder, log } = Embedded::new();
    let error = Sqlite::open(folder.path()).err().expect("refused").to_string();
    assert!(error.contains("in use by another fx-monitor"), "{error}");
    drop(log);
    assert!(Sqlite::open(folder.path()).is_ok());
}
