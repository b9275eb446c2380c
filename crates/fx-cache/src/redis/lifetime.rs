//! How long what a feed said is kept.

use std::time::Duration;

use fx_domain::feed::FeedKind;

use crate::FeedSnapshot;

/// Beyond that, a feed that says nothing is one that was taken out of the settings.
pub(super) const SHORTEST: Duration = Duration::from_hours(7 * 24);
/// A table may miss a few of its updates, over holidays for one.
const UPDATES: u32 = 10;

/// A week, or ten times as long as the feed is going to be silent where that is longer.
pub(super) fn of(feed: &FeedSnapshot) -> Duration {
    let next = feed.status.as_ref().filter(|_| feed.kind == FeedKind::Table).and_then(|status| status.next_poll);
    let cadence = next.and_then(|next| (next - feed.told_at).to_std().ok()).unwrap_or_default();
    SHORTEST.max(cadence * UPDATES)
}
