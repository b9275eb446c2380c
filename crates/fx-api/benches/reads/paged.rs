//! Pages of a long history.

use std::time::Instant;

use crate::figures::quantiles;
use crate::fixture::Fixture;
use crate::minutes::{PostgresHistory, newest};
use crate::serve;

const PAGES: usize = 3000;

/// One page after another, each from somewhere else.
pub(crate) async fn measure(history: &PostgresHistory) {
    let fixture = Fixture::with(|context| context.rates = history.store.rates());
    fixture.take_in(newest()).await;
    let served = serve(&fixture).await;
    let client = reqwest::Client::new();
    let mut took = Vec::with_capacity(PAGES);
    for page in 0..PAGES {
        // 7919 is prime: every day of the year comes in no order.
        let day =
            chrono::NaiveDate::from_yo_opt(2025, u32::try_from(page * 7919 % 365).expect("a day") + 1).expect("a day");
        let order = if page % 2 == 0 { "asc" } else { "desc" };
        let url = format!("http://{served}/rates/EURUSD/history?limit=100&source=kraken&order={order}&from={day}");
        let begun = Instant::now();
        let answer = client.get(url).send().await.expect("an answer");
        assert_eq!(answer.status(), 200);
        answer.bytes().await.expect("a body");
        took.push(begun.elapsed());
    }
    quantiles("history_page_of_100", took);
}
