//! When the market is open.
//!
//! A trading day runs from 17:00 New York time to 17:00 of the next day, whose date it bears; it is open unless it falls on
//! a weekend or a holiday. So the week is open from Sunday 17:00 to Friday 17:00, a holiday takes away one whole trading
//! day, and an open day always has 24 hours: New York's clocks change on a Sunday at 2:00, when the market is closed.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};
use chrono_tz::America::New_York;

use crate::clock::Timestamp;
use crate::feed::Market;

/// A year has 260 days of 24 open hours.
pub const DAYS_A_YEAR: f64 = 260.0;
/// Microseconds of open time in a day.
pub const DAY_US: i64 = 24 * 3600 * 1_000_000;

const FIRST_YEAR: i32 = 1970;
const LAST_YEAR: i32 = 2200;

impl Market {
    /// Whether the market is open at `at`.
    pub fn is_open(self, at: Timestamp) -> bool {
        self.is_trading_day(trading_day(at).0)
    }

    /// Open time since 1970 up to `at`, in microseconds. It never falls, and stands still while the market is closed.
    pub fn open_micros(self, at: Timestamp) -> i64 {
        let (day, into) = trading_day(at);
        let into = if self.is_trading_day(day) { into.num_microseconds().unwrap_or(0) } else { 0 };
        self.trading_days_before(day) * DAY_US + into
    }

    /// Open time between two moments, negative where `to` is before `from`.
    pub fn open_between(self, from: Timestamp, to: Timestamp) -> TimeDelta {
        TimeDelta::microseconds(self.open_micros(to) - self.open_micros(from))
    }

    fn is_trading_day(self, day: NaiveDate) -> bool {
        is_weekday(day) && !self.holidays_of(day.year()).contains(&day)
    }

    fn trading_days_before(self, day: NaiveDate) -> i64 {
        let holidays = HOLIDAYS[self as usize].before(day.year());
        let this_year =
            self.holidays_of(day.year()).iter().filter(|&&holiday| holiday < day && is_weekday(holiday)).count();
        weekdays_before(day) - holidays - i64::try_from(this_year).unwrap_or_default()
    }

    fn holidays_of(self, year: i32) -> &'static [NaiveDate] {
        HOLIDAYS[self as usize].of(year)
    }
}

/// The trading day that `at` falls into, and how far into it.
fn trading_day(at: Timestamp) -> (NaiveDate, TimeDelta) {
    let shifted = at.with_timezone(&New_York).naive_local() + TimeDelta::hours(7);
    (shifted.date(), shifted.time().signed_duration_since(NaiveTime::MIN))
}

fn is_weekday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// Mondays to Fridays from Monday 1969-12-29 until before `day`.
fn weekdays_before(day: NaiveDate) -> i64 {
    const MONDAY: Option<NaiveDate> = NaiveDate::from_ymd_opt(1969, 12, 29);
    let days = MONDAY.map_or(0, |monday| day.signed_duration_since(monday).num_days());
    days.div_euclid(7) * 5 + days.rem_euclid(7).min(5)
}

struct Holidays {
    years: Vec<Vec<NaiveDate>>,
    /// How many weekdays the holidays of all earlier years have taken.
    taken: Vec<i64>,
}

static HOLIDAYS: LazyLock<[Holidays; 2]> = LazyLock::new(|| [Holidays::new(spot), Holidays::new(target)]);

impl Holidays {
    fn new(of: fn(i32) -> Vec<NaiveDate>) -> Self {
        let years: Vec<_> = (FIRST_YEAR..=LAST_YEAR).map(of).collect();
        let taken = years
            .iter()
            .scan(0, |taken, holidays| {
                let before = *taken;
                *taken += i64::try_from(holidays.iter().filter(|&&day| is_weekday(day)).count()).unwrap_or_default();
                Some(before)
            })
            .collect();
        Self { years, taken }
    }

    fn of(&self, year: i32) -> &[NaiveDate] {
        usize::try_from(year - FIRST_YEAR).ok().and_then(|at| self.years.get(at)).map_or(&[], Vec::as_slice)
    }

    fn before(&self, year: i32) -> i64 {
        let at = usize::try_from(year - FIRST_YEAR).unwrap_or(0).min(self.taken.len() - 1);
        self.taken[at]
    }
}

fn spot(year: i32) -> Vec<NaiveDate> {
    [(1, 1), (12, 25)].into_iter().filter_map(|(month, day)| NaiveDate::from_ymd_opt(year, month, day)).collect()
}

/// The closing days that the ECB set for TARGET: from 2000 on New Year's Day, Good Friday, Easter Monday, 1 May, 25 and 26
/// December; in 1999 only 1 January and 25 December; and the last day of 1999 and of 2001.
fn target(year: i32) -> Vec<NaiveDate> {
    let fixed: &[(u32, u32)] = match year {
        1999 => &[(1, 1), (12, 25), (12, 31)],
        2001 => &[(1, 1), (5, 1), (12, 25), (12, 26), (12, 31)],
        _ => &[(1, 1), (5, 1), (12, 25), (12, 26)],
    };
    let fixed = fixed.iter().filter_map(|&(month, day)| NaiveDate::from_ymd_opt(year, month, day));
    let easter = easter(year).filter(|_| year != 1999);
    let around = easter
        .and_then(|sunday| Some([sunday.checked_sub_days(Days::new(2))?, sunday.checked_add_days(Days::new(1))?]));
    fixed.chain(around.into_iter().flatten()).collect()
}

