//! Candles of a year of minutes.

use std::time::Instant;

use crate::figures::{quantiles, seconds};
use crate::fixture::Fixture;
use crate::minutes::{BEGIN, END, PostgresHistory, newest, records};
use crate::serve;

const TIMES: usize = 50;

const CHUNK: usize = 10_000;

pub(crate) async fn measure_sqlite() {
    let fixture = Fixture::empty();
    let records: Vec<_> = records().collect();
    for chunk in records.chunks(CHUNK) {
        fixture.context.rates.write(chunk.to_vec()).await.expect("the history takes it");
    }
    measure("sqlite", &fixture).await;
}

pub(crate) async fn measure_postgresql(history: &PostgresHistory) {
    let fixture = Fixture::with(|context| context.rates = history.store.rates());
    measure("postgresql", &fixture).await;
}

async fn measure(store: &str, fixture: &Fixture) {
    fixture.take_in(newest()).await;
    let served = serve(fixture).await;
    let client = reqwest::Client::new();
    for interval in ["1h", "4h", "1d"] {
        let url =
            format!("http://{served}/rates/EURUSD/candles?source=kraken&interval={interval}&from={BEGIN}&to={END}");
        let ask = async || {
            let begun = Instant::now();
            let answer = client.get(&url).send().await.expect("an answer");
            assert_eq!(answer.status(), 200);
            answer.bytes().await.expect("a body");
            begun.elapsed()
        };
        seconds(&format!("candles_{interval}_of_a_year_{store}_first"), ask().await);
        let mut took = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            took.push(ask().await);
        }
        quantiles(&format!("candles_{interval}_of_a_year_{store}"), took);
    }
}
