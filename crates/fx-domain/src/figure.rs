//! A figure as its provider wrote it.

use std::fmt;
use std::str::FromStr;

use crate::currency::shown;

/// A published number that can be printed again to the last digit.
///
/// The nearest `f64` and the number of digits after the point are enough for any plain decimal of up to 15 significant
/// digits; where they would not give back what was written (more digits, an exponent), the text itself is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    value: f64,
    scale: u8,
    text: Option<Box<str>>,
}

/// A text that is no usable figure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    /// Not a decimal number as JSON writes them.
    #[error("`{}` is no number, expected a decimal such as 1.0842", shown(.0))]
    NotANumber(String),
    /// Beyond what an `f64` holds.
    #[error("`{}` is not finite, expected a decimal such as 1.0842", shown(.0))]
    NotFinite(String),
    /// More than 100 characters or 200 digits after the point: no rate is written like that.
    #[error("`{}` is too long for a rate, expected at most 100 characters", shown(.0))]
    TooLong(String),
}

const LONGEST: usize = 100;
const DEEPEST: u8 = 200;

impl Figure {
    /// The figure that was stored as `value`, `scale` and, where those do not say all, `text`.
    pub fn try_from_parts(value: f64, scale: u8, text: Option<&str>) -> Result<Self, FigureError> {
        match text {
            Some(text) => text.parse(),
            None if !value.is_finite() => Err(FigureError::NotFinite(value.to_string())),
            None if scale > DEEPEST => Err(FigureError::TooLong(format!("{value} to {scale} digits"))),
            None => Ok(Self { value, scale, text: None }),
        }
    }

    /// The nearest `f64`.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// Digits after the decimal point, trailing zeros included: 4 for `1.0800`.
    pub fn scale(&self) -> u8 {
        self.scale
    }

    /// What was written, where `value` and `scale` do not say all of it.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// Half a unit of the last published digit: the most that the publisher's rounding can be off.
    pub fn half_unit(&self) -> f64 {
        0.5 * 10f64.powi(-i32::from(self.scale))
    }
}

impl FromStr for Figure {
    type Err = FigureError;

    fn from_str(text: &str) -> Result<Self, FigureError> {
        if text.len() > LONGEST {
            return Err(FigureError::TooLong(text.to_owned()));
        }
        let scale = scale_of(text).ok_or_else(|| FigureError::NotANumber(text.to_owned()))?;
        let value: f64 = text.parse().map_err(|_| FigureError::NotANumber(text.to_owned()))?;
        if !value.is_finite() {
            return Err(FigureError::NotFinite(text.to_owned()));
        }
        let scale = u8::try_from(scale.max(0)).ok().filter(|&scale| scale <= DEEPEST);
        let scale = scale.ok_or_else(|| FigureError::TooLong(text.to_owned()))?;
        let plain = Self { value, scale, text: None };
        if plain.to_string() == text { Ok(plain) } else { Ok(Self { text: Some(text.into()), ..plain }) }
    }
}

/// Digits after the point once an exponent is written out; `None` where the text is no JSON number. Leading zeros are let
/// through, since tables in CSV write them.
fn scale_of(text: &str) -> Option<i64> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !fraction.is_none_or(digits) {
        return None;
    }
    let exponent: i64 = match exponent {
        None => 0,
        Some(exponent) if digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)) => exponent.parse().ok()?,
        Some(_) => return None,
    };
    i64::try_from(fraction.map_or(0, str::len)).ok()?.checked_sub(exponent)
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => f.write_str(text),
            None => write!(f, "{:.*}", usize::from(self.scale), self.value),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stored_and_read_again(figure: &Figure) -> Figure {
        Figure::try_from_parts(figure.value(), figure.scale(), figure.text()).expect("it was a figure")
    }

    proptest! {
        #[test]
        fn up_to_fifteen_digits_survive_without_their_text(digits in "[1-9][0-9]{0,14}", point in 0usize..=15) {
            let point = point.min(digits.len() - 1);
            let (whole, fraction) = digits.split_at(digits.len() - point);
            let text = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
            let figure: Figure = text.parse().expect("a plain decimal");
            prop_assert_eq!(figure.text(), None);
            prop_assert_eq!(stored_and_read_again(&figure).to_string(), text);
        }

        #[test]
        fn small_rates_survive_too(zeros in "0{0,8}", digits in "[1-9][0-9]{0,14}") {
            let text = format!("0.{zeros}{digits}");
            let figure: Figure = text.parse().expect("a plain decimal");
            prop_assert_eq!(figure.text(), None);
            prop_assert_eq!(stored_and_read_again(&figure).to_string(), text);
        }

        #[test]
        fn whatever_is_read_is_printed_again(text in "-?[0-9]{1,30}(\\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?") {
            if let Ok(figure) = text.parse::<Figure>() {
                prop_assert_eq!(stored_and_read_again(&figure).to_string(), text);
            }
        }

        #[test]
        fn no_text_is_too_odd_to_answer(text in ".{0,60}") {
            let _ = text.parse::<Figure>();
        }
    }

    #[test]
    fn trailing_zeros_count() {
        let figure: Figure = "138.00".parse().expect("a figure");
        assert_eq!((figure.value(), figure.scale(), figure.to_string()), (138.0, 2, "138.00".to_owned()));
        assert!((figure.half_unit() - 0.005).abs() < 1e-18);
    }

    #[test]
    fn an_exponent_keeps_its_text_and_its_scale() {
        let figure: Figure = "1.25e-7".parse().expect("a figure");
        assert_eq!((figure.scale(), figure.text()), (9, Some("1.25e-7")));
        assert_eq!("2e3".parse::<Figure>().map(|figure| figure.scale()), Ok(0));
    }

    #[test]
    fn what_is_no_number_is_refused_by_name() {
        for text in ["", "NaN", "inf", "1,5", "1.", ".5", "+1", "0x10", "1e", "1 ", "--1"] {
            assert_eq!(text.parse::<Figure>(), Err(FigureError::NotANumber(text.to_owned())), "{text}");
        }
        assert_eq!("1e400".parse::<Figure>(), Err(FigureError::NotFinite("1e400".to_owned())));
        assert!(matches!("9".repeat(1_000_000).parse::<Figure>(), Err(FigureError::TooLong(_))));
        assert!(matches!("1e-300".parse::<Figure>(), Err(FigureError::TooLong(_))));
    }
}
