//! Candles as many as a picture can tell apart.

use chrono::TimeDelta;
use fx_domain::candle::Candle;
use fx_domain::clock::Timestamp;

use super::ticks::seconds;

/// So many columns at most, each of two units of the picture or more.
const MOST: usize = 400;

/// One candle, or neighbours together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    pub(super) start: Timestamp,
    /// Where its last candle ends.
    pub(super) end: Timestamp,
    pub(super) open: f64,
    pub(super) high: f64,
    pub(super) low: f64,
    pub(super) close: f64,
}

impl Column {
    /// Where it stands, in seconds.
    pub(super) fn middle(&self) -> f64 {
        f64::midpoint(seconds(self.start), seconds(self.end))
    }
}

/// Candles of one width, oldest first, as columns that span the same time each.
pub(super) fn columns(candles: &[Candle], width: TimeDelta) -> Vec<Column> {
    let (Some(first), Some(last)) = (candles.first(), candles.last()) else { return Vec::new() };
    let width = width.num_seconds().max(1);
    let buckets = usize::try_from((last.start - first.start).num_seconds() / width + 1).unwrap_or(usize::MAX);
    let together = width.saturating_mul(i64::try_from(buckets.div_ceil(MOST)).unwrap_or(i64::MAX));
    let place = |candle: &Candle| (candle.start - first.start).num_seconds() / together;
    let column = |neighbours: &[Candle]| {
        let (first, last) = (neighbours.first()?, neighbours.last()?);
        Some(Column {
            start: first.start,
            end: last.start + TimeDelta::seconds(width),
            open: first.open,
            high: neighbours.iter().map(|candle| candle.high).fold(f64::NEG_INFINITY, f64::max),
            low: neighbours.iter().map(|candle| candle.low).fold(f64::INFINITY, f64::min),
            close: last.close,
        })
    };
    candles.chunk_by(|a, b| place(a) == place(b)).filter_map(column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candle(minute: i64, open: f64, close: f64) -> Candle {
        let start = Timestamp::UNIX_EPOCH + TimeDelta::minutes(minute);
        Candle { start, open, high: open.max(close), low: open.min(close), close, count: 2 }
    }

    #[test]
    fn few_stay_as_they_are() {
        let drawn = columns(&[candle(0, 1.0, 2.0), candle(5, 2.0, 1.5)], TimeDelta::minutes(1));
        assert_eq!(drawn.len(), 2);
        assert_eq!((drawn[1].open, drawn[1].high, drawn[1].low, drawn[1].close), (2.0, 2.0, 1.5, 1.5));
        assert_eq!((drawn[1].start.timestamp(), drawn[1].end.timestamp(), drawn[1].middle()), (300, 360, 330.0));
        assert_eq!(columns(&[], TimeDelta::minutes(1)), []);
    }

    #[test]
    fn many_go_together_and_none_is_lost() {
        let candles: Vec<Candle> =
            (0..1000).map(|minute| candle(minute, 1.0, if minute == 500 { 9.0 } else { 2.0 })).collect();
        let drawn = columns(&candles, TimeDelta::minutes(1));
        assert!(drawn.len() <= MOST, "{}", drawn.len());
        assert_eq!((drawn[0].start, drawn[0].end), (candles[0].start, candles[3].start));
        assert!(drawn.iter().any(|column| (column.high - 9.0).abs() < 1e-9));
        assert!(drawn.windows(2).all(|two| two[0].end == two[1].start));
        assert_eq!(drawn[drawn.len() - 1].end, candles[999].start + TimeDelta::minutes(1));
    }
}
