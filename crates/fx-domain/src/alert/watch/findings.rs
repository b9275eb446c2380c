use uuid::Uuid;

use crate::alert::{Skipped, Step, Transition};
use crate::feed::Source;

/// What evaluating has brought to light. Nothing is counted elsewhere: who watches takes it from here.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// What happened, in its order.
    pub transitions: Vec<Transition>,
    /// Which of them are to be told, by which channel.
    pub told: Vec<(Uuid, String)>,
    /// Rates that were shown to a rule and counted.
    pub evaluations: u64,
    /// Rates that did not count for a rule.
    pub skipped_evaluations: Skips,
    /// Rates that were shown to no rule.
    pub skipped_rates: Skips,
    /// Feeds that are believed from now on, one for each pair and change.
    pub feed_changes: Vec<Source>,
}

/// Counts by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skips([u64; Skipped::ALL.len()]);

impl Skips {
    pub(super) fn note(&mut self, reason: Skipped) {
        self.0[reason as usize] += 1;
    }

    /// The reasons that there were, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (Skipped, u64)> + '_ {
        Skipped::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }
}

impl Findings {
    /// A rate was shown to a rule.
    pub(super) fn note(&mut self, step: &mut Step, channels: &[String]) {
        match step.skipped {
            Some(reason) => self.skipped_evaluations.note(reason),
            None => self.evaluations += 1,
        }
        self.happened(step, channels);
    }

    /// A machine was shown something that is no rate.
    pub(super) fn happened(&mut self, step: &mut Step, channels: &[String]) {
        self.transitions.append(&mut step.transitions);
        for id in step.told.drain(..) {
            self.told.extend(channels.iter().map(|channel| (id, channel.clone())));
        }
    }

    /// Takes what `other` has found after it.
    pub fn extend(&mut self, other: Self) {
        self.transitions.extend(other.transitions);
        self.told.extend(other.told);
        self.evaluations += other.evaluations;
        self.feed_changes.extend(other.feed_changes);
        let pairs = [
            (&mut self.skipped_evaluations, other.skipped_evaluations),
            (&mut self.skipped_rates, other.skipped_rates),
        ];
        for (mine, theirs) in pairs {
            mine.0.iter_mut().zip(theirs.0).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}
