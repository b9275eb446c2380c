//! Held rates.

use super::super::super::*;
use super::Model;
use super::past::accepted;
use crate::feed::Source;

impl Model {
    /// An accepted rate settles a doubt about its feed.
    pub(super) fn settle(&mut self, rate: &KnownRate, at: Timestamp) {
        let is_news = accepted(&self.past).last().is_some_and(|(_, last)| std::ptr::eq(*last, self.last_said()));
        let Some(held) = self.unconfirmed.clone().filter(|held| held.source == rate.source) else { return };
        if !is_news || rate.source_ts < held.source_ts {
            return;
        }
        self.unconfirmed = None;
        if rate.source_ts != held.source_ts || rate.mid.to_bits() != held.mid.to_bits() {
            self.tell(self.state, Some(Notice::Withdrawn), (&held, None), at);
        }
    }

    pub(super) fn last_said(&self) -> &KnownRate {
        self.past.last().and_then(|(_, rate)| rate.as_ref()).expect("a rate was said")
    }

    /// A held rate that would open an episode is told once.
    pub(super) fn doubt(&mut self, held: &KnownRate, at: Timestamp) {
        let is_stale = matches!(self.rule.condition, Condition::Stale { .. });
        if held.quality != Quality::Suspect || self.unconfirmed.is_some() || is_stale {
            return;
        }
        let said_before = self.past.len() - 1;
        let sources: Vec<Option<Source>> = match &self.rule.condition {
            Condition::Divergence { sources, .. } => sources.iter().cloned().map(Some).collect(),
            _ => vec![self.rule.source.clone()],
        };
        let goes_by_it = sources.iter().any(|source| match source {
            Some(source) => *source == held.source,
            None => self.believed(said_before, None).is_some_and(|believed| believed.source == held.source),
        });
        let mut what_if = self.clone();
        what_if.past.pop();
        let good = KnownRate { quality: Quality::Ok, ..held.clone() };
        what_if.past.push((at, Some(good.clone())));
        let is_news = accepted(&what_if.past).last().is_some_and(|(_, last)| std::ptr::eq(*last, what_if.last_said()));
        let is_late = self.last_shown_of(held).is_some_and(|last| {
            held.source_ts < last.source_ts
                || (held.source_ts == last.source_ts
                    && (held.source != last.source || held.fetched_at <= last.fetched_at))
        });
        let counts = held.market_open || self.rule.closed_market;
        if !goes_by_it || !is_news || is_late || !counts {
            return;
        }
        what_if.past.pop();
        let other = sources.iter().flatten().find(|source| **source != held.source).filter(|_| sources.len() == 2);
        let beside = other.and_then(|other| what_if.believed(said_before, Some(other)));
        what_if.show(good, beside, at);
        what_if.judge();
        if what_if.episodes.len() > self.episodes.len() {
            let is_level = matches!(self.rule.condition, Condition::Level { .. } | Condition::Channel { .. });
            let measured = what_if.shown.last().and_then(|shown| shown.x).filter(|_| !is_level);
            self.tell(self.state, Some(Notice::Unconfirmed), (held, measured), at);
            self.unconfirmed = Some(held.clone());
        }
    }
}
