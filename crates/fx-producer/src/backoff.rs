//! How long to wait after failures.

use std::time::Duration;

/// Waits that double from `first` to `longest`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Backoff {
    /// The wait after so many failures in a row. `jitter` from 0 to 1 makes it up to a quarter longer, so that those who
    /// failed together do not come back together.
    pub(crate) fn after(self, failures: u32, jitter: f64) -> Duration {
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        doubled.min(self.longest).mul_f64(1.0 + 0.25 * jitter.clamp(0.0, 1.0))
    }
}

/// From 0 to 1, evenly.
pub(crate) fn jitter() -> f64 {
    rand::random()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_is_bounded_and_spreads() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_mins(1) };
        let waits = [1, 2, 3, 7, 4_000_000].map(|failures| backoff.after(failures, 0.0).as_secs());
        assert_eq!(waits, [1, 2, 4, 60, 60]);
        assert_eq!(backoff.after(3, 1.0), Duration::from_secs(5));
    }
}
