use metrics::gauge;

use crate::{Log, StreamError, Topic};

/// Says by how many messages a group is behind, as the gauge `fx_stream_lag_messages`.
#[expect(clippy::cast_precision_loss, reason = "a gauge is an f64")]
pub async fn tell_lag(log: &dyn Log, group: &'static str, topic: Topic) -> Result<(), StreamError> {
    let positions = log.positions(group, topic).await?;
    let behind: u64 = positions.iter().map(|at| at.end.saturating_sub(at.committed.unwrap_or(0))).sum();
    gauge!("fx_stream_lag_messages", "group" => group, "topic" => topic.name()).set(behind as f64);
    Ok(())
}
