//! Members share the partitions, whoever comes and goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use fx_stream::{Delivery, Log, Record, Start, Topic};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::broker::Broker;
use crate::stage::{Stage, assigned, metrics, numbered, soon, take, until};

const PARTITIONS: u32 = 4;

/// What had its effect: by partition, each payload with how often.
type Seen = Arc<Mutex<BTreeMap<u32, Vec<u64>>>>;

struct Member {
    stop: oneshot::Sender<()>,
    held: Arc<Mutex<BTreeSet<u32>>>,
    running: JoinHandle<()>,
}

impl Member {
    /// Reads and commits until it is told to stop; then leaves.
    async fn join(log: Arc<dyn Log>, seen: &Seen) -> Self {
        let mut consumer = log.subscribe("history", Topic::RatesEnriched).await.expect("subscribed");
        let (stop, mut stopped) = oneshot::channel();
        let held: Arc<Mutex<BTreeSet<u32>>> = Arc::default();
        let (holds, seen) = (held.clone(), seen.clone());
        let running = tokio::spawn(async move {
            loop {
                let delivery = tokio::select! {
                    _ = &mut stopped => break,
                    delivery = consumer.next() => delivery.expect("the log answers"),
                };
                match delivery {
                    Delivery::Assigned(new) => holds.lock().expect("fine").extend(new.iter().map(|new| new.partition)),
                    Delivery::Revoked(old) => holds.lock().expect("fine").retain(|held| !old.contains(held)),
                    Delivery::Messages(messages) => {
                        for message in messages {
                            assert!(holds.lock().expect("fine").contains(&message.partition), "a partition of its own");
                            seen.lock().expect("fine").entry(message.partition).or_default().push(message.offset);
                            consumer.commit(message.partition, message.offset + 1).await.expect("is noted");
                        }
                    }
                }
            }
            consumer.close().await.expect("leaves");
            holds.lock().expect("fine").clear();
        });
        Self { stop, held, running }
    }

    fn holds(&self) -> usize {
        self.held.lock().expect("fine").len()
    }

    async fn leave(self) {
        self.stop.send(()).expect("is running");
        soon("the end", self.running).await.expect("no panic");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_come_and_go_and_nothing_is_lost() {
    let stage = Broker::new(1, PARTITIONS).await;
    let (log, seen) = (stage.log(), Seen::default());
    let publish = |from: u32, to: u32| {
        let log = log.clone();
        async move {
            for chunk in (from..to).collect::<Vec<_>>().chunks(50) {
                let to_all = |number: &u32| Record {
                    partition: Some(number % PARTITIONS),
                    payload: number.to_string().into(),
                    ..Record::default()
                };
                log.publish(Topic::RatesEnriched, chunk.iter().map(to_all).collect()).await.expect("published");
            }
        }
    };
    let (first, second) = (Member::join(log.clone(), &seen).await, Member::join(log.clone(), &seen).await);
    let publishing = tokio::spawn(publish(0, 8000));
    until("an even share", || first.holds() == 2 && second.holds() == 2).await;
    let third = Member::join(log.clone(), &seen).await;
    until("a share for the third", || third.holds() >= 1 && first.holds() + second.holds() + third.holds() == 4).await;
    first.leave().await;
    until("shares without the first", || second.holds() + third.holds() == 4).await;
    third.leave().await;
    until("all for one", || second.holds() == 4).await;
    publishing.await.expect("no panic");
    publish(8000, 8400).await;
    let per_partition = 8400 / u64::from(PARTITIONS);
    let is_complete = || {
        let seen = seen.lock().expect("fine");
        seen.len() == 4 && seen.values().all(|offsets| offsets.last() == Some(&(per_partition - 1)))
    };
    until("everything", is_complete).await;
    second.leave().await;
    for (partition, offsets) in seen.lock().expect("fine").iter() {
        let mut next = 0;
        for offset in offsets {
            assert!(*offset <= next, "partition {partition}: {next} is missing before {offset}");
            next = next.max(offset + 1);
        }
    }
    let stands = log.positions("history", Topic::RatesEnriched).await.expect("positions");
    assert!(stands.iter().all(|at| at.committed == Some(per_partition)), "{stands:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_retention_takes_from_a_group_is_counted() {
    let stage = Broker::new(1, 1).await;
    let (log, group) = (stage.log(), fx_testkit::unique());
    let metrics = metrics();
    log.publish(Topic::Rates, numbered(0..20)).await.expect("published");
    log.move_group(&group, Topic::Rates, Start::At(vec![(0, 5)])).await.expect("moved");
    stage.remove_before(Topic::Rates, 12).await;
    let mut consumer = log.subscribe(&group, Topic::Rates).await.expect("subscribed");
    assigned(consumer.as_mut()).await;
    assert_eq!(take(consumer.as_mut(), 8).await[0].offset, 12);
    let line = format!("fx_stream_skipped_messages_total{{group=\"{group}\"}} 7\n");
    assert!(metrics.render().contains(&line), "{}", metrics.render());
}
