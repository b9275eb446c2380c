//! What every log must do. Each implementation is handed to the same checks.

use std::sync::Arc;

use fx_domain::clock::{FixedClock, SystemClock};
use fx_sqlite::Sqlite;
use fx_stream::embedded::EmbeddedLog;
use fx_stream::{Assigned, Consumer, Delivery, Follower, Log, Message, Record, Start, StreamError, Topic};

struct Embedded {
    folder: tempfile::TempDir,
    log: EmbeddedLog,
}

fn embedded() -> Embedded {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let log = open(folder.path());
    Embedded { folder, log }
}

fn open(folder: &std::path::Path) -> EmbeddedLog {
    let file = Sqlite::open(folder).expect("a new file");
    EmbeddedLog::try_new(file, Arc::new(SystemClock)).expect("a new log")
}

fn record(key: &str, payload: &str) -> Record {
    let headers = vec![("fx-origin".to_owned(), "test".to_owned())];
    Record { key: Some(key.to_owned()), partition: None, headers, payload: payload.to_owned().into() }
}

fn payloads(messages: &[Message]) -> Vec<String> {
    messages.iter().map(|message| String::from_utf8_lossy(&message.record.payload).into_owned()).collect()
}

async fn take(consumer: &mut dyn Consumer, wanted: usize) -> Vec<Message> {
    let mut taken = Vec::new();
    while taken.len() < wanted {
        match consumer.next().await.expect("the log answers") {
            Delivery::Messages(messages) => taken.extend(messages),
            news => panic!("messages were expected, not {news:?}"),
        }
    }
    taken
}

async fn assigned(consumer: &mut dyn Consumer) -> Vec<Assigned> {
    match consumer.next().await.expect("the log answers") {
        Delivery::Assigned(assigned) => assigned,
        news => panic!("an assignment was expected, not {news:?}"),
    }
}

async fn follow(follower: &mut dyn Follower, wanted: usize) -> Vec<Message> {
    let mut taken = Vec::new();
    while taken.len() < wanted {
        taken.extend(follower.next().await.expect("the log answers"));
    }
    taken
}

#[tokio::test]
async fn what_is_published_is_read_in_order_with_everything_it_had() {
    let Embedded { log, folder: _folder } = embedded();
    let records: Vec<Record> = (0..1000).map(|i| record("ecb", &format!("message {i}"))).collect();
    log.publish(Topic::Rates, records.clone()).await.expect("published");
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assert_eq!(assigned(consumer.as_mut()).await, vec![Assigned { partition: 0, committed: None }]);
    let taken = take(consumer.as_mut(), 1000).await;
    assert!(taken.windows(2).all(|two| two[0].offset < two[1].offset));
    assert_eq!(taken.into_iter().map(|message| message.record).collect::<Vec<_>>(), records);
}

#[tokio::test]
async fn a_group_goes_on_after_its_last_commit_even_in_another_process() {
    let Embedded { folder, log } = embedded();
    log.publish(Topic::Rates, vec![record("a", "one"), record("a", "two"), record("a", "three")])
        .await
        .expect("published");
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    let taken = take(consumer.as_mut(), 3).await;
    consumer.commit(0, taken[1].offset).await.expect("committed");
    drop((consumer, log));
    let log = open(folder.path());
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assert_eq!(assigned(consumer.as_mut()).await[0].committed, Some(taken[1].offset));
    assert_eq!(payloads(&take(consumer.as_mut(), 2).await), ["two", "three"]);
    let position = log.positions("enrich", Topic::Rates).await.expect("positions")[0];
    assert_eq!((position.committed, position.end), (Some(taken[1].offset), taken[2].offset + 1));
}

#[tokio::test]
async fn a_consumer_can_be_sent_back_and_waits_for_what_is_to_come() {
    let Embedded { log, folder: _folder } = embedded();
    log.publish(Topic::Rates, vec![record("a", "one")]).await.expect("published");
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    let first = take(consumer.as_mut(), 1).await;
    consumer.seek(0, first[0].offset).await.expect("sought");
    assert_eq!(payloads(&take(consumer.as_mut(), 1).await), ["one"]);
    let waiting = tokio::spawn(async move { payloads(&take(consumer.as_mut(), 1).await) });
    log.publish(Topic::Rates, vec![record("a", "two")]).await.expect("published");
    assert_eq!(waiting.await.expect("no panic"), ["two"]);
}

