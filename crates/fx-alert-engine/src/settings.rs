use chrono::TimeDelta;
use fx_config::FeedPlan;
use fx_domain::alert::FeedRank;

/// What the engine goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The feeds, the most trusted first. The rates of others count only for pairs of which none of these has any, and for
    /// rules that name them.
    pub feeds: Vec<FeedRank>,
    /// Messages whose effect is written at once, at most.
    pub chunk: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { feeds: Vec::new(), chunk: 256 }
    }
}

impl Settings {
    /// The settings that follow from the feeds that run.
    pub fn from_plans(plans: &[FeedPlan]) -> Self {
        let rank = |plan: &FeedPlan| FeedRank {
            source: plan.name.clone(),
            stale_after: TimeDelta::from_std(plan.stale_after).unwrap_or(TimeDelta::MAX),
        };
        Self { feeds: plans.iter().map(rank).collect(), ..Self::default() }
    }
}
