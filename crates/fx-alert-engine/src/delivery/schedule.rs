//! When a message is tried again: that of Standard Webhooks, three days in all.

use std::time::Duration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// The wait after each attempt that failed.
const WAITS_S: [u64; 9] = [5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// What a target asks for beyond this is not waited for.
const LONGEST: Duration = Duration::from_hours(24);

/// Up to so much longer, so that what failed together does not come back together.
const SPREAD: f64 = 0.1;

/// How long to wait after attempt number `attempt` (1 is the first), not less than the target has asked for; `None` where
/// it was the last. `jitter` is from 0 to 1.
pub(super) fn wait_after(attempt: u32, asked_for: Option<Duration>, jitter: f64) -> Option<Duration> {
    let step = usize::try_from(attempt.saturating_sub(1)).ok()?;
    let wait = Duration::from_secs(*WAITS_S.get(step)?).max(asked_for.unwrap_or_default().min(LONGEST));
    Some(wait.mul_f64(1.0 + SPREAD * jitter.clamp(0.0, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_are_those_of_the_standard_and_the_tenth_attempt_is_the_last() {
        let waits: Vec<_> = (1..=11).map(|attempt| wait_after(attempt, None, 0.0).map(|wait| wait.as_secs())).collect();
        let expected =
            [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400].map(Some).into_iter().chain([None, None]);
        assert_eq!(waits, expected.collect::<Vec<_>>());
    }

    #[test]
    fn what_the_target_asks_for_is_the_least_within_reason() {
        let asked = |seconds| wait_after(1, Some(Duration::from_secs(seconds)), 0.0).map(|wait| wait.as_secs());
        assert_eq!([asked(1), asked(120), asked(u64::MAX)], [Some(5), Some(120), Some(86_400)]);
        assert_eq!(wait_after(10, Some(Duration::from_secs(1)), 0.0), None);
    }

    #[test]
    fn jitter_makes_a_wait_up_to_a_tenth_longer() {
        let waits = [0.0, 0.5, 1.0, 7.0].map(|jitter| wait_after(2, None, jitter).map(|wait| wait.as_secs()));
        assert_eq!(waits, [Some(300), Some(315), Some(330), Some(330)]);
    }
}
