//! Whether the condition is true, since when, and what follows.

use super::super::super::*;
use super::Model;
use super::{Episode, Shown};

impl Model {
    /// Whether the condition is true at a position, given that it was true just before.
    pub(super) fn is_true(&self, at: usize) -> bool {
        let x = self.shown[at].x.expect("only where it is known");
        match &self.rule.condition {
            Condition::Level { kind, threshold } => match kind {
                LevelKind::Above | LevelKind::CrossesUp => x > *threshold,
                LevelKind::Below | LevelKind::CrossesDown => x < *threshold,
                LevelKind::Crosses => (x - threshold).abs() > 0.0,
            },
            Condition::Channel { kind: ChannelKind::Enters, low, high } => x >= *low && x <= *high,
            Condition::Channel { kind: ChannelKind::Leaves, low, high } => x < *low || x > *high,
            Condition::Change { by: Move::Absolute(size) | Move::Percent(size), .. } => self.size(x) >= *size,
            Condition::VolatilityAbove { threshold, .. } | Condition::Zscore { threshold, .. } => {
                self.size(x) > *threshold
            }
            Condition::Stale { factor } => x > *factor,
            Condition::Divergence { bp, .. } => x > *bp,
        }
    }

    pub(super) fn size(&self, x: f64) -> f64 {
        match self.rule.condition {
            Condition::Change { direction: Direction::Up, .. } => x,
            Condition::Change { direction: Direction::Down, .. } => -x,
            _ => x.abs(),
        }
    }

    /// Whether a run of rates at which the condition is true may begin at a position.
    pub(super) fn begins(&self, at: usize) -> bool {
        let last = at.checked_sub(1).map(|before| self.shown[before].value);
        let x = self.shown[at].value;
        let came_from = |side: &dyn Fn(f64) -> bool| last.is_some_and(side);
        match &self.rule.condition {
            Condition::Level { kind, threshold } => {
                let threshold = *threshold;
                let up = x > threshold && came_from(&|last| last <= threshold);
                let down = x < threshold && came_from(&|last| last >= threshold);
                match kind {
                    LevelKind::Above | LevelKind::Below => true,
                    LevelKind::CrossesUp => up,
                    LevelKind::CrossesDown => down,
                    LevelKind::Crosses => up || down,
                }
            }
            Condition::Channel { kind, low, high } => {
                let inside = |value: f64| value >= *low && value <= *high;
                came_from(&|last| inside(last) == (*kind == ChannelKind::Leaves))
            }
            _ => true,
        }
    }

    /// The positions, none before `after`, of the unbroken run of true ones that ends with the last one.
    pub(super) fn run(&self, after: usize) -> Option<Vec<usize>> {
        let known: Vec<usize> = (after..self.shown.len()).filter(|&at| self.shown[at].x.is_some()).collect();
        let crosses = matches!(self.rule.condition, Condition::Level { kind: LevelKind::Crosses, .. });
        let mut run: Vec<usize> = Vec::new();
        for &at in known.iter().rev() {
            let goes_over = crosses && run.last().is_some_and(|later: &usize| self.rises(*later) != self.rises(at));
            if !self.is_true(at) || goes_over {
                break;
            }
            run.push(at);
        }
        run.reverse();
        // What was true before it could begin does not count until it becomes so.
        run.first().is_some_and(|first| self.begins(*first)).then_some(run)
    }

    pub(super) fn rises(&self, at: usize) -> bool {
        let threshold = if let Condition::Level { threshold, .. } = self.rule.condition { threshold } else { 0.0 };
        self.shown[at].value > threshold
    }

    pub(super) fn is_open(&self) -> bool {
        self.episodes.last().is_some_and(|episode| episode.closed.is_none())
    }

    /// What follows from the rate that was shown last.
    pub(super) fn judge(&mut self) {
        let now = self.shown.len() - 1;
        let Some(x) = self.shown[now].x else { return };
        if self.is_open() {
            if !self.closes(x, now) {
                let to = if self.is_on_firing_side(x, now) { State::Firing } else { State::Recovering };
                if to != self.state {
                    self.go(to, now);
                }
                return;
            }
            self.go(if self.rule.once { State::Expired } else { State::Normal }, now);
            self.episodes.last_mut().expect("one is open").closed = Some(now);
            if self.rule.once {
                return;
            }
        }
        let after = self.episodes.last().and_then(|episode| episode.closed).unwrap_or(0);
        let run = self.run(after);
        let began_before = run.as_ref().is_some_and(|run| run.len() > 1);
        if self.state == State::Pending && !began_before {
            self.go(State::Normal, now);
        }
        match run {
            Some(run) if self.is_enough(&run) => self.fire(now),
            Some(_) if self.state != State::Pending => self.go(State::Pending, now),
            None if self.state == State::NoData => self.go(State::Normal, now),
            _ => {}
        }
    }

    pub(super) fn closes(&self, x: f64, now: usize) -> bool {
        let clear = self.rule.clear_threshold;
        match &self.rule.condition {
            Condition::Level { kind, threshold } => match kind {
                LevelKind::Above | LevelKind::CrossesUp => x <= clear.unwrap_or(*threshold),
                LevelKind::Below | LevelKind::CrossesDown => x >= clear.unwrap_or(*threshold),
                LevelKind::Crosses => self.begins(now),
            },
            Condition::Channel { .. } => !self.is_true(now),
            _ => !self.is_true(now) && clear.is_none_or(|clear| self.size(x) <= clear),
        }
    }

    pub(super) fn is_on_firing_side(&self, _: f64, now: usize) -> bool {
        matches!(self.rule.condition, Condition::Level { kind: LevelKind::Crosses, .. }) || self.is_true(now)
    }

    pub(super) fn is_enough(&self, run: &[usize]) -> bool {
        let (first, last) = (&self.shown[run[0]], &self.shown[run[run.len() - 1]]);
        let distinct = 1 + run[1..].iter().filter(|&&at| !self.shown[at].is_correction).count();
        let moment = |shown: &Shown| {
            let beside = shown.beside.as_ref().map_or(shown.rate.source_ts, |beside| beside.source_ts);
            beside.max(shown.rate.source_ts)
        };
        let is_cool = self
            .episodes
            .last()
            .zip(self.rule.cooldown)
            .is_none_or(|(episode, cooldown)| last.at - episode.at >= cooldown);
        let held = self.rule.hold_for.is_none_or(|hold_for| moment(last) - moment(first) >= hold_for);
        is_cool && held && distinct >= self.rule.min_updates as usize
    }

    pub(super) fn fire(&mut self, now: usize) {
        let at = self.shown[now].at;
        let episode = Episode { fired: now, closed: None, at, noted: false, is_secret: self.sleeps(at), repeated: at };
        self.episodes.push(episode);
        self.go(State::Firing, now);
    }
}
