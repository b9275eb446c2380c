//! Where the ticks of an axis stand and what they say.

use chrono::{DateTime, Datelike, Months, NaiveDate, Timelike};
use fx_domain::clock::Timestamp;

const DAY: i64 = 86_400;

/// Seconds between two ticks within a day, and days that fit a month.
const STEPS: [i64; 15] =
    [60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, DAY, 2 * DAY, 5 * DAY, 7 * DAY, 14 * DAY, 21 * DAY, 28 * DAY];

const MONTHS: [u32; 8] = [1, 2, 3, 6, 12, 24, 60, 120];

/// More ticks than any axis has.
const MOST: u32 = 100;

/// Round values (1, 2 or 5 times a power of ten) within `low..=high`, about `wanted` of them, and the digits after the point
/// that they need.
pub(super) fn values(low: f64, high: f64, wanted: u32) -> (Vec<f64>, usize) {
    let rough = (high - low) / f64::from(wanted.max(1));
    if !(rough.is_finite() && rough > 0.0) {
        return (vec![low], 0);
    }
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0].map(|n| n * power).into_iter().find(|&step| step >= rough).unwrap_or(10.0 * power);
    let ticks = (0..MOST).map(|n| ((low / step).ceil() + f64::from(n)) * step).take_while(|&at| at <= high);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an f64 has at most 323 digits")]
    let digits = (-(step.log10() + 1e-9).floor()).max(0.0) as usize;
    (ticks.collect(), digits)
}

/// Seconds since 1970, as the axis of time counts them.
#[expect(clippy::cast_precision_loss, reason = "2^53 seconds are more than chrono has")]
pub(super) fn seconds(at: Timestamp) -> f64 {
    at.timestamp() as f64
}

/// The time that the axis has there.
#[expect(clippy::cast_possible_truncation, reason = "it comes from whole seconds")]
pub(super) fn moment(seconds: f64) -> Option<Timestamp> {
    DateTime::from_timestamp(seconds as i64, 0)
}

/// Round UTC times within `from..=to`, at most about `wanted`, and how many seconds they are apart.
pub(super) fn times(from: Timestamp, to: Timestamp, wanted: i64) -> (Vec<Timestamp>, i64) {
    let (ticks, step) = seconds_between(from.timestamp(), to.timestamp(), wanted);
    (ticks.into_iter().filter_map(|at| DateTime::from_timestamp(at, 0)).collect(), step)
}

fn seconds_between(from: i64, to: i64, wanted: i64) -> (Vec<i64>, i64) {
    let rough = (to - from) / wanted.max(1);
    match STEPS.into_iter().find(|&step| step >= rough) {
        Some(step) => {
            let first = from.div_euclid(step) + i64::from(from.rem_euclid(step) > 0);
            ((first..=to.div_euclid(step)).map(|n| n * step).collect(), step)
        }
        None => months(from, to, rough),
    }
}

fn months(from: i64, to: i64, rough: i64) -> (Vec<i64>, i64) {
    let step = MONTHS.into_iter().find(|&months| i64::from(months) * 30 * DAY >= rough).unwrap_or(120);
    let year = DateTime::from_timestamp(from, 0).map_or(1970, |at| at.year());
    let begin = year - year.rem_euclid(10);
    let stamp = |n: u32| {
        let month = NaiveDate::from_ymd_opt(begin, 1, 1)?.checked_add_months(Months::new(n.checked_mul(step)?))?;
        Some(month.and_hms_opt(0, 0, 0)?.and_utc().timestamp())
    };
    let ticks = (0..).map_while(stamp).take_while(|&at| at <= to).filter(|&at| at >= from);
    (ticks.collect(), i64::from(step) * 30 * DAY)
}

/// What a tick says: no more than tells it from its neighbours.
pub(super) fn label(at: Timestamp, step: i64) -> String {
    let form = match step {
        _ if step < DAY && at.num_seconds_from_midnight() > 0 => "%H:%M",
        _ if step < 28 * DAY => "%-d %b",
        _ if step >= 360 * DAY || at.month() == 1 => "%Y",
        _ => "%b %Y",
    };
    at.format(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn labels(from: &str, to: &str) -> Vec<String> {
        let (ticks, step) = times(at(from), at(to), 8);
        ticks.into_iter().map(|tick| label(tick, step)).collect()
    }

    #[test]
    fn values_are_round() {
        let (ticks, digits) = values(1.0812, 1.0934, 5);
        assert_eq!(ticks.iter().map(|tick| format!("{tick:.digits$}")).collect::<Vec<_>>(), ["1.085", "1.090"]);
        let (ticks, digits) = values(80.0, 171.0, 5);
        assert_eq!((ticks, digits), (vec![80.0, 100.0, 120.0, 140.0, 160.0], 0));
        assert_eq!(values(1.0, 1.0, 5), (vec![1.0], 0));
    }

    #[test]
    fn times_are_round_in_utc() {
        assert_eq!(
            labels("2026-10-29T22:10:00Z", "2026-10-30T22:10:00Z"),
            ["30 Oct", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00"]
        );
        assert_eq!(
            labels("1999-01-04T00:00:00Z", "2026-10-30T00:00:00Z"),
            ["2000", "2005", "2010", "2015", "2020", "2025"]
        );
        assert_eq!(
            labels("2026-03-05T00:00:00Z", "2026-10-30T00:00:00Z").first().map(String::as_str),
            Some("Apr 2026")
        );
    }
}