/// Easter Sunday of the Gregorian calendar, by the anonymous algorithm (Meeus, Astronomical Algorithms, chapter 8).
#[expect(clippy::many_single_char_names, reason = "the letters are those of the published algorithm")]
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let (month, day) = ((h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1);
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

/// The moment in UTC at which a bare date of the ECB is published: 16:00 in Frankfurt.
pub fn ecb_publication(date: NaiveDate) -> Timestamp {
    let local = date.and_time(NaiveTime::from_hms_opt(16, 0, 0).unwrap_or_default());
    local
        .and_local_timezone(chrono_tz::Europe::Berlin)
        .earliest()
        .map_or_else(|| local.and_utc(), |at| DateTime::to_utc(&at))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn the_week_runs_from_sunday_to_friday_17_00_new_york() {
        for (moment, open) in [
            ("2026-01-09T21:59:59Z", true), // Friday, winter: 16:59:59 in New York
            ("2026-01-09T22:00:00Z", false),
            ("2026-01-11T21:59:59Z", false),
            ("2026-01-11T22:00:00Z", true),
            ("2026-07-10T20:59:59Z", true), // summer: an hour earlier in UTC
            ("2026-07-10T21:00:00Z", false),
            ("2026-07-12T21:00:00Z", true),
        ] {
            assert_eq!(Market::Spot.is_open(at(moment)), open, "{moment}");
        }
    }

    #[test]
    fn a_holiday_takes_one_trading_day() {
        assert!(Market::Spot.is_open(at("2025-12-24T21:59:00Z")));
        assert!(!Market::Spot.is_open(at("2025-12-24T22:00:00Z")));
        assert!(!Market::Spot.is_open(at("2025-12-25T21:59:00Z")));
        assert!(Market::Spot.is_open(at("2025-12-25T22:00:00Z")));
        assert!(!Market::Target.is_open(at("2025-12-26T12:00:00Z")));
        let over_christmas = Market::Spot.open_between(at("2025-12-24T15:00:00Z"), at("2025-12-26T15:00:00Z"));
        assert_eq!(over_christmas, TimeDelta::hours(24));
    }

    #[test]
    fn a_weekend_is_no_gap() {
        let friday_to_monday = Market::Spot.open_between(at("2026-10-09T14:00:00Z"), at("2026-10-12T14:00:00Z"));
        assert_eq!(friday_to_monday, TimeDelta::hours(24));
        // Good Friday and Easter Monday: Thursday to Tuesday is one day for TARGET and three for the market.
        let (thursday, tuesday) = (at("2026-04-02T14:00:00Z"), at("2026-04-07T14:00:00Z"));
        assert_eq!(Market::Target.open_between(thursday, tuesday), TimeDelta::hours(24));
        assert_eq!(Market::Spot.open_between(thursday, tuesday), TimeDelta::hours(72));
    }

    #[test]
    fn easter_is_where_the_church_has_it() {
        for (year, month, day) in
            [(1999, 4, 4), (2000, 4, 23), (2008, 3, 23), (2011, 4, 24), (2026, 4, 5), (2038, 4, 25)]
        {
            assert_eq!(easter(year), NaiveDate::from_ymd_opt(year, month, day));
        }
    }

    #[test]
    fn the_ecb_publishes_at_16_00_in_frankfurt() {
        let date = |text: &str| ecb_publication(text.parse().expect("a date"));
        assert_eq!(date("2026-10-30"), at("2026-10-30T15:00:00Z"));
        assert_eq!(date("2026-07-01"), at("2026-07-01T14:00:00Z"));
    }

    proptest! {
        #[test]
        fn open_time_passes_at_the_pace_of_the_clock_or_not_at_all(
            start in 0i64..2_000_000_000, step in 0i64..3_000_000,
        ) {
            let moment = |seconds| DateTime::from_timestamp(seconds, 0).expect("in range");
            for market in [Market::Spot, Market::Target] {
                let passed = market.open_between(moment(start), moment(start + step)).num_seconds();
                prop_assert!((0..=step).contains(&passed));
            }
        }

        #[test]
        fn it_equals_counting_minute_by_minute(start in 500_000_000i64..2_000_000_000, minutes in 0i64..20_000) {
            let start = start / 60 * 60;
            let moment = |minute: i64| DateTime::from_timestamp(start + minute * 60, 0).expect("in range");
            let counted = (0..minutes).filter(|&minute| Market::Target.is_open(moment(minute))).count();
            let passed = Market::Target.open_between(moment(0), moment(minutes)).num_minutes();
            prop_assert_eq!(passed, i64::try_from(counted).expect("small"));
        }
    }
}
