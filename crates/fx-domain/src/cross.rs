//! Crosses: rates derived through a pivot.

use crate::rate::Sides;

/// A/B from the prices of the pivot in A and in B: P/B ÷ P/A. Its bid and ask are the sides that hurt the taker, and stand
/// only where both legs have them. Nothing is rounded.
pub fn cross(pivot_in_a: Sides, pivot_in_b: Sides) -> Sides {
    let bid_ask = match (pivot_in_a.bid_ask, pivot_in_b.bid_ask) {
        (Some((a_bid, a_ask)), Some((b_bid, b_ask))) => Some((b_bid / a_ask, b_ask / a_bid)),
        _ => None,
    };
    Sides { mid: pivot_in_b.mid / pivot_in_a.mid, bid_ask }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mid(mid: f64) -> Sides {
        Sides { mid, bid_ask: None }
    }

    fn quoted(bid: f64, ask: f64) -> Sides {
        Sides { mid: f64::midpoint(bid, ask), bid_ask: Some((bid, ask)) }
    }

    prop_compose! {
        fn two_way()(bid in 1e-6..1e6f64, spread in 0.0..0.01f64) -> Sides { quoted(bid, bid * (1.0 + spread)) }
    }

    proptest! {
        #[test]
        fn there_and_back_is_one(a in 1e-6..1e6f64, b in 1e-6..1e6f64) {
            let round_trip = cross(mid(a), mid(b)).mid * cross(mid(b), mid(a)).mid;
            prop_assert!((round_trip - 1.0).abs() < 1e-12);
        }

        #[test]
        fn triangles_close(a in 1e-6..1e6f64, b in 1e-6..1e6f64, c in 1e-6..1e6f64) {
            let (ab, bc, ac) = (cross(mid(a), mid(b)).mid, cross(mid(b), mid(c)).mid, cross(mid(a), mid(c)).mid);
            prop_assert!((ab * bc / ac - 1.0).abs() < 1e-12);
        }

        #[test]
        fn nobody_gains_by_going_round(a in two_way(), b in two_way()) {
            let (bid, ask) = cross(a, b).bid_ask.expect("both legs have sides");
            let (back_bid, back_ask) = cross(b, a).bid_ask.expect("both legs have sides");
            prop_assert!(bid <= ask * (1.0 + 1e-12));
            prop_assert!(bid * back_bid <= 1.0 + 1e-12);
            prop_assert!(ask * back_ask >= 1.0 - 1e-12);
        }
    }

    #[test]
    fn the_sides_are_those_that_hurt_the_taker() {
        // USD/EUR 0.92/0.93 and USD/JPY 150/151: who sells a euro gets 1/0.93 dollars, and for those 150 yen each.
        let (bid, ask) = cross(quoted(0.92, 0.93), quoted(150.0, 151.0)).bid_ask.expect("both legs have sides");
        assert!((bid - 150.0 / 0.93).abs() < 1e-12);
        assert!((ask - 151.0 / 0.92).abs() < 1e-12);
    }

    #[test]
    fn a_spread_is_never_invented() {
        assert_eq!(cross(mid(0.92), quoted(150.0, 151.0)).bid_ask, None);
    }
}
