use chrono::TimeDelta;

use crate::alert::KnownRate;
use crate::feed::{FeedKind, Source};

/// How far a feed is believed.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedRank {
    /// The feed.
    pub source: Source,
    /// From which age, counted in open-market time, its rates are stale.
    pub stale_after: TimeDelta,
}

/// From which age a rate is stale: as its feed says among `feeds`, else as a well-known feed of its kind.
pub(super) fn stale_after(feeds: &[FeedRank], rate: &KnownRate) -> TimeDelta {
    let ranked = feeds.iter().find(|feed| feed.source == rate.source);
    ranked.map_or_else(|| rate.kind.usual_stale_after(), |feed| feed.stale_after)
}

/// The longest that any rate of `source` is good, or of any feed; `is_ranked` where that is one of `feeds`.
pub(super) fn longest_good(feeds: &[FeedRank], source: Option<&Source>, is_ranked: bool) -> TimeDelta {
    let of_source = |feed: &&FeedRank| source.is_none_or(|source| feed.source == *source);
    let ranked = feeds.iter().filter(of_source).map(|feed| feed.stale_after).max().filter(|_| is_ranked);
    ranked.unwrap_or_else(|| FeedKind::Table.usual_stale_after()).min(LONGEST_GOOD)
}

/// A feed that is never stale has no history that could be read back whole.
const LONGEST_GOOD: TimeDelta = TimeDelta::days(366);
