//! What a reader of `/stream` gets when it comes back.

use fx_domain::rate::EnrichedBatch;
use fx_stream::message::enriched_records;
use fx_stream::{Log, Topic};

use crate::fixture::Fixture;
use crate::protocol::Served;
use crate::stream::{Events, euro};

async fn publish(served: &Served, batches: Vec<EnrichedBatch>) {
    for batch in batches {
        served.fixture.take_in(batch).await;
    }
}

/// The mids of EUR/USD that come next.
async fn euros(events: &mut Events, count: usize) -> Vec<f64> {
    let mut mids = Vec::new();
    while mids.len() < count {
        let event = events.next().await;
        mids.extend(event.mids().into_iter().filter(|(pair, _)| pair == "EURUSD").map(|(_, mid)| mid));
    }
    mids
}

#[tokio::test]
async fn what_was_missed_comes_exactly_once() {
    let served = Served::new(Fixture::empty()).await;
    let mut first = Events::joined(&served, "?events=rate").await;
    publish(&served, vec![euro(1, "1.01"), euro(2, "1.02")]).await;
    assert_eq!(euros(&mut first, 2).await, [1.01, 1.02]);
    let last_id = first.last_id.clone();
    drop(first);
    publish(&served, vec![euro(3, "1.03"), euro(4, "1.04")]).await;
    let mut again = Events::open(&served, "?events=rate", Some(&last_id)).await;
    assert_eq!(euros(&mut again, 2).await, [1.03, 1.04]);
    publish(&served, vec![euro(5, "1.05")]).await;
    assert_eq!(euros(&mut again, 1).await, [1.05]);
}

#[tokio::test]
async fn another_instance_on_the_same_log_goes_on_where_the_first_stopped() {
    let served = Served::new(Fixture::empty()).await;
    let mut first = Events::joined(&served, "?events=rate").await;
    publish(&served, vec![euro(1, "1.01")]).await;
    euros(&mut first, 1).await;
    let last_id = first.last_id.clone();
    let Served { fixture, .. } = served;
    let second = Served::new(fixture).await;
    publish(&second, vec![euro(2, "1.02")]).await;
    let mut again = Events::open(&second, "?events=rate", Some(&last_id)).await;
    assert_eq!(euros(&mut again, 1).await, [1.02]);
}

#[tokio::test]
async fn a_reader_that_comes_back_before_its_first_event_misses_nothing() {
    let served = Served::new(Fixture::empty()).await;
    let position = Events::joined(&served, "?events=rate").await.last_id;
    publish(&served, vec![euro(1, "1.01")]).await;
    let mut again = Events::open(&served, "?events=rate", Some(&position)).await;
    assert_eq!(euros(&mut again, 1).await, [1.01]);
}

#[tokio::test]
async fn a_place_that_is_gone_begins_anew() {
    let served = Served::new(Fixture::empty()).await;
    let mut first = Events::joined(&served, "?events=rate").await;
    let position = first.last_id.clone();
    publish(&served, vec![euro(1, "1.01"), euro(2, "1.02")]).await;
    euros(&mut first, 2).await;
    let mut group = served.fixture.log.subscribe("readers", Topic::RatesEnriched).await.expect("a group");
    group.commit(0, 2).await.expect("everything is read");
    let end = crate::fixture::at("2030-01-01T00:00:00Z");
    served.fixture.log.prune(Topic::RatesEnriched, end).await.expect("the log forgets");
    let unknown = ["r0-999999.a0-0.", "nonsense", "r9-1.a0-0."];
    for place in std::iter::once(position.as_str()).chain(unknown) {
        let mut events = Events::open(&served, "?events=rate&pairs=USDEUR", Some(place)).await;
        assert_eq!(events.next().await.name, "reset", "{place}");
        let snapshot = events.next().await;
        assert_eq!((snapshot.name.as_str(), &snapshot.data["count"]), ("snapshot", &1.into()));
        assert_eq!(snapshot.data["rates"][0]["pair"], "USDEUR");
        assert_ne!(events.last_id, place);
    }
}

#[tokio::test]
async fn a_long_absence_is_caught_up_with_while_more_comes() {
    let served = Served::new(Fixture::empty()).await;
    let position = Events::joined(&served, "?events=rate").await.last_id;
    let batch = |n: u32| EnrichedBatch {
        source_ts: crate::fixture::at("2026-10-30T10:00:00Z") + chrono::TimeDelta::seconds(n.into()),
        ..euro(1, &format!("1.{n:04}"))
    };
    let records = (0..500).flat_map(|n| enriched_records(&batch(n), 1, None).expect("encodes")).collect();
    served.fixture.context.log.publish(Topic::RatesEnriched, records).await.expect("the log takes it");
    let mut again = Events::open(&served, "?events=rate", Some(&position)).await;
    let mut mids = euros(&mut again, 250).await;
    publish(&served, (500..520).map(batch).collect()).await;
    mids.extend(euros(&mut again, 270).await);
    let expected: Vec<f64> = (0..520).map(|n| format!("1.{n:04}").parse().expect("a number")).collect();
    assert_eq!(mids, expected);
}
