//! Topics are made once, and refused where they are other than wanted.

use fx_config::KafkaSettings;
use fx_stream::kafka::{KafkaLog, plan, provision};
use fx_stream::{Log, Record, Start, StreamError, Topic};

use crate::broker::{RETENTION, delete, shared, unprovisioned};
use crate::stage::{follow, noise, soon, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_missing_is_made_once() {
    let settings = KafkaSettings { rates_partitions: 3, ..unprovisioned(vec![shared().await]) };
    let log = KafkaLog::connect(&settings).expect("connects");
    let missing = log.check().await.expect_err("nothing is there").to_string();
    assert!(missing.ends_with("fx-rates does not exist, `fx-monitor provision` makes it"), "{missing}");
    let created = |line: String| line.replacen(": ", ": created with ", 1);
    let planned: Vec<String> = plan(&settings, RETENTION).into_iter().map(created).collect();
    assert_eq!(planned.len(), Topic::ALL.len());
    assert!(planned[0].contains("3 partition(s), replication 1, cleanup.policy delete, "), "{planned:?}");
    assert_eq!(provision(&settings, RETENTION).await.expect("is made"), planned);
    assert_eq!(provision(&settings, RETENTION).await.expect("is there"), Vec::<String>::new());
    log.check().await.expect("is as wanted");
    assert_eq!(log.partitions(Topic::Rates).await.expect("answers"), 3);
    let longer = provision(&settings, 2 * RETENTION).await.expect("is changed");
    let kept_for_a_time = Topic::ALL.iter().filter(|topic| !topic.is_compacted()).count();
    assert_eq!(longer.len(), kept_for_a_time, "{longer:?}");
    assert!(longer[0].ends_with("fx-rates: retention.ms 86400000 becomes 172800000"), "{longer:?}");
    assert_eq!(provision(&settings, 2 * RETENTION).await.expect("is there"), Vec::<String>::new());
    delete(&settings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_topic_that_differs_is_refused_with_what_differs() {
    let settings = unprovisioned(vec![shared().await]);
    provision(&settings, RETENTION).await.expect("is made");
    let more = KafkaSettings { enriched_partitions: 4, ..settings.clone() };
    for error in [
        provision(&more, RETENTION).await.expect_err("differs"),
        KafkaLog::connect(&more).expect("connects").check().await.expect_err("differs"),
    ] {
        let said = error.to_string();
        assert!(said.ends_with("fx-rates-enriched has partitions 1, the file wants 4"), "{said}");
    }
    let stricter = KafkaSettings { min_insync_replicas: 2, ..settings.clone() };
    let said = provision(&stricter, RETENTION).await.expect_err("differs").to_string();
    assert!(said.ends_with("fx-rates has min.insync.replicas 1, the file wants 2"), "{said}");
    delete(&settings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_will_never_be_kept_is_refused() {
    let settings = unprovisioned(vec![shared().await]);
    provision(&settings, RETENTION).await.expect("is made");
    let log = KafkaLog::connect(&settings).expect("connects");
    let of = |bytes: usize| vec![Record { payload: noise(bytes, 1).into(), ..Record::default() }];
    log.publish(Topic::RatesDlq, of(15 << 20)).await.expect("is kept");
    let refused = soon("a refusal", log.publish(Topic::RatesDlq, of(17 << 20))).await.expect_err("is too large");
    assert!(matches!(&refused, StreamError::Refused { topic: Topic::RatesDlq, .. }), "{refused}");
    assert!(refused.to_string().contains("Message size too large"), "{refused}");
    log.publish(Topic::RatesDlq, of(10)).await.expect("the next is kept");
    let mut follower = log.follow(Topic::RatesDlq, Start::Beginning).await.expect("follows");
    let sizes: Vec<usize> =
        follow(follower.as_mut(), 2).await.iter().map(|message| message.record.payload.len()).collect();
    assert_eq!(sizes, [15 << 20, 10], "what is kept can be read");
    delete(&settings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_not_there_is_trouble() {
    let settings = unprovisioned(vec!["127.0.0.1:1".to_owned()]);
    let log = KafkaLog::connect(&settings).expect("connects");
    until("trouble", || log.trouble().is_some()).await;
    let said = log.trouble().expect("is in trouble");
    assert!(said.contains("127.0.0.1:1"), "{said}");
    assert!(log.check().await.is_err());
}
