//! The span of time that one index holds.

use chrono::{Datelike, NaiveDate};
use fx_config::IndexPeriod;
use fx_domain::clock::Timestamp;

/// What `date_nanos` can hold.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2261;

/// A calendar year or month, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    year: i32,
    month: Option<u32>,
}

impl Period {
    /// The period in which `at` falls; `None` where no index can hold it.
    pub(crate) fn of(at: Timestamp, kind: IndexPeriod) -> Option<Self> {
        let month = (kind == IndexPeriod::Month).then(|| at.month());
        YEARS.contains(&at.year()).then(|| Self { year: at.year(), month })
    }

    /// The period that a name ends in: `2026`, or `2026-03`.
    pub(crate) fn parse(label: &str) -> Option<Self> {
        let number = |text: &str, digits| {
            let is_number = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse::<u32>().ok()).flatten()
        };
        let (year, month) = match label.split_once('-') {
            Some((year, month)) => (year, Some(number(month, 2).filter(|month| (1..=12).contains(month))?)),
            None => (label, None),
        };
        let year = i32::try_from(number(year, 4)?).ok()?;
        Some(Self { year, month })
    }

    pub(crate) fn label(self) -> String {
        match self.month {
            Some(month) => format!("{:04}-{month:02}", self.year),
            None => format!("{:04}", self.year),
        }
    }

    /// Its begin, which is part of it, and its end, which is not.
    pub(crate) fn bounds(self) -> (Timestamp, Timestamp) {
        let next = match self.month {
            Some(month) if month < 12 => first_of(self.year, month + 1),
            _ => first_of(self.year + 1, 1),
        };
        (first_of(self.year, self.month.unwrap_or(1)), next)
    }
}

fn first_of(year: i32, month: u32) -> Timestamp {
    let day = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default();
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_period_holds_its_begin_but_not_its_end() {
        for (time, kind, label, begin, end) in [
            ("2026-12-31T23:59:59.999999Z", IndexPeriod::Year, "2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2027-01-01T00:00:00Z", IndexPeriod::Year, "2027", "2027-01-01T00:00:00Z", "2028-01-01T00:00:00Z"),
            ("2024-02-29T12:00:00Z", IndexPeriod::Month, "2024-02", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
            ("1999-12-31T00:00:00Z", IndexPeriod::Month, "1999-12", "1999-12-01T00:00:00Z", "2000-01-01T00:00:00Z"),
        ] {
            let period = Period::of(at(time), kind).expect("a period");
            assert_eq!((period.label().as_str(), period.bounds()), (label, (at(begin), at(end))));
            assert_eq!(Period::parse(label), Some(period));
        }
    }

    #[test]
    fn what_no_index_can_hold_and_what_is_no_period() {
        assert_eq!(Period::of(at("1969-12-31T23:59:59Z"), IndexPeriod::Year), None);
        assert_eq!(Period::of(at("2262-01-01T00:00:00Z"), IndexPeriod::Month), None);
        for label in ["", "26", "2026-13", "2026-00", "2026-1", "archive", "2026-03-01", "+026"] {
            assert_eq!(Period::parse(label), None, "{label}");
        }
    }
}
