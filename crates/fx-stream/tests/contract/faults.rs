//! A broker that goes away and comes back.

use std::time::Duration;

use fx_stream::{Delivery, Start, Topic};
use fx_testkit::kafka::Kafka;

use crate::broker::Broker;
use crate::stage::{Stage, assigned, follow, numbered, payloads, soon, take};

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
    soon("trouble", async {
        while log.trouble().is_none() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
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
    soon("no more trouble", async {
        while log.trouble().is_some() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    log.check().await.expect("is well");
    drop(stage);
    drop(kafka);
}
