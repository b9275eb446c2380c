//! What fires, and what does not.

use fx_domain::alert::State::{Expired, Firing, NoData, Normal};
use fx_domain::feed::FeedKind;
use fx_domain::rate::Quality;
use fx_store::alerts::AlertStore;
use fx_stream::{Record, Start, Topic};

use super::fixture::{Fixture, eurusd, minute, pair, rate, source, table};

#[tokio::test]
async fn a_rule_on_every_pair_watches_each_and_two_rules_share_a_pair() {
    let fixture = Fixture::new();
    let every = fixture.alert(r#"{"pairs":["*"],"condition":{"kind":"above","threshold":100}}"#).await;
    let low = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#).await;
    let high = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.3}"#).await;
    let rates = vec![rate("EURUSD", "1.2", Quality::Ok), rate("USDJPY", "150.1", Quality::Ok)];
    fixture.publish(&[table("ecb", 0, rates)]).await;
    let engine = fixture.start(&["ecb"], 256);
    fixture.done().await;
    assert_eq!((fixture.moves(low, 1).await, fixture.moves(high, 1).await), (vec![Firing], vec![Normal]));
    let alert = fixture.store.get(every, minute(0)).await.expect("reads").expect("is there");
    let shown: Vec<_> = alert.states.iter().map(|it| (it.pair, it.state, it.since, it.value)).collect();
    assert_eq!(
        shown,
        [(pair("EURUSD"), Normal, minute(0), Some(1.2)), (pair("USDJPY"), Firing, minute(0), Some(150.1))]
    );
    let fired = fixture.history().await.into_iter().find(|it| it.alert_id == low).expect("it fired");
    assert_eq!((fired.source, fired.source_ts, fired.from), (source("ecb"), minute(0), NoData));
    assert_eq!(fixture.events().await, fixture.history().await);
    engine.stop().await;
}

