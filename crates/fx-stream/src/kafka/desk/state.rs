//! What is on the desk, and what happens to it.

use std::collections::{HashMap, VecDeque};

use crate::{Assigned, Delivery, Message, StreamError};

/// What is handed over at once, and kept ready, at most.
const MOST_MESSAGES: usize = 256;
pub(in super::super) const MOST_BYTES: usize = 1 << 20;

/// How often a client that goes elsewhere is sent again before what it brings is believed: for seconds.
pub(super) const MOST_DOUBTS: u32 = 10;

/// Where a partition goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Target {
    Oldest,
    Offset(u64),
}

/// How far a partition of this member has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// What was committed is being asked.
    New,
    /// It is in the news.
    Told(Target),
    /// The consumer has heard of it, and may say where it goes on.
    Taken(Target),
    /// Its messages are handed over.
    Open,
    /// It is being given up; commits still count.
    Leaving,
}

/// Whether the consumer has dealt with the partitions that it is to give up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Farewell {
    #[default]
    Done,
    Asked,
    Told,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) partitions: HashMap<u32, Stage>,
    pub(super) news: VecDeque<Delivery>,
    pub(super) messages: VecDeque<Message>,
    pub(super) bytes: usize,
    pub(super) seeks: HashMap<u32, Target>,
    /// The offsets that come next, where that is known.
    pub(super) expected: HashMap<u32, u64>,
    /// The offsets in whose place others came, and how often they were asked for again.
    pub(super) doubts: HashMap<u32, (u64, u32)>,
    /// To be committed.
    pub(super) commits: HashMap<u32, u64>,
    /// Being committed, or committed last.
    pub(super) asked: HashMap<u32, u64>,
    pub(super) farewell: Farewell,
    pub(super) failure: Option<StreamError>,
    pub(super) is_closing: bool,
    pub(super) has_ended: bool,
}

impl State {
    pub(super) fn has_room(&self) -> bool {
        self.messages.len() < MOST_MESSAGES && self.bytes < MOST_BYTES
    }

    pub(super) fn in_stage(&self, wanted: impl Fn(Stage) -> bool) -> Vec<u32> {
        self.partitions.iter().filter(|(_, stage)| wanted(**stage)).map(|(number, _)| *number).collect()
    }

    pub(super) fn hand_over(&mut self, news: &Delivery) {
        match news {
            Delivery::Assigned(assigned) => {
                for Assigned { partition, .. } in assigned {
                    if let Some(stage) = self.partitions.get_mut(partition)
                        && let Stage::Told(target) = *stage
                    {
                        *stage = Stage::Taken(target);
                    }
                }
            }
            Delivery::Revoked(_) if self.farewell == Farewell::Asked => self.farewell = Farewell::Told,
            Delivery::Revoked(_) | Delivery::Messages(_) => {}
        }
    }

    pub(super) fn take_messages(&mut self) -> Vec<Message> {
        self.bytes = 0;
        std::mem::take(&mut self.messages).into()
    }

    pub(super) fn drop_partition(&mut self, partition: u32) {
        self.partitions.remove(&partition);
        self.expected.remove(&partition);
        self.doubts.remove(&partition);
        self.commits.remove(&partition);
        self.asked.remove(&partition);
    }

    /// The offset that should have come in place of this message, unless it was asked for again in vain.
    pub(super) fn astray(&mut self, message: &Message) -> Option<u64> {
        let expected = *self.expected.get(&message.partition)?;
        if message.offset == expected {
            return None;
        }
        let doubt = self.doubts.entry(message.partition).or_insert((expected, 0));
        *doubt = if doubt.0 == expected { (expected, doubt.1 + 1) } else { (expected, 1) };
        (doubt.1 <= MOST_DOUBTS).then_some(expected)
    }

    pub(super) fn throw_away(&mut self, partition: u32) {
        self.messages.retain(|message| message.partition != partition);
        self.bytes = self.messages.iter().map(|message| message.record.payload.len()).sum();
    }

    /// False where the consumer does not know of any of them.
    pub(super) fn revoke(&mut self, partitions: &[u32], are_lost: bool) -> bool {
        let mut known = Vec::new();
        for number in partitions {
            self.throw_away(*number);
            self.seeks.remove(number);
            let stage = self.partitions.get_mut(number);
            if let Some(stage @ (Stage::Taken(_) | Stage::Open)) = stage {
                *stage = Stage::Leaving;
                known.push(*number);
            }
            if are_lost {
                self.drop_partition(*number);
            }
        }
        self.unsay(partitions, &known);
        if known.is_empty() {
            return false;
        }
        if !are_lost {
            self.farewell = Farewell::Asked;
        }
        self.news.push_front(Delivery::Revoked(known));
        true
    }

    /// Takes back what the consumer has not heard yet.
    pub(super) fn unsay(&mut self, partitions: &[u32], known: &[u32]) {
        let is_unheard = |number: u32| partitions.contains(&number) && !known.contains(&number);
        for news in &mut self.news {
            if let Delivery::Assigned(assigned) = news {
                assigned.retain(|assigned| !is_unheard(assigned.partition));
            }
        }
        self.news.retain(|news| !matches!(news, Delivery::Assigned(assigned) if assigned.is_empty()));
    }
}
