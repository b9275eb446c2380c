//! Amounts by published figures, in decimals.

use fx_domain::batch::Price;
use fx_domain::currency::Currency;
use fx_domain::figure::Figure;
use fx_domain::pair::Pair;
use fx_domain::rate::{Origin, Published, RateRecord};
use rust_decimal::Decimal;

/// What `amount` of the pair's base is worth in its quote currency; `None` where that is beyond what a decimal holds.
///
/// The figures are those that the provider wrote: of the rate itself, or of its two legs, so that the cross is never
/// rounded on the way. Only where they have more digits than a decimal, or a leg has moved on since, the nearest decimal of
/// the cross is used.
pub(super) fn worth(amount: Decimal, pair: Pair, record: &RateRecord, legs: Option<&[&RateRecord]>) -> Option<Decimal> {
    let published: Option<Vec<&Published>> = match legs {
        Some(legs) => legs.iter().map(|leg| published(leg)).collect(),
        None => published(record).map(|published| vec![published]),
    };
    let along = published.and_then(|published| walk(amount, pair, &published));
    along.or_else(|| {
        let sides = record.rate.sides;
        let mid = if pair == record.rate.pair { sides.mid } else { sides.inverse().mid };
        amount.checked_mul(Decimal::try_from(mid).ok()?)
    })
}

fn published(record: &RateRecord) -> Option<&Published> {
    match &record.rate.origin {
        Origin::Published(published) => Some(published),
        Origin::Derived(_) => None,
    }
}

/// Along the figures from one currency to the other; all products are taken before the quotient, so that one division is
/// all that may not come out even.
fn walk(amount: Decimal, pair: Pair, figures: &[&Published]) -> Option<Decimal> {
    let mut rest: Vec<&Published> = figures.to_vec();
    let (mut at, mut product, mut divisor) = (pair.base(), amount, Decimal::ONE);
    while at != pair.quote() {
        let next = rest.iter().position(|published| other_side(published.pair, at).is_some())?;
        let step = rest.swap_remove(next);
        let price = mid(&step.price)?;
        if step.pair.base() == at {
            product = product.checked_mul(price)?;
        } else {
            divisor = divisor.checked_mul(price)?;
        }
        at = other_side(step.pair, at)?;
    }
    product.checked_div(divisor)
}

fn other_side(pair: Pair, side: Currency) -> Option<Currency> {
    match side {
        side if side == pair.base() => Some(pair.quote()),
        side if side == pair.quote() => Some(pair.base()),
        _ => None,
    }
}

fn mid(price: &Price) -> Option<Decimal> {
    match price {
        Price::Mid(mid) => decimal(mid),
        Price::BidAsk { bid, ask } => decimal(bid)?.checked_add(decimal(ask)?)?.checked_div(Decimal::TWO),
    }
}

fn decimal(figure: &Figure) -> Option<Decimal> {
    let text = figure.to_string();
    Decimal::from_str_exact(&text).or_else(|_| Decimal::from_scientific(&text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published(pair: &str, mid: &str) -> Published {
        Published { pair: pair.parse().expect("a pair"), price: Price::Mid(mid.parse().expect("a figure")) }
    }

    fn along(amount: &str, pair: &str, figures: &[Published]) -> String {
        let figures: Vec<&Published> = figures.iter().collect();
        let amount = amount.parse().expect("a decimal");
        walk(amount, pair.parse().expect("a pair"), &figures).expect("fits").normalize().to_string()
    }

    #[test]
    fn a_published_figure_multiplies_or_divides() {
        let table = [published("USDEUR", "0.92")];
        assert_eq!(along("100", "USDEUR", &table), "92");
        assert_eq!(along("92", "EURUSD", &table), "100");
    }

    #[test]
    fn a_cross_takes_both_legs_without_rounding_between() {
        // Divided first, 100 ÷ 0.9 would not come out even, nor times 9 be 1,000 again.
        let legs = [published("USDEUR", "0.9"), published("USDJPY", "9")];
        assert_eq!(along("100", "EURJPY", &legs), "1000");
        assert_eq!(along("1000", "JPYEUR", &legs), "100");
    }

    #[test]
    fn the_mid_of_two_sides_is_exact() {
        let figure = |text: &str| text.parse().expect("a figure");
        let price = Price::BidAsk { bid: figure("1.08425"), ask: figure("1.08426") };
        assert_eq!(mid(&price), Some("1.084255".parse().expect("a decimal")));
    }
}
