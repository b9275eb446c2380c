//! Durations as people write them: `90s`, `10m`, `1d`.

use chrono::TimeDelta;

use crate::currency::shown;

const LONGEST: TimeDelta = TimeDelta::days(366);

/// Reads what configuration files accept too.
///
/// # Errors
/// What is wrong with the text, and what would be right.
pub fn parse(text: &str) -> Result<TimeDelta, String> {
    const WANTED: &str = "expected a number and a unit, such as 90s, 10m, 6h or 1d";
    let span = humantime::parse_duration(text).map_err(|_| format!("`{}` is no duration, {WANTED}", shown(text)))?;
    match TimeDelta::from_std(span) {
        Ok(span) if span.is_zero() => Err(format!("`{}` is no time at all, leave it out or give more", shown(text))),
        Ok(span) if span.subsec_nanos() % 1000 != 0 => {
            Err(format!("`{}` is too fine, expected whole microseconds", shown(text)))
        }
        Ok(span) if span <= LONGEST => Ok(span),
        _ => Err(format!("`{}` is too long, expected at most 366d", shown(text))),
    }
}

/// In the largest unit that gives a whole number.
pub fn format(span: TimeDelta) -> String {
    let micros = span.num_microseconds().unwrap_or(i64::MAX);
    let units = [(86_400_000_000, "d"), (3_600_000_000, "h"), (60_000_000, "m"), (1_000_000, "s"), (1000, "ms")];
    let (length, unit) = units.into_iter().find(|(length, _)| micros % length == 0).unwrap_or((1, "us"));
    format!("{}{unit}", micros / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["90s", "10m", "1d", "250ms", "6h", "5us"] {
            assert_eq!(format(parse(text).expect(text)), text);
        }
        assert_eq!(format(parse("1h 30m").expect("two units")), "90m");
    }

    #[test]
    fn nothing_nonsense_and_ages_are_refused() {
        for text in ["0s", "soon", "30", "10y", "1ns", "99999999999d", ""] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
