//! The three measures of volatility, over rolling windows of periods.
//!
//! With levels Pᵢ at open-market times tᵢ, returns rᵢ = ln(Pᵢ ÷ Pᵢ₋₁) and gaps Δtᵢ = tᵢ − tᵢ₋₁:
//! - `price_stddev_20` is the sample standard deviation (n−1) of the last 20 levels;
//! - `realized_vol` is that of the last 20 returns × √(260 days ÷ mean gap);
//! - `ewma_vol` = √(v · 260 days), v ← λv + (1−λ)·r²/Δt with λ = 0.94^(Δt ÷ 1 day), seeded with the mean of the first 20
//!   r²/Δt. The decay of 0.94 a day is that of J.P. Morgan/Reuters, *RiskMetrics Technical Document*, 4th edition (1996).
//!
//! Δt is at least one second, so that two updates at one open-market time (a weekend) do not divide by nothing.

use serde::{Deserialize, Serialize};

use crate::calendar::{DAY_US, DAYS_A_YEAR};
use crate::rate::Volatility;

/// Levels and returns in a window.
pub const WINDOW: usize = 20;
const LEVELS: usize = WINDOW + 1;
const DAILY_DECAY: f64 = 0.94;
const SECOND_US: i64 = 1_000_000;

/// A gap in days, at least one second of them.
#[expect(clippy::cast_precision_loss, reason = "centuries in microseconds are exact in an f64")]
pub(crate) fn days(micros: i64) -> f64 {
    micros.max(SECOND_US) as f64 / DAY_US as f64
}

/// What follows from a gap alone. All pairs of a batch mostly have the same gaps, and powers, quotients and roots are dear:
/// the last ones are kept.
#[derive(Clone, Debug, Default)]
pub struct Gaps {
    gap_us: i64,
    /// λ = 0.94^(Δt ÷ 1 day)
    lambda: f64,
    /// 1 day ÷ Δt
    per_day: f64,
    mean_gap_us: i64,
    /// 260 days ÷ mean gap
    per_year: f64,
}

impl Gaps {
    fn set_gap(&mut self, gap_us: i64) {
        if gap_us != self.gap_us {
            let days = days(gap_us);
            *self = Self { gap_us, lambda: DAILY_DECAY.powf(days), per_day: days.recip(), ..*self };
        }
    }

    fn per_year(&mut self, mean_gap_us: i64) -> f64 {
        if mean_gap_us != self.mean_gap_us {
            *self = Self { mean_gap_us, per_year: DAYS_A_YEAR / days(mean_gap_us), ..*self };
        }
        self.per_year
    }
}

/// v, a variance per day, and the returns it was made of. Until there are 20, `sum` gathers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Ewma {
    returns: u8,
    sum_or_v: f64,
}

impl Ewma {
    fn with(self, log_return: f64, gap_us: i64, gaps: &mut Gaps) -> Self {
        const SEEDS: u8 = 20;
        gaps.set_gap(gap_us);
        let per_day = log_return * log_return * gaps.per_day;
        if self.returns == SEEDS {
            let lambda = gaps.lambda;
            return Self { sum_or_v: lambda * self.sum_or_v + (1.0 - lambda) * per_day, ..self };
        }
        let (returns, sum) = (self.returns + 1, self.sum_or_v + per_day);
        Self { returns, sum_or_v: if returns == SEEDS { sum / f64::from(SEEDS) } else { sum } }
    }

    fn variance_per_day(self) -> Option<f64> {
        (usize::from(self.returns) == WINDOW).then_some(self.sum_or_v)
    }
}

/// The last 21 periods of one pair from one source, the newest last.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    periods: usize,
    levels: [f64; LEVELS],
    logs: [f64; LEVELS],
    opens_us: [i64; LEVELS],
    ewma: Ewma,
    ewma_before: Ewma,
}

impl Default for Window {
    fn default() -> Self {
        Self {
            periods: 0,
            levels: [0.0; LEVELS],
            logs: [0.0; LEVELS],
            opens_us: [0; LEVELS],
            ewma: Ewma::default(),
            ewma_before: Ewma::default(),
        }
    }
}

