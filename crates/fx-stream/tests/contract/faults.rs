//! A broker that goes away and comes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fx_config::KafkaSettings;
use fx_stream::{Delivery, Start, Topic};
use fx_testkit::kafka::Kafka;

use crate::broker::{Broker, unprovisioned};
use crate::stage::{Stage, assigned, follow, numbered, payloads, soon, take, until};

async fn start(nodes: u16) -> Kafka {
    tokio::task::spawn_blocking(move || Kafka::cluster(nodes)).await.expect("a broker")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_while_the_broker_is_down_is_there_once_and_in_order() {
    let mut kafka = start(1).await;
    let stage = Broker::on(kafka.brokers(), 1, 1).await;
    let log = stage.log();
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    let mut follower = log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
    let publisher = log.clone();
    let publishing = tokio::spawn(async move {
        for chunk in 0..200 {
            publisher.publish(Topic::Rates, numbered(chunk * 50..(chunk + 1) * 50)).await.expect("published");
        }
    });
    let mut read = take(consumer.as_mut(), 100).await;
    let mut kafka = tokio::task::spawn_blocking(move || {
        kafka.node(0).kill();
        kafka
    })
    .await
    .expect("killed");
    until("trouble", || log.trouble().is_some()).await;
    assert!(!publishing.is_finished());
    let kafka = tokio::task::spawn_blocking(move || {
        kafka.node(0).start_again();
        kafka
    })
    .await
    .expect("started");
    soon("the rest", publishing).await.expect("no panic");
    let wanted: Vec<String> = (0..10_000).map(|number: u32| number.to_string()).collect();
    assert_eq!(payloads(&follow(follower.as_mut(), 10_000).await), wanted, "once, and in order");
    while read.len() < 10_000 {
        match soon("messages", consumer.next()).await.expect("goes on by itself") {
            Delivery::Messages(messages) => read.extend(messages),
            // The broker may have forgotten its members; then it goes on from what was committed.
            Delivery::Assigned(_) => read.clear(),
            Delivery::Revoked(_) => {}
        }
    }
    assert_eq!(payloads(&read), wanted);
    until("no more trouble", || log.trouble().is_none()).await;
    log.check().await.expect("is well");
    drop(kafka);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_of_three_brokers_may_be_killed_and_come_back() {
    let mut kafka = start(3).await;
    let safe = |settings| KafkaSettings { replication: 3, min_insync_replicas: 2, ..settings };
    let stage = Broker::with(safe(unprovisioned(kafka.brokers()))).await;
    let log = stage.log();
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    let (to, go_on) = (log.clone(), Arc::new(AtomicBool::new(true)));
    let goes_on = Arc::clone(&go_on);
    let publishing = tokio::spawn(async move {
        let mut published = 0;
        while goes_on.load(Ordering::Relaxed) {
            to.publish(Topic::Rates, numbered(published..published + 20)).await.expect("published");
            published += 20;
        }
        published
    });
    let killing = tokio::task::spawn_blocking(move || {
        for node in 0..3 {
            kafka.node(node).kill();
            kafka.node(node).start_again();
        }
        kafka
    });
    let (mut seen, mut next): (usize, u64) = (0, 0);
    let mut kafka = None;
    tokio::pin!(killing);
    let mut total = None;
    tokio::pin!(publishing);
    while total.is_none_or(|total| next < total) {
        tokio::select! {
            killed = &mut killing, if kafka.is_none() => {
                kafka = Some(killed.expect("killed and started"));
                go_on.store(false, Ordering::Relaxed);
            }
            published = &mut publishing, if total.is_none() => total = Some(u64::from(published.expect("no panic"))),
            delivery = soon("news", consumer.next()) => if let Delivery::Messages(messages) = delivery.expect("goes on") {
                for message in messages {
                    assert_eq!(payloads(std::slice::from_ref(&message)), [message.offset.to_string()], "once, in order");
                    assert!(message.offset <= next, "nothing is left out");
                    next = next.max(message.offset + 1);
                    seen += 1;
                }
                consumer.commit(0, next).await.expect("noted");
            }
        }
    }
    assert!(seen >= 20, "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_hangs_takes_the_partitions_and_gives_them_back() {
    let mut kafka = start(1).await;
    let stage = Broker::on(kafka.brokers(), 1, 1).await;
    let log = stage.log();
    let mut consumer = log.subscribe("enrich", Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    log.publish(Topic::Rates, numbered(0..100)).await.expect("published");
    take(consumer.as_mut(), 100).await;
    consumer.commit(0, 60).await.expect("noted");
    while log.positions("enrich", Topic::Rates).await.expect("positions")[0].committed != Some(60) {}
    kafka.node(0).signal("STOP");
    let lost = soon("news", consumer.next()).await.expect("goes on by itself");
    assert_eq!(lost, Delivery::Revoked(vec![0]), "nobody answered for a session");
    consumer.commit(0, 90).await.expect("says nothing of what is no longer its own");
    kafka.node(0).signal("CONT");
    assert_eq!(assigned(consumer.as_mut()).await[0].committed, Some(60));
    assert_eq!(take(consumer.as_mut(), 40).await[0].offset, 60);
    log.publish(Topic::Rates, numbered(100..110)).await.expect("published");
    assert_eq!(take(consumer.as_mut(), 10).await[0].offset, 100);
}
