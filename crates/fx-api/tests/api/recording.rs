//! Rates as the enricher would publish them.

use fx_domain::batch::Price;
use fx_domain::clock::Timestamp;
use fx_domain::cross::cross;
use fx_domain::feed::{FeedKind, FeedState, FeedStatus, Market};
use fx_domain::number::to_12_digits;
use fx_domain::pair::Pair;
use fx_domain::rate::{EnrichedBatch, Origin, Published, Quality, Rate, Sides, SuspectReason, Volatility};

use crate::fixture::at;

pub(crate) fn pair(id: &str) -> Pair {
    id.parse().expect("a pair")
}

/// Two days of the ECB, a dollar table with a derived pair, and a quote with both sides.
pub(crate) fn batches() -> Vec<EnrichedBatch> {
    vec![
        table("ecb", "2026-10-29T15:00:00Z", vec![mid("EURUSD", "1.0800"), mid("EURJPY", "160.00")]),
        table("ecb", "2026-10-30T15:00:00Z", vec![mid("EURUSD", "1.0908"), mid("EURJPY", "138.00")]),
        table("open-er-api", "2026-10-30T00:00:00Z", vec![mid("USDEUR", "0.9200"), mid("USDGBP", "0.75000")]),
        quote("2026-10-30T15:59:50Z", "1.08425", "1.08427"),
    ]
}

/// A table with its one cross, and how its feed is doing.
pub(crate) fn table(source: &str, source_ts: &str, rates: Vec<Rate>) -> EnrichedBatch {
    let crossed = derived(&rates[0], &rates[1]);
    let rates = rates.into_iter().chain([crossed]).collect();
    let market = if source == "ecb" { Market::Target } else { Market::Spot };
    batch(source, FeedKind::Table, market, at(source_ts), rates)
}

/// A live quote of EUR/USD.
pub(crate) fn quote(source_ts: &str, bid: &str, ask: &str) -> EnrichedBatch {
    let figure = |text: &str| text.parse().expect("a figure");
    let price = Price::BidAsk { bid: figure(bid), ask: figure(ask) };
    batch("kraken", FeedKind::Stream, Market::Spot, at(source_ts), vec![published("EURUSD", price)])
}

pub(crate) fn mid(id: &str, figure: &str) -> Rate {
    published(id, Price::Mid(figure.parse().expect("a figure")))
}

/// The same, held as a likely mistake.
pub(crate) fn suspect(rate: Rate) -> Rate {
    Rate {
        quality: Quality::Suspect,
        reason: Some(SuspectReason::DecimalShift),
        volatility: Volatility::default(),
        ..rate
    }
}

fn published(id: &str, price: Price) -> Rate {
    let published = Published { pair: pair(id), price };
    Rate {
        pair: published.pair.orient(),
        sides: published.sides_of(published.pair.orient()),
        precision_bp: published.price.precision_bp(),
        origin: Origin::Published(Box::new(published)),
        quality: Quality::Ok,
        reason: None,
        volatility: Volatility { price_stddev_20: Some(0.0031), realized_vol: Some(0.071), ewma_vol: None },
        older_leg_ts: None,
    }
}

/// The cross of two legs that share the base of their publisher.
fn derived(first: &Rate, second: &Rate) -> Rate {
    let leg = |rate: &Rate| match &rate.origin {
        Origin::Published(published) => published.clone(),
        Origin::Derived(_) => panic!("a leg is published"),
    };
    let (a, b) = (leg(first), leg(second));
    let stored = Pair::oriented(a.pair.quote(), b.pair.quote()).expect("they differ");
    let (from, to) = if stored.base() == a.pair.quote() { (&a, &b) } else { (&b, &a) };
    let sides = cross(Sides::of(&from.price), Sides::of(&to.price));
    Rate {
        pair: stored,
        sides: Sides { mid: to_12_digits(sides.mid), bid_ask: None },
        origin: Origin::Derived([from.pair.orient(), to.pair.orient()]),
        precision_bp: first.precision_bp + second.precision_bp,
        volatility: Volatility::default(),
        ..first.clone()
    }
}

fn batch(source: &str, kind: FeedKind, market: Market, source_ts: Timestamp, rates: Vec<Rate>) -> EnrichedBatch {
    let fetched_at = source_ts + chrono::TimeDelta::seconds(1);
    EnrichedBatch {
        source: source.parse().expect("a source"),
        kind,
        market,
        source_ts,
        fetched_at,
        ingested_at: fetched_at,
        rates,
        status: Some(FeedStatus { last_polled: Some(fetched_at), ..FeedStatus::new(FeedState::Live) }),
    }
}
