//! The spans of time that Kibana chooses for "auto".

use chrono::TimeDelta;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
const YEAR: i64 = 365 * DAY;

/// From this bound (milliseconds) downwards, the span above it; Kibana's `calc_auto_interval.ts`.
const STEPS: [(i64, &str); 15] = [
    (YEAR, "1y"),
    (3 * WEEK, "1M"),
    (WEEK, "1w"),
    (DAY, "1d"),
    (6 * HOUR, "12h"),
    (2 * HOUR, "3h"),
    (45 * MINUTE, "1h"),
    (20 * MINUTE, "30m"),
    (9 * MINUTE, "10m"),
    (3 * MINUTE, "5m"),
    (45 * SECOND, "1m"),
    (15 * SECOND, "30s"),
    (15 * SECOND / 2, "10s"),
    (5 * SECOND, "5s"),
    (SECOND / 2, "1s"),
];

/// The span of which Kibana fits about 50 into `range`.
pub fn automatic(range: TimeDelta) -> &'static str {
    let target = range.num_milliseconds() / 50;
    STEPS.iter().find(|(bound, _)| *bound <= target).map_or("1s", |(_, span)| span)
}

/// Whether it is one of the calendar's, which are not all of one length.
pub(super) fn is_of_calendar(span: &str) -> bool {
    span.ends_with(['d', 'w', 'M', 'y'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_as_kibana_chooses_them() {
        for (range, span) in [
            (TimeDelta::minutes(15), "30s"),
            (TimeDelta::hours(1), "1m"),
            (TimeDelta::hours(6), "5m"),
            (TimeDelta::hours(24), "30m"),
            (TimeDelta::days(7), "3h"),
            (TimeDelta::days(365), "1w"),
            (TimeDelta::seconds(1), "1s"),
        ] {
            assert_eq!(automatic(range), span, "{range}");
        }
    }
}
