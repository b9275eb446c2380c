//! Several that write at once.

use chrono::TimeDelta;
use fx_domain::rate::RateRecord;

use super::{schema, store};
use crate::rates::{at, published};

/// The same keys, a version each.
fn batch(version: i64) -> Vec<RateRecord> {
    let pairs = ["EURUSD", "GBPUSD", "USDJPY", "USDCHF"];
    let rates = (0..1_500).flat_map(|minute| pairs.map(|pair| published(pair, "1.0842", at(minute * 60))));
    rates
        .map(|mut rate| {
            rate.fetched_at += TimeDelta::seconds(version);
            rate
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_the_same_rates_wait_for_each_other_and_the_latest_version_stays() {
    let schema = schema();
    let stores = [store(&schema), store(&schema)];
    let mut writers = tokio::task::JoinSet::new();
    for (writer, store) in stores.into_iter().enumerate() {
        writers.spawn(async move {
            for round in 0..4 {
                let version = if writer == 0 { round } else { 3 - round };
                let mut rates = batch(version);
                if writer == 1 {
                    rates.reverse();
                }
                store.rates().write(rates).await.expect("writes");
            }
        });
    }
    writers.join_all().await;
    let rows = schema.run("SELECT count(*), min(fetched_at - source_ts), max(fetched_at - source_ts) FROM rates");
    assert_eq!(rows, "6000|4000000|4000000");
}

#[tokio::test]
async fn who_no_longer_waits_leaves_no_transaction_behind() {
    let schema = schema();
    let store = store(&schema);
    store.rates().write(batch(0)).await.expect("writes");
    for _ in 0..20 {
        let rates = store.rates();
        let writing = tokio::spawn(async move { rates.write(batch(1)).await });
        tokio::task::yield_now().await;
        writing.abort();
    }
    store.rates().write(batch(2)).await.expect("writes");
    let versions = schema.run("SELECT DISTINCT fetched_at - source_ts FROM rates");
    assert_eq!(versions, "3000000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_and_those_who_prune_do_not_stand_in_each_others_way() {
    let schema = schema();
    let retention = at(86_400 * 60);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..2 {
        let rates = store(&schema).rates();
        tasks.spawn(async move {
            for _ in 0..20 {
                // What is dropped again and again while it is written is written again, as by those who call.
                while rates.write(batch(0)).await.is_err() {}
            }
        });
        let rates = store(&schema).rates();
        tasks.spawn(async move {
            for _ in 0..20 {
                rates.prune(retention).await.expect("prunes");
            }
        });
    }
    tasks.join_all().await;
    store(&schema).rates().write(batch(0)).await.expect("writes");
    assert_eq!(schema.run("SELECT count(*) FROM rates"), "6000");
}
