//! Rounding where a figure leaves the domain.

/// `value` to 12 significant digits: the nearest `f64` to that decimal.
pub fn to_12_digits(value: f64) -> f64 {
    let size = value.abs();
    if !size.is_finite() || size == 0.0 {
        return value;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the exponent of a finite f64 is between -324 and 308")]
    let exponent = size.log10().floor() as i32;
    let digits_after = 11 - exponent;
    match usize::try_from(digits_after) {
        // Both the whole number of units and the power are exact, so that the quotient is the nearest f64.
        Ok(digits_after) if digits_after < POWERS.len() => {
            let power = POWERS[digits_after];
            (value * power).round() / power
        }
        _ => format!("{value:.11e}").parse().unwrap_or(value),
    }
}

/// The powers of ten that an `f64` holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
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
    fn signs_zero_and_the_powers_of_ten_stay() {
        for value in [0.0, -0.0, 1.0, 10.0, 0.1, 1000.0, -2.5, 1e12, 1e-12, f64::INFINITY] {
            assert_eq!(to_12_digits(value).to_bits(), value.to_bits());
        }
        assert_eq!(to_12_digits(2.0 / 3.0).to_string(), "0.666666666667");
    }
}
