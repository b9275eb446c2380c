//! By how many messages groups are behind, as the gauge `fx_stream_lag_messages`.

use metrics::{Gauge, gauge};

use crate::Topic;

/// The gauge of one group on one topic.
pub(crate) fn of(group: &str, topic: Topic) -> Gauge {
    gauge!("fx_stream_lag_messages", "group" => group.to_owned(), "topic" => topic.name())
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is an f64")]
pub(crate) fn tell(gauge: &Gauge, behind: u64) {
    gauge.set(behind as f64);
}