#[tokio::test]
async fn a_rule_on_the_published_direction_sees_the_published_figure() {
    let fixture = Fixture::new();
    let at = fixture.alert(r#"{"pair":"USDEUR","condition":"above","threshold":0.9223}"#).await;
    let inverse = fixture.alert(r#"{"pair":"JPYUSD","condition":"below","threshold":0.0067}"#).await;
    for figure in ["0.9223", "0.9224"] {
        let minutes = i64::from(figure == "0.9224");
        let rates = vec![rate("USDEUR", figure, Quality::Ok), rate("USDJPY", "150", Quality::Ok)];
        fixture.publish(&[table("ecb", minutes, rates)]).await;
    }
    let engine = fixture.start(&["ecb"], 256);
    fixture.done().await;
    let history = fixture.history().await;
    let of = |alert| history.iter().filter(move |it| it.alert_id == alert).map(|it| (it.to, it.value));
    assert_eq!(of(at).collect::<Vec<_>>(), [(Normal, 0.9223), (Firing, 0.9224)]);
    assert_eq!(of(inverse).collect::<Vec<_>>(), [(Firing, 0.006_666_666_666_67)]);
    engine.stop().await;
}

#[tokio::test]
async fn a_rule_made_while_the_engine_runs_is_evaluated_at_once_and_a_deleted_one_no_more() {
    let fixture = Fixture::new();
    let first = fixture.alert(r#"{"pair":"EURUSD","condition":"below","threshold":1.3}"#).await;
    let engine = fixture.start(&["ecb"], 256);
    fixture.publish(&[eurusd(0, "1.2")]).await;
    assert_eq!(fixture.moves(first, 1).await, [Firing]);
    let level = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#).await;
    let crossing = fixture.alert(r#"{"pair":"EURUSD","condition":"crosses_up","threshold":1.1}"#).await;
    assert_eq!((fixture.moves(level, 1).await, fixture.moves(crossing, 1).await), (vec![Firing], vec![Normal]));
    assert!(fixture.store.delete(first, None, minute(0)).await.expect("deletes"));
    fixture.publish(&[eurusd(1, "1.0"), eurusd(2, "1.4")]).await;
    assert_eq!(fixture.moves(crossing, 2).await, [Normal, Firing]);
    assert_eq!(fixture.moves(first, 2).await, [Firing, Expired]);
    engine.stop().await;
}

#[tokio::test]
async fn the_next_feed_takes_over_once_log_time_makes_the_first_one_stale() {
    let fixture = Fixture::new();
    let preferred = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#).await;
    let named = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"source":"ecb"}"#).await;
    let first = table("kraken", 0, vec![rate("EURUSD", "1.0", Quality::Ok)]);
    let second = eurusd(5, "1.2");
    fixture.publish(&[first, second, table("ecb", 10, vec![])]).await;
    let engine = fixture.start(&["kraken", "ecb"], 256);
    fixture.done().await;
    assert_eq!((fixture.moves(named, 1).await, fixture.moves(preferred, 1).await), (vec![Firing], vec![Normal]));
    fixture.publish(&[table("ecb", 11, vec![])]).await;
    assert_eq!(fixture.moves(preferred, 2).await, [Normal, Firing]);
    let fired = fixture.history().await.pop().expect("it fired");
    assert_eq!((fired.source_ts, fired.at), (minute(5), minute(11)));
    assert_eq!(
        fired.message,
        "EURUSD 1.2 is above 1.1; rate of ecb, 6m old, exact to 0.10 bp; the rate is now that of ecb, before of kraken"
    );
    engine.stop().await;
}

#[tokio::test]
async fn a_closed_market_moves_only_rules_that_ask_for_it() {
    const WEEKEND: i64 = 3 * 24 * 60;
    let fixture = Fixture::new();
    let plain = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#).await;
    let closed = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"closed_market":true}"#).await;
    let stream = |at, figure| {
        let mut batch = table("kraken", at, vec![rate("EURUSD", figure, Quality::Ok)]);
        batch.kind = FeedKind::Stream;
        batch
    };
    fixture.publish(&[stream(0, "1.0"), stream(WEEKEND, "1.2")]).await;
    let engine = fixture.start(&["kraken"], 256);
    fixture.done().await;
    assert_eq!((fixture.moves(plain, 1).await, fixture.moves(closed, 2).await), (vec![Normal], vec![Normal, Firing]));
    let weekend = fixture.alert(r#"{"pair":"EURUSD","condition":"below","threshold":1.1}"#).await;
    assert_eq!(fixture.moves(weekend, 1).await, [Firing], "it goes by Friday's rate");
    fixture.publish(&[stream(2 * WEEKEND, "1.2")]).await;
    assert_eq!(fixture.moves(plain, 2).await, [Normal, Firing]);
    engine.stop().await;
}

#[tokio::test]
async fn rates_of_a_feed_that_is_not_configured_count_where_there_are_no_others() {
    let fixture = Fixture::new();
    let alert = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#).await;
    fixture.publish(&[table("bars", 0, vec![rate("EURUSD", "1.2", Quality::Ok)]), eurusd(1, "1.0")]).await;
    let engine = fixture.start(&["ecb"], 1);
    assert_eq!(fixture.moves(alert, 2).await, [Firing, Normal]);
    engine.stop().await;
}

#[tokio::test]
async fn what_cannot_be_read_goes_to_the_dead_letters_and_the_rest_goes_on() {
    let fixture = Fixture::new();
    let alert = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#).await;
    let bad = |payload: &'static str| Record { payload: payload.into(), ..Record::default() };
    fixture.publish_records(vec![bad("{\"v\":1,\"source\":3}"), bad("{\"v\":2}")]).await;
    fixture.publish(&[eurusd(0, "1.2")]).await;
    let engine = fixture.start(&["ecb"], 256);
    assert_eq!(fixture.moves(alert, 1).await, [Firing]);
    fixture.done().await;
    let mut letters = fixture.log.follow(Topic::RatesDlq, Start::Beginning).await.expect("follows");
    let letters = letters.next().await.expect("answers");
    let reasons: Vec<_> = letters.iter().map(|letter| letter.record.header("fx-reason")).collect();
    assert_eq!(reasons, [Some("unreadable"), Some("version")]);
    assert_eq!(letters[1].record.payload.as_ref(), b"{\"v\":2}");
    assert_eq!(letters[1].record.header("fx-offset"), Some("1"));
    engine.stop().await;
}
