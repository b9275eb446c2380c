//! What lies between the poll thread and the consumer: news, messages, and what the consumer wishes.
//!
//! Everything is under one lock, so that a seek or a revocation leaves no stale message: what is queued is thrown away
//! with it, and what the thread still brings is refused until the client has gone where it was sent. The lock is never
//! held while the client is called.

mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use self::state::{Farewell, Stage, State};
pub(super) use self::state::{MOST_BYTES, Target};
use super::bell::Bell;
use crate::{Assigned, Delivery, Message, StreamError};

/// The desk of one member.
#[derive(Clone, Default)]
pub(super) struct Desk(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    /// For the thread.
    bell: Bell,
    /// For the consumer.
    notify: Notify,
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn bell(&self) -> &Bell {
        &self.0.bell
    }
}

/// The consumer's side.
impl Desk {
    pub(super) async fn next(&self) -> Result<Delivery, StreamError> {
        self.came_back();
        loop {
            if let Some(delivery) = self.take() {
                return delivery;
            }
            self.0.notify.notified().await;
        }
    }

    /// Whatever was handed over before has been dealt with.
    fn came_back(&self) {
        let mut state = self.state();
        let State { partitions, seeks, farewell, .. } = &mut *state;
        let mut has_wishes = false;
        for (number, stage) in partitions.iter_mut() {
            if let Stage::Taken(target) = *stage {
                seeks.insert(*number, target);
                *stage = Stage::Open;
                has_wishes = true;
            }
        }
        if *farewell == Farewell::Told {
            *farewell = Farewell::Done;
            has_wishes = true;
        }
        drop(state);
        if has_wishes {
            self.bell().ring();
        }
    }

    fn take(&self) -> Option<Result<Delivery, StreamError>> {
        let mut state = self.state();
        if let Some(news) = state.news.pop_front() {
            state.hand_over(&news);
            return Some(Ok(news));
        }
        if let Some(failure) = state.failure.take() {
            return Some(Err(failure));
        }
        if state.has_ended {
            return Some(Err(StreamError::Stopped));
        }
        let messages = state.take_messages();
        drop(state);
        if messages.is_empty() {
            return None;
        }
        self.bell().ring();
        Some(Ok(Delivery::Messages(messages)))
    }

    pub(super) fn commit(&self, partition: u32, offset: u64) {
        let mut state = self.state();
        if let Some(Stage::Taken(_) | Stage::Open | Stage::Leaving) = state.partitions.get(&partition) {
            state.commits.insert(partition, offset);
        }
    }

    pub(super) fn seek(&self, partition: u32, offset: u64) {
        let mut state = self.state();
        let target = Target::Offset(offset);
        match state.partitions.get_mut(&partition) {
            // It goes there when it opens, and nowhere else after that.
            Some(Stage::Taken(place)) => *place = target,
            Some(Stage::Open) => {
                state.throw_away(partition);
                state.doubts.remove(&partition);
                state.seeks.insert(partition, target);
            }
            _ => {}
        }
        drop(state);
        self.bell().ring();
    }

    pub(super) fn close(&self) {
        self.state().is_closing = true;
        self.bell().ring();
    }

    /// Waits until the thread has left the group.
    pub(super) async fn ended(&self) {
        while !self.state().has_ended {
            self.0.notify.notified().await;
        }
    }
}

/// The thread's side.
impl Desk {
    pub(super) fn is_closing(&self) -> bool {
        self.state().is_closing
    }

    pub(super) fn assigned(&self, partitions: &[u32]) {
        self.state().partitions.extend(partitions.iter().map(|number| (*number, Stage::New)));
    }

    /// The partitions that the consumer has not been told of.
    pub(super) fn unannounced(&self) -> Vec<u32> {
        self.state().in_stage(|stage| stage == Stage::New)
    }

    pub(super) fn announce(&self, committed: Vec<Assigned>) {
        let mut state = self.state();
        for assigned in &committed {
            let target = assigned.committed.map_or(Target::Oldest, Target::Offset);
            state.partitions.insert(assigned.partition, Stage::Told(target));
        }
        state.news.push_back(Delivery::Assigned(committed));
        drop(state);
        self.0.notify.notify_one();
    }

