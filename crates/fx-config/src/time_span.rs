//! Durations as people write them: `90s`, `10m`, `1d`.

use std::time::Duration;

/// Writes a duration in its largest whole unit: `90s`, `10m`, `1d`, `250ms`.
pub fn format_span(span: Duration) -> String {
    let units: [(u128, &str); 5] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let millis = span.as_millis();
    let (length, unit) = units
        .into_iter()
        .find(|(length, _)| millis >= *length && millis.is_multiple_of(*length))
        .unwrap_or((1000, "s"));
    format!("{}{unit}", millis / length)
}

fn parse(text: &str) -> Result<Duration, String> {
    let wanted = "a duration is a number and a unit, such as 90s, 10m, 6h or 1d";
    let span = humantime::parse_duration(text).map_err(|_| format!("is no duration; {wanted}"))?;
    if span.is_zero() {
        return Err(format!("must be longer than nothing; {wanted}"));
    }
    Ok(span)
}

struct SpanVisitor;

impl serde::de::Visitor<'_> for SpanVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a duration in quotes with its unit, such as \"90s\", \"10m\" or \"1d\"")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Duration, E> {
        parse(text).map_err(E::custom)
    }
}

/// `#[serde(with = "time_span")]` for a `Duration`.
pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    from.deserialize_str(SpanVisitor)
}

pub(crate) fn serialize<S: serde::Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format_span(*span))
}

/// `#[serde(with = "time_span::option")]` for an `Option<Duration>`.
pub(crate) mod option {
    use super::{Duration, SpanVisitor, format_span};

    pub(crate) fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
        from.deserialize_str(SpanVisitor).map(Some)
    }

    #[expect(clippy::ref_option, reason = "the signature is given by serde")]
    pub(crate) fn serialize<S: serde::Serializer>(span: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => to.serialize_some(&format_span(*span)),
            None => to.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_they_are_read() {
        for text in ["90s", "10m", "1d", "250ms", "6h"] {
            assert_eq!(format_span(parse(text).expect(text)), text);
        }
    }

    #[test]
    fn nothing_and_nonsense_are_refused() {
        assert!(parse("0s").expect_err("zero").contains("longer than nothing"));
        assert!(parse("soon").expect_err("nonsense").contains("90s"));
        assert!(parse("30").expect_err("no unit").contains("unit"));
    }
}
