//! A topic from its beginning to its end.

use crate::{Log, Message, Start, StreamError, Topic};

/// Shows every message that a topic holds now.
pub async fn read_to_end(log: &dyn Log, topic: Topic, mut show: impl FnMut(Message)) -> Result<(), StreamError> {
    let ends = log.positions("", topic).await?;
    let mut follower = log.follow(topic, Start::Beginning).await?;
    let behind = |positions: Vec<(u32, u64)>| {
        ends.iter().any(|end| positions.iter().any(|(number, next)| *number == end.partition && *next < end.end))
    };
    while behind(follower.positions()) {
        follower.next().await?.into_iter().for_each(&mut show);
    }
    Ok(())
}
