//! Recorded time, at its own or another speed.

use std::time::Duration;

use fx_domain::clock::Timestamp;
use tokio::time::Instant;

use super::options::Speed;

/// The longest gap that is waited for in one piece.
const FURTHEST: Duration = Duration::from_hours(24 * 365);

/// Says when a record is due: the first at once, the others as long after it as they were recorded, over the speed.
#[derive(Debug)]
pub(super) struct Pace {
    speed: Speed,
    began: Option<(Instant, Timestamp)>,
}

impl Pace {
    pub(super) fn new(speed: Speed) -> Self {
        Self { speed, began: None }
    }

    /// When a record of that time is due; `None` for at once.
    pub(super) fn due(&mut self, at: Timestamp) -> Option<Instant> {
        let Speed::Times(times) = self.speed else { return None };
        let (began, first) = *self.began.get_or_insert_with(|| (Instant::now(), at));
        let recorded = (at - first).to_std().unwrap_or_default();
        let wait = Duration::try_from_secs_f64(recorded.as_secs_f64() / times).unwrap_or(FURTHEST).min(FURTHEST);
        Some(began + wait)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn an_hour_takes_a_minute_at_sixty_times_real_time() {
        let mut pace = Pace::new(Speed::Times(60.0));
        let first: Timestamp = "2012-02-01T00:00:00Z".parse().expect("a time");
        let began = pace.due(first).expect("paced");
        let later = pace.due(first + TimeDelta::hours(1)).expect("paced");
        assert_eq!(later - began, Duration::from_mins(1));
        assert_eq!(Pace::new(Speed::Max).due(first), None);
    }
}
