//! What was said, and what follows for a rate.

use super::super::super::*;
use super::super::{FEEDS, source};
use super::Model;
use crate::feed::{Market, Source};
use crate::number::to_12_digits;

/// Every accepted rate that was news for its feed, in the order in which they came.
pub(super) fn accepted(past: &[(Timestamp, Option<KnownRate>)]) -> Vec<(Timestamp, &KnownRate)> {
    let mut kept: Vec<(Timestamp, &KnownRate)> = Vec::new();
    for (at, rate) in past.iter().filter_map(|(at, rate)| Some((*at, rate.as_ref()?))) {
        let is_news = kept.iter().filter(|(_, known)| known.source == rate.source).all(|(_, known)| {
            rate.source_ts > known.source_ts
                || (rate.source_ts == known.source_ts && rate.fetched_at > known.fetched_at)
        });
        if rate.quality != Quality::Suspect && is_news {
            kept.push((at, rate));
        }
    }
    kept
}

pub(super) fn good_for(rate: &KnownRate) -> TimeDelta {
    let minutes = FEEDS.iter().find(|(name, _)| rate.source == source(name)).map(|(_, minutes)| *minutes);
    TimeDelta::minutes(minutes.expect("a known feed"))
}

pub(super) fn is_good(rate: &KnownRate, at: Timestamp) -> bool {
    Market::Spot.open_between(rate.aged_from, at) <= good_for(rate)
}

fn count(many: usize) -> f64 {
    f64::from(u32::try_from(many).expect("few"))
}

impl Model {
    pub(super) fn value(&self, rate: &KnownRate) -> f64 {
        if self.is_turned { rate.inverse } else { rate.mid }
    }

    /// The rate that one goes by after the first `count` things that were said.
    pub(super) fn believed(&self, count: usize, source_wanted: Option<&Source>) -> Option<KnownRate> {
        let past = &self.past[..count];
        let now = past.last()?.0;
        let accepted = accepted(past);
        let newest = |wanted: &Source| {
            let of_it = accepted.iter().map(|(_, rate)| *rate).filter(|rate| rate.source == *wanted);
            of_it
                .filter(|rate| rate.market_open || self.rule.closed_market)
                .max_by_key(|rate| (rate.source_ts, rate.fetched_at))
        };
        if let Some(wanted) = source_wanted {
            return newest(wanted).cloned();
        }
        match (newest(&source("kraken")), newest(&source("ecb"))) {
            (Some(first), Some(second)) if second.source_ts > first.source_ts && !is_good(first, now) => {
                Some(second.clone())
            }
            (first, second) => first.or(second).cloned(),
        }
    }

    pub(super) fn believed_now(&self) -> Option<KnownRate> {
        self.believed(self.past.len(), self.rule.source.as_ref())
    }

    /// The rates that were believed one after the other, corrected ones in their last version.
    pub(super) fn before(&self, rate: &KnownRate) -> Vec<KnownRate> {
        let mut line: Vec<KnownRate> = Vec::new();
        for count in 1..=self.past.len() {
            let Some(believed) = self.believed(count, self.rule.source.as_ref()) else { continue };
            match line.last() {
                Some(last) if believed.source_ts < last.source_ts => {}
                Some(last) if believed.source_ts == last.source_ts => {
                    if believed.source == last.source {
                        line.pop();
                        line.push(believed);
                    }
                }
                _ => line.push(believed),
            }
        }
        // What comes after a later one has no past of its own.
        let is_late = |last: &KnownRate| {
            last.source_ts > rate.source_ts || (last.source_ts == rate.source_ts && last.source != rate.source)
        };
        if line.last().is_some_and(is_late) {
            return Vec::new();
        }
        line.retain(|earlier| earlier.source_ts < rate.source_ts);
        line
    }

    /// The number that decides at a rate.
    pub(super) fn x(&self, rate: &KnownRate, beside: Option<&KnownRate>, at: Timestamp) -> Option<f64> {
        let value = self.value(rate);
        match &self.rule.condition {
            Condition::Level { .. } | Condition::Channel { .. } => Some(value),
            Condition::Change { by, window, .. } => {
                let from = self.reference(rate, *window)?;
                Some(to_12_digits(match by {
                    Move::Absolute(_) => value - from,
                    Move::Percent(_) => (value / from - 1.0) * 100.0,
                }))
            }
            Condition::VolatilityAbove { measure, .. } => match measure {
                Measure::PriceStddev20 => rate.volatility.price_stddev_20.filter(|_| !self.is_turned),
                Measure::RealizedVol => rate.volatility.realized_vol,
                Measure::EwmaVol => rate.volatility.ewma_vol,
            },
            Condition::Zscore { updates, .. } => self.zscore(rate, *updates as usize),
            Condition::Stale { .. } => Some(Self::age(rate, at)),
            Condition::Divergence { sources, .. } => {
                let beside = beside.filter(|beside| is_good(beside, at) && is_good(rate, at))?;
                let (first, second) = if rate.source == sources[0] { (rate, beside) } else { (beside, rate) };
                Some(to_12_digits((self.value(first) / self.value(second) - 1.0).abs() * 1e4))
            }
        }
    }

    pub(super) fn reference(&self, rate: &KnownRate, window: TimeDelta) -> Option<f64> {
        let target = rate.source_ts - window;
        let base = self.episodes.last().map(|episode| &self.shown[episode.fired]).filter(|_| self.rule.rebase_on_fire);
        if let Some(base) = base.filter(|base| base.rate.source_ts > target && base.rate.source_ts < rate.source_ts) {
            return Some(base.value);
        }
        let mut length: i64 = 1;
        while length * 2 <= window.num_microseconds().expect("short") {
            length *= 2;
        }
        let thousandth = |rate: &KnownRate| rate.source_ts.timestamp_micros() / (length / 1000);
        let line = self.before(rate);
        let is_last_of_its_thousandth =
            |at: &usize| line.get(at + 1).is_none_or(|next| thousandth(next) != thousandth(&line[*at]));
        let kept = (0..line.len()).filter(is_last_of_its_thousandth).map(|at| &line[at]);
        let from = kept.filter(|earlier| earlier.source_ts <= target).max_by_key(|earlier| earlier.source_ts)?;
        let was_good = Market::Spot.open_between(from.source_ts, target) <= good_for(from);
        was_good.then(|| self.value(from))
    }

    pub(super) fn zscore(&self, rate: &KnownRate, updates: usize) -> Option<f64> {
        let line = self.before(rate);
        let last = &line[line.len().checked_sub(updates)?..];
        if Market::Spot.open_between(last[0].source_ts, rate.source_ts)
            > good_for(rate) * i32::try_from(updates).expect("few")
        {
            return None;
        }
        let values: Vec<f64> = last.iter().map(|rate| self.value(rate)).collect();
        if values.iter().all(|value| value.to_bits() == values[0].to_bits()) {
            return None;
        }
        let mean = values.iter().sum::<f64>() / count(values.len());
        let variance =
            values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count(values.len() - 1);
        Some(to_12_digits((self.value(rate) - mean) / variance.sqrt()))
    }

    /// In cadences, of which two are what a feed is good for.
    pub(super) fn age(rate: &KnownRate, at: Timestamp) -> f64 {
        let age = Market::Spot.open_between(rate.aged_from, at).as_seconds_f64().max(0.0);
        to_12_digits(age / (good_for(rate) / 2).as_seconds_f64())
    }
}
