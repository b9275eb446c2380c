//! Numbers and texts as the picture writes them.

use chrono::Timelike;
use fx_domain::clock::Timestamp;
use fx_domain::pair::Pair;

/// Digits after the point of a rate by the pair's convention; a very small rate keeps five significant ones. The live page
/// does the same.
pub(super) fn digits(pair: Pair, mid: f64) -> usize {
    let convention = if pair.quote().code() == "JPY" { 3 } else { 5 };
    let size = mid.abs().log10().floor();
    if !size.is_finite() || size >= -3.0 {
        return convention;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 8 and 15")]
    let digits = (4.0 - size).min(15.0) as usize;
    digits
}

/// A number with fixed decimals and its thousands apart.
pub(super) fn decimal(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("\u{2212}", rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    fraction.map_or(grouped.clone(), |fraction| format!("{grouped}.{fraction}"))
}

/// A time in UTC, without seconds; a day alone where nothing shorter than a day is shown.
pub(super) fn time(at: Timestamp, has_hours: bool) -> String {
    let has_hours = has_hours || at.num_seconds_from_midnight() > 0;
    at.format(if has_hours { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d" }).to_string()
}

/// `EUR/USD`
pub(super) fn name(pair: Pair) -> String {
    format!("{}/{}", pair.base(), pair.quote())
}

/// Text that XML can hold: control characters are none.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|char| if char.is_control() || matches!(char, '\u{fffe}' | '\u{ffff}') { '\u{fffd}' } else { char })
        .collect()
}

/// At most so many characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pair: &str, mid: f64) -> String {
        decimal(mid, digits(pair.parse().expect("a pair"), mid))
    }

    #[test]
    fn rates_have_the_digits_of_their_convention() {
        assert_eq!(shown("EURUSD", 1.0842), "1.08420");
        assert_eq!(shown("USDJPY", 151.234_56), "151.235");
        assert_eq!(shown("USDINR", 83.25), "83.25000");
        assert_eq!(shown("USDIDR", 16_789.5), "16,789.50000");
        assert_eq!(shown("IDRUSD", 0.000_059_561), "0.000059561");
        assert_eq!(decimal(-1_234_567.0, 0), "\u{2212}1,234,567");
        assert_eq!(decimal(0.5, 1), "0.5");
    }

    #[test]
    fn texts_fit_into_xml_and_into_their_place() {
        assert_eq!(plain("a\u{1}b\n"), "a\u{fffd}b\u{fffd}");
        assert_eq!(shortened("äöüß", 3), "äö…");
        assert_eq!(shortened("äöü", 3), "äöü");
    }
}
