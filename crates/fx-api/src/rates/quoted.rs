//! Prices in the direction that is asked for.

use fx_domain::batch::Price;
use fx_domain::figure::Figure;
use fx_domain::pair::Pair;
use fx_domain::rate::{Origin, Published, Rate, Sides};

use crate::number::Number;

/// Mid, bid and ask of one direction of a pair: with the provider's digits where it publishes that direction, else
/// computed from what it published and never rounded on the way.
pub(crate) struct Quoted {
    pub(crate) mid: Number,
    pub(crate) bid: Option<Number>,
    pub(crate) ask: Option<Number>,
}

impl Quoted {
    /// The price of `pair`, which is the rate's own or its inverse.
    pub(crate) fn new(rate: &Rate, pair: Pair) -> Self {
        match &rate.origin {
            Origin::Published(published) if published.pair == pair => Self::published(published),
            Origin::Published(published) => published.sides_of(pair).into(),
            Origin::Derived(_) if rate.pair == pair => rate.sides.into(),
            Origin::Derived(_) => rate.sides.inverse().into(),
        }
    }

    /// As it was published.
    pub(crate) fn published(published: &Published) -> Self {
        match &published.price {
            Price::Mid(mid) => Self { mid: mid.into(), bid: None, ask: None },
            Price::BidAsk { bid, ask } => {
                Self { mid: published.price.mid().into(), bid: Some(bid.into()), ask: Some(ask.into()) }
            }
        }
    }
}

impl From<Sides> for Quoted {
    fn from(sides: Sides) -> Self {
        let (bid, ask) = sides.bid_ask.unzip();
        Self { mid: sides.mid.into(), bid: bid.map(Number::from), ask: ask.map(Number::from) }
    }
}

/// Digits after the point of a price, and of its ask where that has others.
pub(crate) fn scales(price: &Price) -> (u8, Option<u8>) {
    let ask_scale = |bid: &Figure, ask: &Figure| (ask.scale() != bid.scale()).then(|| ask.scale());
    match price {
        Price::Mid(mid) => (mid.scale(), None),
        Price::BidAsk { bid, ask } => (bid.scale(), ask_scale(bid, ask)),
    }
}