#[tokio::test]
async fn groups_and_topics_do_not_touch_each_other() {
    let Embedded { log, folder: _folder } = embedded();
    log.publish(Topic::Rates, vec![record("a", "raw")]).await.expect("published");
    log.publish(Topic::RatesEnriched, vec![record("a", "enriched")]).await.expect("published");
    for group in ["history", "cache"] {
        let mut consumer = log.subscribe(group, Topic::RatesEnriched).await.expect("subscribed");
        assert_eq!(assigned(consumer.as_mut()).await[0].committed, None);
        let taken = take(consumer.as_mut(), 1).await;
        assert_eq!(payloads(&taken), ["enriched"]);
        consumer.commit(0, taken[0].offset + 1).await.expect("committed");
    }
}

#[tokio::test]
async fn a_follower_starts_where_it_is_told() {
    let Embedded { log, folder: _folder } = embedded();
    log.publish(Topic::Rates, (0..4).map(|i| record("a", &i.to_string())).collect()).await.expect("published");
    let mut from_start = log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
    assert_eq!(payloads(&follow(from_start.as_mut(), 4).await), ["0", "1", "2", "3"]);
    let mut from_two = log.follow(Topic::Rates, Start::At(vec![(0, 2)])).await.expect("follows");
    assert_eq!(payloads(&follow(from_two.as_mut(), 2).await), ["2", "3"]);
    assert_eq!(from_two.positions(), [(0, 4)]);
    let mut from_end = log.follow(Topic::Rates, Start::End).await.expect("follows");
    log.publish(Topic::Rates, vec![record("a", "4")]).await.expect("published");
    assert_eq!(payloads(&follow(from_end.as_mut(), 1).await), ["4"]);
}

#[tokio::test]
async fn the_newest_of_a_key_is_found_and_a_compacted_topic_keeps_only_that() {
    let Embedded { log, folder: _folder } = embedded();
    for topic in [Topic::Rates, Topic::State] {
        let records = vec![record("ecb", "old"), record("kraken", "other"), record("ecb", "new")];
        log.publish(topic, records).await.expect("published");
        let newest = log.newest(topic, "ecb").await.expect("answers").expect("there is one");
        assert_eq!(payloads(&[newest]), ["new"]);
        assert_eq!(log.newest(topic, "nobody").await.expect("answers"), None);
    }
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
    let Embedded { folder, log } = embedded();
    let error = Sqlite::open(folder.path()).err().expect("refused").to_string();
    assert!(error.contains("in use by another fx-monitor"), "{error}");
    drop(log);
    assert!(Sqlite::open(folder.path()).is_ok());
}

#[tokio::test]
async fn a_group_without_members_can_be_moved() {
    let Embedded { log, folder: _folder } = embedded();
    log.publish(Topic::Rates, (0..4).map(|i| record("a", &i.to_string())).collect()).await.expect("published");
    let consumer = log.subscribe("history", Topic::Rates).await.expect("subscribed");
    let refused = log.move_group("history", Topic::Rates, Start::Beginning).await.err();
    assert!(matches!(refused, Some(StreamError::GroupActive { members: 1, .. })), "{refused:?}");
    consumer.close().await.expect("closed");
    let at = log.move_group("history", Topic::Rates, Start::At(vec![(0, 2)])).await.expect("moved");
    assert_eq!((at[0].committed, at[0].end), (Some(2), 4));
    let mut consumer = log.subscribe("history", Topic::Rates).await.expect("subscribed");
    assert_eq!(assigned(consumer.as_mut()).await[0].committed, Some(2));
    assert_eq!(payloads(&take(consumer.as_mut(), 2).await), ["2", "3"]);
}
