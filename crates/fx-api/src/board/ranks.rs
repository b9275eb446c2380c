//! In which order feeds are believed, and when their rates are stale.

use std::collections::HashMap;

use chrono::TimeDelta;
use fx_cache::FeedSnapshot;
use fx_config::FeedPlan;
use fx_domain::feed::{FeedKind, Market, Source};

/// How one feed stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Standing {
    /// Its place in the order; feeds that are not in the order share the last one.
    pub(super) rank: usize,
    /// When its market is open.
    pub(super) market: Market,
    /// From which age its rates are stale.
    pub(super) stale_after: TimeDelta,
}

/// How all feeds stand.
#[derive(Clone, Debug)]
pub(super) struct Ranks {
    known: HashMap<Source, Standing>,
    configured: usize,
}

impl Ranks {
    /// The configured order.
    pub(super) fn new(feeds: &[FeedPlan]) -> Self {
        let standing = |(rank, plan): (usize, &FeedPlan)| {
            let stale_after = TimeDelta::from_std(plan.stale_after).unwrap_or(TimeDelta::MAX);
            (plan.name.clone(), Standing { rank, market: plan.market, stale_after })
        };
        Self { known: feeds.iter().enumerate().map(standing).collect(), configured: feeds.len() }
    }

    /// And what other feeds told of themselves: replays, and feeds that were configured once.
    pub(super) fn with(&self, told: &[FeedSnapshot]) -> Self {
        let mut known = self.known.clone();
        for feed in told {
            known.entry(feed.source.clone()).or_insert_with(|| self.outside(feed.kind, feed.market));
        }
        Self { known, configured: self.configured }
    }

    /// How `source` stands.
    pub(super) fn of(&self, source: &Source) -> Standing {
        self.known.get(source).copied().unwrap_or_else(|| self.outside(FeedKind::Table, Market::Spot))
    }

    /// As a well-known feed of its kind.
    fn outside(&self, kind: FeedKind, market: Market) -> Standing {
        Standing { rank: self.configured, market, stale_after: kind.usual_stale_after() }
    }
}
