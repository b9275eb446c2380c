//! Candles, each day of which is drawn once for as long as its rates stay as they are.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fx_domain::candle::{Candle, Interval, widened};
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_store::StoreError;
use fx_store::rates::{CandleQuery, Day, RateStore};
use parking_lot::Mutex;

/// So many candles are kept at most (some 15 MB): years of hours of dozens of pairs. Beyond, all are drawn anew.
const MOST_KEPT: usize = 250_000;

/// Draws candles from a history. A year of minutes is read once, and again only those days that have changed.
pub(crate) struct Drawing {
    store: Arc<dyn RateStore>,
    kept: Mutex<Kept>,
}

/// What days are of.
type Series = (Source, Pair, Interval);

#[derive(Default)]
struct Kept {
    days: HashMap<Series, BTreeMap<Day, Drawn>>,
    candles: usize,
}

/// A day as it was with this stamp.
struct Drawn {
    stamp: i64,
    candles: Vec<Candle>,
}

impl Drawing {
    pub(crate) fn new(store: Arc<dyn RateStore>) -> Self {
        Self { store, kept: Mutex::default() }
    }

    /// As the history itself would answer. Hours are kept for wider candles too.
    pub(crate) async fn candles(&self, query: CandleQuery) -> Result<Vec<Candle>, StoreError> {
        let (wanted, from) = (query.interval, query.interval.start_of(query.from));
        let interval = if wanted.width() > Interval::H1.width() { Interval::H1 } else { wanted };
        let candles = self.drawn(CandleQuery { interval, from, ..query }).await?;
        Ok(if interval == wanted { candles } else { widened(wanted, &candles) })
    }

    async fn drawn(&self, query: CandleQuery) -> Result<Vec<Candle>, StoreError> {
        let from = query.from;
        // Whole days alone are kept.
        let begin = if Day::of(from).start() == from { Day::of(from) } else { Day::of(from).next() };
        let end = Day::of(query.to);
        if begin >= end {
            return self.store.candles(query).await;
        }
        let stamps = self.store.stamps(&query.source, begin, end).await?;
        let series = (query.source.clone(), query.pair, query.interval);
        let (mut candles, changed) = self.kept.lock().unchanged(&series, &stamps);
        for (from, to) in gaps((from, query.to), (begin, end), &stamps, &changed) {
            candles.extend(self.store.candles(CandleQuery { from, to, ..query.clone() }).await?);
        }
        candles.sort_by_key(|candle| candle.start);
        self.kept.lock().keep(series, &changed, &candles);
        Ok(candles)
    }
}

impl Kept {
    /// The candles of the days that are as they were, and the days that are not.
    fn unchanged(&self, series: &Series, stamps: &[(Day, i64)]) -> (Vec<Candle>, BTreeMap<Day, i64>) {
        let days = self.days.get(series);
        let mut candles = Vec::new();
        let mut changed = BTreeMap::new();
        for &(day, stamp) in stamps {
            match days.and_then(|days| days.get(&day)).filter(|drawn| drawn.stamp == stamp) {
                Some(drawn) => candles.extend_from_slice(&drawn.candles),
                None => _ = changed.insert(day, stamp),
            }
        }
        (candles, changed)
    }

    fn keep(&mut self, series: Series, changed: &BTreeMap<Day, i64>, candles: &[Candle]) {
        if self.candles > MOST_KEPT {
            *self = Self::default();
        }
        let days = self.days.entry(series).or_default();
        for (&day, &stamp) in changed {
            let first = candles.partition_point(|candle| candle.start < day.start());
            let behind = candles.partition_point(|candle| candle.start < day.next().start());
            let drawn = Drawn { stamp, candles: candles[first..behind].to_vec() };
            self.candles += drawn.candles.len();
            if let Some(before) = days.insert(day, drawn) {
                self.candles -= before.candles.len();
            }
        }
    }
}

/// What has to be read: what lies before and behind the whole days, and the changed ones. Days without rates cost nothing to
/// read, and do not part those around them.
fn gaps(
    (from, to): (Timestamp, Timestamp),
    (begin, end): (Day, Day),
    stamps: &[(Day, i64)],
    changed: &BTreeMap<Day, i64>,
) -> Vec<(Timestamp, Timestamp)> {
    let mut gaps: Vec<(Timestamp, Timestamp)> = Vec::new();
    // Where the one that is open begins.
    let mut open = (from < begin.start()).then_some(from);
    for (day, _) in stamps {
        match (changed.contains_key(day), open) {
            (true, None) => open = Some(day.start()),
            (false, Some(since)) => {
                gaps.push((since, day.start()));
                open = None;
            }
            _ => {}
        }
    }
    match open {
        Some(since) => gaps.push((since, to)),
        None if end.start() < to => gaps.push((end.start(), to)),
        None => {}
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn only_what_has_changed_is_read() {
        let (from, to) = (at("1970-01-01T12:00:00Z"), at("1970-01-09T06:00:00Z"));
        let (begin, end) = (Day(1), Day(8));
        let stamps = [1, 2, 5, 6].map(|day| (Day(day), 7));
        let read = |changed: &[i64]| {
            gaps((from, to), (begin, end), &stamps, &changed.iter().map(|&day| (Day(day), 7)).collect())
        };
        let day = |day: i64| Day(day).start();
        assert_eq!(read(&[1, 2, 5, 6]), [(from, to)]);
        assert_eq!(read(&[]), [(from, day(1)), (day(8), to)]);
        assert_eq!(read(&[2, 5]), [(from, day(1)), (day(2), day(6)), (day(8), to)]);
        assert_eq!(gaps((day(1), day(3)), (Day(1), Day(3)), &stamps[..2], &BTreeMap::new()), []);
    }
}
