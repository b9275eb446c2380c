//! What is most likely a mistake, and what is only unusual.

use crate::rate::SuspectReason;

/// How near to a shift or an inversion a move must be to be taken for one.
const NEAR: f64 = 0.02;

/// Why `mid` after `previous` is most likely a mistake.
pub(super) fn suspicion(previous: f64, mid: f64) -> Option<SuspectReason> {
    let ratio = mid / previous;
    // No rule looks at a smaller move.
    if (0.85..=1.15).contains(&ratio) {
        return None;
    }
    let near = |wanted: f64| (ratio / wanted - 1.0).abs() <= NEAR;
    if [10.0, 100.0, 0.1, 0.01].into_iter().any(near) {
        return Some(SuspectReason::DecimalShift);
    }
    let inverted = 1.0 / (previous * previous);
    if near(inverted) && (inverted - 1.0).abs() > 0.2 {
        return Some(SuspectReason::Inversion);
    }
    ((ratio - 1.0).abs() > 0.5).then_some(SuspectReason::Jump)
}

/// Whether a move is beyond 1 % and beyond 10 σ, with σ = √(v · Δt) from before the update.
pub(super) fn is_unusual(previous: f64, mid: f64, sigma: Option<f64>) -> bool {
    let ratio = mid / previous;
    (ratio - 1.0).abs() > 0.01 && sigma.is_some_and(|sigma| ratio.ln().abs() > 10.0 * sigma)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_told_by_their_kind() {
        for (previous, mid, expected) in [
            (1.0842, 10.842, Some(SuspectReason::DecimalShift)),
            (1.0842, 0.010_842, Some(SuspectReason::DecimalShift)),
            (148.04, 14_990.0, Some(SuspectReason::DecimalShift)),
            (148.04, 1.0 / 148.04, Some(SuspectReason::Inversion)),
            (0.8575, 1.0 / 0.8575, Some(SuspectReason::Inversion)),
            // An inverse that near is an ordinary move.
            (0.95, 1.0 / 0.95, None),
            (1.0842, 400.0 * 1.0842, Some(SuspectReason::Jump)),
            (1.0, 1.51, Some(SuspectReason::Jump)),
            (1.0, 0.49, Some(SuspectReason::Jump)),
            (1.0, 1.49, None),
            // The Swiss franc on 2015-01-15.
            (1.2009, 1.0280, None),
        ] {
            assert_eq!(suspicion(previous, mid), expected, "{previous} to {mid}");
        }
    }

    #[test]
    fn unusual_needs_both_ten_sigma_and_one_percent() {
        assert!(is_unusual(1.2009, 1.0280, Some(0.001)));
        assert!(!is_unusual(1.2009, 1.0280, Some(0.05)));
        assert!(!is_unusual(1.0, 1.009, Some(0.0001)));
        assert!(!is_unusual(1.0, 1.2, None), "without a σ nothing is known to be unusual");
    }
}