impl Window {
    /// A new period: `level` at the open-market time `open_us`.
    pub fn push(&mut self, open_us: i64, level: f64, gaps: &mut Gaps) {
        self.levels.copy_within(1.., 0);
        self.logs.copy_within(1.., 0);
        self.opens_us.copy_within(1.., 0);
        self.periods = (self.periods + 1).min(LEVELS);
        self.ewma_before = self.ewma;
        self.set_last(open_us, level, gaps);
    }

    /// Another value for the newest period: a correction, or a later quote of the same minute.
    pub fn replace_last(&mut self, open_us: i64, level: f64, gaps: &mut Gaps) {
        self.ewma = self.ewma_before;
        self.set_last(open_us, level, gaps);
    }

    fn set_last(&mut self, open_us: i64, level: f64, gaps: &mut Gaps) {
        self.levels[WINDOW] = level;
        self.logs[WINDOW] = level.ln();
        self.opens_us[WINDOW] = open_us;
        if self.periods > 1 {
            let log_return = self.logs[WINDOW] - self.logs[WINDOW - 1];
            self.ewma = self.ewma_before.with(log_return, open_us - self.opens_us[WINDOW - 1], gaps);
        }
    }

    /// The measures with the newest period included.
    pub fn volatility(&self, gaps: &mut Gaps) -> Volatility {
        Volatility {
            price_stddev_20: (self.periods >= WINDOW).then(|| sample_variance(&self.last_levels()).sqrt()),
            realized_vol: (self.periods == LEVELS).then(|| self.realized(gaps)),
            ewma_vol: self.variance_per_day().map(|v| (v * DAYS_A_YEAR).sqrt()),
        }
    }

    /// The EWMA variance per day of open time, once it is seeded.
    pub fn variance_per_day(&self) -> Option<f64> {
        self.ewma.variance_per_day()
    }

    fn last_levels(&self) -> [f64; WINDOW] {
        std::array::from_fn(|i| self.levels[i + 1])
    }

    fn realized(&self, gaps: &mut Gaps) -> f64 {
        let returns: [f64; WINDOW] = std::array::from_fn(|i| self.logs[i + 1] - self.logs[i]);
        #[expect(clippy::cast_possible_wrap, reason = "20 fits")]
        let mean_gap_us = (self.opens_us[WINDOW] - self.opens_us[0]) / WINDOW as i64;
        (sample_variance(&returns) * gaps.per_year(mean_gap_us)).sqrt()
    }
}

/// Σ(x − x̄)² ÷ (n − 1) in two passes, which loses no digits to cancellation.
fn sample_variance(values: &[f64; WINDOW]) -> f64 {
    const PER_20: f64 = 1.0 / 20.0;
    const PER_19: f64 = 1.0 / 19.0;
    let mean = sum(values) * PER_20;
    let squares = values.map(|value| (value - mean) * (value - mean));
    sum(&squares) * PER_19
}

/// In four lanes, always in the same order: the additions of one lane do not wait for those of another.
fn sum(values: &[f64; WINDOW]) -> f64 {
    let mut lanes = [0.0; 4];
    for chunk in values.chunks_exact(4) {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])
}

/// A [`Window`] as it is written down: the logarithms follow from the levels.
#[derive(Serialize, Deserialize)]
struct WindowFields {
    levels: Vec<f64>,
    opens_us: Vec<i64>,
    ewma: Ewma,
    ewma_before: Ewma,
}

