use super::*;
use crate::alert::backtest::{backtest, begins_at};
use crate::feed::Market;
use crate::pair::Pair;
use crate::rate::Volatility;

fn eurusd() -> Pair {
    "EURUSD".parse().expect("a pair")
}

fn known(minutes: i64, value: f64) -> (Timestamp, KnownRate) {
    let rate = KnownRate {
        source: "ecb".parse().expect("a source"),
        pair: eurusd(),
        kind: FeedKind::Stream,
        market: Market::Spot,
        market_open: true,
        source_ts: minute(minutes),
        aged_from: minute(minutes),
        fetched_at: minute(minutes),
        mid: value,
        inverse: 1.0 / value,
        quality: Quality::Ok,
        precision_bp: None,
        is_derived: None,
        volatility: Volatility::default(),
    };
    (minute(minutes), rate)
}

#[test]
fn episodes_are_told_in_source_time_with_their_extreme() {
    let above = rule(r#"{"pairs":["EURUSD","USDEUR"],"condition":{"kind":"above","threshold":1.1}}"#);
    let values = [1.0, 1.2, 1.3, 1.25, 1.0, 1.15];
    let rates = (0..).zip(values).map(|(minutes, value)| known(minutes, value));
    let outcome = backtest(&above, eurusd(), &[], minute(0), rates);
    let told: Vec<_> =
        outcome.episodes.iter().map(|it| (it.pair, it.fired_at, it.cleared_at, it.value, it.extreme)).collect();
    assert_eq!(told, [(eurusd(), minute(1), Some(minute(4)), 1.2, 1.3), (eurusd(), minute(5), None, 1.15, 1.15)]);
    assert_eq!((outcome.updates_read, outcome.firing), (6, TimeDelta::minutes(3)));
    assert!((outcome.per_month() - 2.0 * 365.25 / 12.0).abs() < 1e-9, "two in less than a day count as two a day");
}

#[test]
fn what_is_before_the_time_is_only_looked_back_at() {
    let rises =
        rule(r#"{"pair":"EURUSD","condition":{"kind":"change_pct","percent":10,"window":"3m","direction":"up"}}"#);
    let values = [1.0, 1.2, 1.2, 1.2, 1.2, 1.4];
    let rates = || (0..).zip(values).map(|(minutes, value)| known(minutes, value));
    let whole = backtest(&rises, eurusd(), &[], minute(0), rates());
    let fired: Vec<_> = whole.episodes.iter().map(|it| (it.fired_at, it.cleared_at, it.measured)).collect();
    assert_eq!(fired, [(minute(3), Some(minute(4)), Some(20.0)), (minute(5), None, Some(16.666_666_666_7))]);
    let late = backtest(&rises, eurusd(), &[], minute(3), rates());
    let again = backtest(&rises, eurusd(), &[], minute(4), rates());
    assert_eq!((late.episodes.len(), late.updates_read), (2, 3));
    assert_eq!((again.episodes.len(), again.updates_read), (2, 2), "the newest rate of then is evaluated at once");
    assert!(begins_at(&rises, &[], minute(4)) <= minute(0));
}

#[test]
fn silence_is_found_without_a_message_in_it() {
    let stale = rule(r#"{"pair":"EURUSD","condition":{"kind":"stale","factor":4},"for":"1m"}"#);
    let rates = [known(0, 1.1), known(5, 1.1), known(30, 1.1), known(31, 1.1)];
    let outcome = backtest(&stale, eurusd(), &[], minute(0), rates);
    let micro = TimeDelta::microseconds(1);
    let told: Vec<_> = outcome.episodes.iter().map(|it| (it.fired_at, it.cleared_at)).collect();
    assert_eq!(told, [(minute(16) + micro, Some(minute(30)))]);
}
