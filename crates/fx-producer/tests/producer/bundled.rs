//! The history that comes with the program.

use fx_domain::feed::FeedState;
use fx_stream::{Log, Start, Topic};

use crate::stage::{Stage, shown, soon};

#[tokio::test]
async fn the_first_start_loads_two_years_and_the_second_nothing() {
    let mut stage = Stage::new();
    stage.settings.feeds.bundled_history = true;
    for _ in 0..2 {
        stage.start();
        let running = stage.running.take().expect("started");
        soon("the end of a producer without feeds", running).await.expect("no panic").expect("no error");
        let all = stage.all().await;
        assert_eq!(all.len(), 511, "510 days and a last word");
        assert!(all.iter().all(|(_, origin)| origin.as_deref() == Some("bundled:ecb")));
        assert!(all.iter().all(|(batch, _)| batch.fetched_at == batch.source_ts));
        let (first, last, word) = (&all[0].0, &all[509].0, &all[510].0);
        assert_eq!(first.source_ts.to_rfc3339(), "2024-10-31T15:00:00+00:00");
        assert_eq!(last.source_ts.to_rfc3339(), "2026-10-30T15:00:00+00:00");
        let newest = "USD 1.1172 JPY 175.68 GBP 0.8338 CHF 0.9194 AUD 1.5904 CAD 1.5606 CNY 7.4326 INR 106.084";
        assert_eq!(shown(last), newest);
        assert_eq!((word.quotes.len(), word.source_ts), (0, last.source_ts));
        let status = word.status.as_ref().expect("a status");
        assert_eq!((status.state, status.last_polled), (FeedState::Bundled, None));
    }
}

#[tokio::test]
async fn what_a_killed_first_start_has_not_loaded_is_loaded_by_the_next() {
    let load = async |stage: &mut Stage| {
        stage.settings.feeds.bundled_history = true;
        stage.start();
        let running = stage.running.take().expect("started");
        soon("the end of a producer without feeds", running).await.expect("no panic").expect("no error");
    };
    let mut whole = Stage::new();
    load(&mut whole).await;
    let mut follower = whole.log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
    let loaded = soon("the first days", follower.next()).await.expect("readable");

    let mut killed = Stage::new();
    let part = loaded.into_iter().take(100).map(|message| message.record).collect();
    killed.log.publish(Topic::Rates, part).await.expect("published");
    load(&mut killed).await;
    assert_eq!(killed.all().await, whole.all().await);
}
