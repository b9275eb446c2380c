//! Rounding where a figure leaves the domain.

/// `value` to 12 significant digits: the nearest `f64` to that decimal.
pub fn to_12_digits(value: f64) -> f64 {
    let size = value.abs();
    // Larger and smaller figures are no rates, and not worth a fast way.
    if !(1e-10..1e11).contains(&size) {
        return if size == 0.0 || !size.is_finite() { value } else { format!("{value:.11e}").parse().unwrap_or(value) };
    }
    // 1e-10 is the first boundary: one digit more before the point for each boundary that is reached.
    let reached = BOUNDARIES.partition_point(|boundary| *boundary <= size);
    let power = POWERS[POWERS.len() - reached];
    // Both the whole number of units and the power are exact, so that the quotient is the nearest f64.
    nearest_whole(value * power) / power
}

/// The mid of a bid and an ask, without the noise of halving: that of 1.56781 and 1.56785 is 1.56783.
pub fn mid_of(bid: f64, ask: f64) -> f64 {
    to_12_digits(f64::midpoint(bid, ask))
}

/// To the nearest whole number, halves to even, for sizes below 2⁵¹: added to this number, no fraction has a place left.
fn nearest_whole(value: f64) -> f64 {
    const NO_FRACTION: f64 = 6_755_399_441_055_744.0;
    (value + NO_FRACTION) - NO_FRACTION
}

/// Where one more digit stands before the point.
const BOUNDARIES: [f64; 21] = [
    1e-10, 1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10,
];

/// For each boundary, from the last to the first, what makes 12 digits whole. An `f64` holds them exactly.
const POWERS: [f64; 21] = [
    1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_more_than_twelve_digits_are_printed(value in 1e-15..1e15f64) {
            let digits = format!("{:e}", to_12_digits(value));
            let mantissa = digits.split('e').next().expect("a mantissa");
            prop_assert!(mantissa.len() <= 13, "{}", digits);
        }

        #[test]
        fn it_is_off_by_at_most_half_a_unit_of_the_twelfth_digit(value in 1e-15..1e15f64) {
            prop_assert!((to_12_digits(value) / value - 1.0).abs() <= 5.1e-12);
        }

        #[test]
        fn once_is_enough(value in 1e-9..1e9f64) {
            let once = to_12_digits(value);
            prop_assert_eq!(to_12_digits(once).to_bits(), once.to_bits());
        }
    }

    #[test]
    fn a_mid_has_at_most_one_digit_more_than_its_sides() {
        assert_eq!(f64::midpoint(1.567_81, 1.567_85).to_string(), "1.5678299999999998");
        assert_eq!(mid_of(1.567_81, 1.567_85).to_string(), "1.56783");
        assert_eq!(mid_of(1.084_21, 1.084_24).to_string(), "1.084225");
    }

    #[test]
    fn signs_zero_and_the_powers_of_ten_stay() {
        for value in [0.0, -0.0, 1.0, 10.0, 0.1, 1000.0, -2.5, 1e12, 1e-12, f64::INFINITY] {
            assert_eq!(to_12_digits(value).to_bits(), value.to_bits());
        }
        assert_eq!(to_12_digits(2.0 / 3.0).to_string(), "0.666666666667");
    }
}