impl Serialize for Window {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let from = LEVELS - self.periods;
        WindowFields {
            levels: self.levels[from..].to_vec(),
            opens_us: self.opens_us[from..].to_vec(),
            ewma: self.ewma,
            ewma_before: self.ewma_before,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let fields = WindowFields::deserialize(deserializer)?;
        let periods = fields.levels.len();
        if periods > LEVELS || periods != fields.opens_us.len() {
            return Err(serde::de::Error::custom("a window has at most 21 levels, and a time for each"));
        }
        let mut window = Self { periods, ewma: fields.ewma, ewma_before: fields.ewma_before, ..Self::default() };
        let from = LEVELS - periods;
        window.levels[from..].copy_from_slice(&fields.levels);
        window.opens_us[from..].copy_from_slice(&fields.opens_us);
        window.logs = window.levels.map(f64::ln);
        Ok(window)
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definitions, written down without a thought for speed.
    fn naive(history: &[(i64, f64)]) -> Volatility {
        let stddev = |values: &[f64]| {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()
        };
        let levels: Vec<f64> = history.iter().map(|&(_, level)| level).collect();
        let returns: Vec<f64> = levels.windows(2).map(|two| (two[1] / two[0]).ln()).collect();
        let gaps: Vec<f64> =
            history.windows(2).map(|two| (two[1].0 - two[0].0).max(SECOND_US) as f64 / DAY_US as f64).collect();
        let ewma = (returns.len() >= 20).then(|| {
            let squares: Vec<f64> = returns.iter().zip(&gaps).map(|(r, gap)| r * r / gap).collect();
            let seed = squares[..20].iter().sum::<f64>() / 20.0;
            squares[20..].iter().zip(&gaps[20..]).fold(seed, |v, (square, gap)| {
                let lambda = 0.94f64.powf(*gap);
                lambda * v + (1.0 - lambda) * square
            })
        });
        Volatility {
            price_stddev_20: (levels.len() >= 20).then(|| stddev(&levels[levels.len() - 20..])),
            realized_vol: (returns.len() >= 20).then(|| {
                let mean_gap = gaps[gaps.len() - 20..].iter().sum::<f64>() / 20.0;
                stddev(&returns[returns.len() - 20..]) * (260.0 / mean_gap).sqrt()
            }),
            ewma_vol: ewma.map(|v| (v * 260.0).sqrt()),
        }
    }

    fn assert_close(have: Option<f64>, want: Option<f64>) {
        match (have, want) {
            (Some(have), Some(want)) => assert!((have - want).abs() <= 1e-9 * want.max(1e-6), "{have} is not {want}"),
            (have, want) => assert_eq!(have, want),
        }
    }

    prop_compose! {
        fn walk()(steps in prop::collection::vec((2 * SECOND_US..5 * DAY_US, -0.05..0.05f64), 1..60)) -> Vec<(i64, f64)> {
            steps.into_iter().scan((0, 100.0), |(open, level), (gap, step)| {
                (*open, *level) = (*open + gap, *level * (1.0 + step));
                Some((*open, *level))
            }).collect()
        }
    }

    proptest! {
        #[test]
        fn a_rolling_window_equals_a_naive_recomputation(history in walk(), wrong in 0.5..2.0f64) {
            let (mut window, mut gaps) = (Window::default(), Gaps::default());
            for (i, &(open_us, level)) in history.iter().enumerate() {
                window.push(open_us, level * wrong, &mut gaps);
                window.replace_last(open_us, level, &mut gaps);
                let (have, want) = (window.volatility(&mut gaps), naive(&history[..=i]));
                assert_close(have.price_stddev_20, want.price_stddev_20);
                assert_close(have.realized_vol, want.realized_vol);
                assert_close(have.ewma_vol, want.ewma_vol);
            }
        }

        #[test]
        fn a_window_comes_back_bit_for_bit(history in walk()) {
            let (mut window, mut gaps) = (Window::default(), Gaps::default());
            for (open_us, level) in history {
                window.push(open_us, level, &mut gaps);
            }
            let written = serde_json::to_string(&window).expect("plain data");
            let mut read: Window = serde_json::from_str(&written).expect("as written");
            read.push(i64::MAX / 2, 101.0, &mut Gaps::default());
            window.push(i64::MAX / 2, 101.0, &mut gaps);
            prop_assert_eq!(read.volatility(&mut Gaps::default()), window.volatility(&mut gaps));
        }
    }

    #[test]
    fn fewer_periods_than_the_window_give_no_number() {
        let (mut window, mut gaps) = (Window::default(), Gaps::default());
        for day in 1..=21 {
            window.push(day * DAY_US, 1.0 + 0.001 * day as f64, &mut gaps);
            let Volatility { price_stddev_20, realized_vol, ewma_vol } = window.volatility(&mut gaps);
            assert_eq!(price_stddev_20.is_some(), day >= 20);
            assert_eq!((realized_vol.is_some(), ewma_vol.is_some()), (day >= 21, day >= 21));
        }
    }
}
