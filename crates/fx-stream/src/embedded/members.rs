//! Who reads for which group in this process, and how far behind each group is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::Gauge;

use crate::{Topic, lag};

type Groups = HashMap<(Topic, String), Group>;

/// The groups that have been read for.
#[derive(Clone, Default)]
pub(super) struct Members(Arc<Mutex<Groups>>);

struct Group {
    members: usize,
    committed: u64,
    end: u64,
    lag: Gauge,
}

impl Members {
    pub(super) fn join(&self, group: &str, topic: Topic, committed: u64, end: u64) -> Member {
        let key = (topic, group.to_owned());
        let mut groups = self.groups();
        let group = groups.entry(key.clone()).or_insert_with(|| Group {
            members: 0,
            committed,
            end,
            lag: lag::of(group, topic),
        });
        group.members += 1;
        group.tell(committed, end);
        Member { members: self.clone(), key }
    }

    /// How many read for a group.
    pub(super) fn count(&self, group: &str, topic: Topic) -> usize {
        self.groups().get(&(topic, group.to_owned())).map_or(0, |group| group.members)
    }

    pub(super) fn appended(&self, topic: Topic, end: u64) {
        for (_, group) in self.groups().iter_mut().filter(|((of, _), _)| *of == topic) {
            group.tell(group.committed, end);
        }
    }

    fn groups(&self) -> MutexGuard<'_, Groups> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Group {
    fn tell(&mut self, committed: u64, end: u64) {
        (self.committed, self.end) = (committed, end.max(self.end));
        lag::tell(&self.lag, self.end.saturating_sub(committed));
    }
}

/// Counts as a member of its group until it is dropped.
pub(super) struct Member {
    members: Members,
    key: (Topic, String),
}

impl Member {
    pub(super) fn group(&self) -> &str {
        &self.key.1
    }

    pub(super) fn committed(&self, offset: u64) {
        if let Some(group) = self.members.groups().get_mut(&self.key) {
            group.tell(offset, group.end);
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        if let Some(group) = self.members.groups().get_mut(&self.key) {
            group.members -= 1;
        }
    }
}