    /// Takes partitions from the consumer, and gives it so long to deal with that unless they are lost already.
    pub(super) fn revoke(&self, partitions: &[u32], are_lost: bool, patience: Duration) {
        if !self.state().revoke(partitions, are_lost) {
            return;
        }
        self.0.notify.notify_one();
        let deadline = Instant::now() + patience;
        while !are_lost && self.is_saying_farewell() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                tracing::warn!(?partitions, "giving up partitions while their messages are still worked on");
                break;
            }
            self.bell().wait(left);
        }
    }

    fn is_saying_farewell(&self) -> bool {
        let state = self.state();
        state.farewell != Farewell::Done && !state.is_closing
    }

    pub(super) fn forget(&self, partitions: &[u32]) {
        let mut state = self.state();
        for number in partitions {
            state.drop_partition(*number);
        }
    }

    /// What is to be committed, of these partitions or of all.
    pub(super) fn take_commits(&self, only: Option<&[u32]>) -> Vec<(u32, u64)> {
        let mut state = self.state();
        let taken = state.commits.extract_if(|number, _| only.is_none_or(|only| only.contains(number)));
        let taken: Vec<_> = taken.collect();
        state.asked.extend(taken.iter().copied());
        taken
    }

    /// To be tried again, unless something newer was asked for since.
    pub(super) fn commit_again(&self, partition: u32, offset: u64) {
        let mut state = self.state();
        if state.asked.get(&partition) == Some(&offset) {
            state.commits.entry(partition).or_insert(offset);
        }
    }

    pub(super) fn seeks(&self) -> Vec<(u32, Target)> {
        self.state().seeks.iter().map(|(number, target)| (*number, *target)).collect()
    }

    /// The client has gone there; by now the consumer may want to be elsewhere.
    pub(super) fn sought(&self, partition: u32, target: Target) {
        let mut state = self.state();
        if state.seeks.get(&partition) == Some(&target) {
            state.seeks.remove(&partition);
            match target {
                Target::Oldest => state.expected.remove(&partition),
                Target::Offset(offset) => state.expected.insert(partition, offset),
            };
        }
    }

    /// The partitions whose messages are handed over and whose place is settled.
    pub(super) fn flowing(&self) -> Vec<u32> {
        let state = self.state();
        let mut open = state.in_stage(|stage| stage == Stage::Open);
        open.retain(|number| !state.seeks.contains_key(number));
        open
    }

    pub(super) fn has_room(&self) -> bool {
        self.state().has_room()
    }

    /// Takes a message in, if its partition flows; answers how many messages are missing before it. What comes without
    /// there being room is fetched again later. So is what comes in place of another, for a while: a client that was
    /// asking for the oldest offset when it was sent elsewhere asks again half a second later, and goes there after all.
    pub(super) fn put(&self, message: Message) -> u64 {
        let mut state = self.state();
        let partition = message.partition;
        let flows = state.partitions.get(&partition) == Some(&Stage::Open) && !state.seeks.contains_key(&partition);
        let mut missing = 0;
        let astray = if flows { state.astray(&message) } else { None };
        if let Some(expected) = astray {
            state.seeks.insert(partition, Target::Offset(expected));
        } else if flows && state.has_room() {
            let expected = state.expected.insert(partition, message.offset + 1).unwrap_or(message.offset);
            state.doubts.remove(&partition);
            missing = message.offset.saturating_sub(expected);
            state.bytes += message.record.payload.len();
            state.messages.push_back(message);
        } else if flows {
            state.seeks.insert(partition, Target::Offset(message.offset));
        }
        let is_first = state.messages.len() == 1;
        drop(state);
        if is_first {
            self.0.notify.notify_one();
        }
        missing
    }

    pub(super) fn fail(&self, error: StreamError) {
        self.state().failure = Some(error);
        self.0.notify.notify_one();
    }

    pub(super) fn end(&self) {
        self.state().has_ended = true;
        self.0.notify.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::state::MOST_DOUBTS;
    use super::*;
    use crate::Record;

    fn message(offset: u64) -> Message {
        Message { partition: 0, offset, at: fx_domain::clock::Timestamp::UNIX_EPOCH, record: Record::default() }
    }

    /// A desk whose client has been sent to 25 by the consumer, while 40 was committed.
    async fn sent_to_25() -> Desk {
        let desk = Desk::default();
        desk.assigned(&[0]);
        desk.announce(vec![Assigned { partition: 0, committed: Some(40) }]);
        desk.next().await.expect("an assignment");
        desk.seek(0, 25);
        // The thread may look around before the consumer comes back.
        go_wherever(&desk);
        desk.came_back();
        go_wherever(&desk);
        desk
    }

    fn go_wherever(desk: &Desk) {
        for (partition, target) in desk.seeks() {
            desk.sought(partition, target);
        }
    }

    fn go(desk: &Desk) {
        assert_eq!(desk.seeks(), [(0, Target::Offset(25))]);
        go_wherever(desk);
    }

    #[tokio::test]
    async fn it_goes_on_where_the_consumer_says_and_not_where_it_committed() {
        let desk = sent_to_25().await;
        desk.put(message(25));
        assert_eq!(desk.flowing(), [0]);
        assert_eq!(offset(&desk).await, 25);
    }

    async fn offset(desk: &Desk) -> u64 {
        let Ok(Delivery::Messages(messages)) = desk.next().await else { panic!("messages were expected") };
        messages[0].offset
    }

    #[tokio::test]
    async fn a_client_that_goes_elsewhere_is_sent_again() {
        for astray in [0, 40] {
            let desk = sent_to_25().await;
            assert_eq!(desk.put(message(astray)), 0);
            assert_eq!(desk.put(message(astray + 1)), 0);
            go(&desk);
            assert_eq!(desk.put(message(25)), 0);
            assert_eq!(offset(&desk).await, 25);
        }
    }

    #[tokio::test]
    async fn what_is_gone_for_good_is_missed_in_the_end() {
        let desk = sent_to_25().await;
        for _ in 0..MOST_DOUBTS {
            assert_eq!(desk.put(message(40)), 0);
            go(&desk);
        }
        assert_eq!(desk.put(message(40)), 15);
        assert_eq!(offset(&desk).await, 40);
    }
}
