//! When a provider is asked again. Pure: the time and the jitter are handed in.

use std::time::Duration;

use chrono::TimeDelta;
use fx_domain::clock::Timestamp;

use crate::backoff::Backoff;

/// The longest wait after a failure, and between two looks at a provider that is late with its next update.
const LONGEST: Duration = Duration::from_mins(10);
/// What a provider that counts requests wants where it does not say: exchangerate-api.com blocks for about 20 minutes.
const BUSY: Duration = Duration::from_mins(20);
/// No answer puts a feed to sleep for longer.
const FURTHEST: TimeDelta = TimeDelta::hours(26);
/// A provider's next update is asked for this much after it is due, spread so that not all ask at once.
const AFTER_UPDATE: (f64, f64) = (30.0, 300.0);

/// How the last request went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// An answer that the feed understood.
    Answered {
        /// When the provider says that it publishes next.
        next_update: Option<Timestamp>,
        /// How many answers in a row, this one included, were nothing new although the next update was due.
        overdue: u32,
    },
    /// No usable answer.
    Failed {
        /// How many in a row.
        failures: u32,
        /// How long the provider wants to be left alone, where it says so.
        retry_after: Option<Duration>,
        /// Whether it said that it was asked too often.
        is_busy: bool,
    },
}

/// When the provider is asked next: never sooner than after `interval`, nor before its own next update. `jitter` is from 0
/// to 1.
pub(crate) fn due(now: Timestamp, interval: Duration, outcome: Outcome, jitter: f64) -> Timestamp {
    let after = |wait: Duration| now + TimeDelta::from_std(wait).unwrap_or(FURTHEST).min(FURTHEST);
    let backoff = Backoff { first: interval, longest: LONGEST.max(interval) };
    match outcome {
        Outcome::Answered { next_update: Some(update), .. } if update > now => {
            let (least, most) = AFTER_UPDATE;
            let spread = Duration::from_secs_f64(least + (most - least) * jitter.clamp(0.0, 1.0));
            let update = update.min(now + FURTHEST) + TimeDelta::from_std(spread).unwrap_or_default();
            update.max(after(interval))
        }
        // The provider is late: look for its update, at first often.
        Outcome::Answered { next_update: Some(_), overdue } if overdue > 0 => after(backoff.after(overdue, 0.0)),
        Outcome::Answered { .. } => after(interval),
        Outcome::Failed { failures, retry_after, is_busy } => {
            let least = retry_after.or(is_busy.then_some(BUSY)).unwrap_or_default();
            after(backoff.after(failures, jitter).max(least))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(30);

    fn now() -> Timestamp {
        "2026-11-02T10:00:00Z".parse().expect("a time")
    }

    fn wait(outcome: Outcome, jitter: f64) -> i64 {
        (due(now(), INTERVAL, outcome, jitter) - now()).num_seconds()
    }

    fn answered(next_update_in: Option<i64>, overdue: u32) -> Outcome {
        let next_update = next_update_in.map(|seconds| now() + TimeDelta::seconds(seconds));
        Outcome::Answered { next_update, overdue }
    }

    fn failed(failures: u32, retry_after: Option<u64>) -> Outcome {
        Outcome::Failed { failures, retry_after: retry_after.map(Duration::from_secs), is_busy: false }
    }

    #[test]
    fn without_a_next_update_the_interval_counts() {
        assert_eq!(wait(answered(None, 0), 0.5), 30);
        assert_eq!(wait(answered(None, 9), 0.5), 30);
    }

    #[test]
    fn the_next_update_is_waited_for_and_then_some() {
        assert_eq!(wait(answered(Some(3600), 0), 0.0), 3630);
        assert_eq!(wait(answered(Some(3600), 0), 1.0), 3900);
        assert_eq!(wait(answered(Some(1_000_000), 0), 0.0), 26 * 3600 + 30);
    }

    #[test]
    fn a_late_provider_is_asked_less_and_less_often() {
        assert_eq!(wait(answered(Some(-5), 0), 0.0), 30);
        assert_eq!([1, 2, 3, 30].map(|overdue| wait(answered(Some(-5), overdue), 0.0)), [30, 60, 120, 600]);
    }

    #[test]
    fn failures_double_the_wait_up_to_ten_minutes() {
        assert_eq!([1, 2, 3, 30].map(|failures| wait(failed(failures, None), 0.0)), [30, 60, 120, 600]);
        assert_eq!(wait(failed(30, None), 1.0), 750);
    }

    #[test]
    fn retry_after_is_honoured_and_bounded() {
        assert_eq!(wait(failed(1, Some(1200)), 0.0), 1200);
        assert_eq!(wait(failed(3, Some(1)), 0.0), 120);
        assert_eq!(wait(failed(1, Some(u64::MAX)), 0.0), 26 * 3600);
        assert_eq!(wait(Outcome::Failed { failures: 1, retry_after: None, is_busy: true }, 0.0), 1200);
    }

    proptest! {
        #[test]
        fn it_is_never_sooner_than_the_interval(
            interval in 1u64..100_000,
            update in proptest::option::of(-100_000i64..90_000),
            count in 0u32..50,
            jitter in 0.0..1.0f64,
        ) {
            let interval = Duration::from_secs(interval).min(Duration::from_hours(26));
            for outcome in [answered(update, count), failed(count.max(1), None)] {
                let due = due(now(), interval, outcome, jitter);
                prop_assert!(due >= now() + TimeDelta::from_std(interval).expect("short"));
                if let (Outcome::Answered { next_update: Some(update), .. }, true) = (outcome, update > Some(0)) {
                    prop_assert!(due >= update + TimeDelta::seconds(30));
                }
            }
        }
    }
}
