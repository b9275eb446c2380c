//! The model. It remembers what was said and what it has told, and no more: which rate is believed, what was before it,
//! whether a condition is true and since when is worked out from the whole past each time that it is asked for.

mod doubts;
mod episodes;
mod past;
mod silence;

use super::super::*;
use super::Told;
use super::events::Event;

/// What is told of a rule that is made at event `begins`.
pub(super) fn told(rule: &Rule, events: &[Event], begins: usize) -> Vec<Told> {
    let mut model = Model {
        rule: rule.clone(),
        is_turned: rule.pairs != Pairs::Named(vec!["EURUSD".parse().expect("a pair")]),
        past: Vec::new(),
        shown: Vec::new(),
        episodes: Vec::new(),
        state: State::NoData,
        told: Vec::new(),
        unconfirmed: None,
        snoozed_until: None,
        silent_since: None,
    };
    for (place, event) in events.iter().enumerate() {
        let before = model.now();
        if place == begins {
            model.look_again();
        }
        match event {
            Event::Message(at, rate) => {
                let at = before.map_or(*at, |before| before.max(*at));
                if place >= begins {
                    model.wait_until(at);
                }
                model.past.push((at, rate.clone()));
            }
            Event::Snooze(minutes) => model.snoozed_until = before.map(|at| at + TimeDelta::minutes(*minutes)),
            Event::Resume => model.snoozed_until = None,
            Event::Acknowledge => {
                model.episodes.iter_mut().filter(|it| it.closed.is_none()).for_each(|it| it.noted = true);
            }
            Event::Restart => {}
        }
        if place >= begins {
            let rate = if let Event::Message(_, rate) = event { rate.as_ref() } else { None };
            model.hear(rate);
        }
    }
    model.told
}

#[derive(Clone)]
struct Model {
    rule: Rule,
    is_turned: bool,
    /// Everything that was ever said, with its log time.
    past: Vec<(Timestamp, Option<KnownRate>)>,
    /// The rates that the rule was shown, each with the number that decided, where it is known.
    shown: Vec<Shown>,
    episodes: Vec<Episode>,
    state: State,
    told: Vec<Told>,
    unconfirmed: Option<KnownRate>,
    snoozed_until: Option<Timestamp>,
    /// Of `stale`: since when there is too long a silence.
    silent_since: Option<Timestamp>,
}

#[derive(Clone)]
struct Shown {
    rate: KnownRate,
    /// Of a divergence.
    beside: Option<KnownRate>,
    value: f64,
    x: Option<f64>,
    at: Timestamp,
    is_correction: bool,
    /// False for one that is late: only `stale` looks at those.
    counts: bool,
}

#[derive(Clone)]
struct Episode {
    /// Positions in `shown`.
    fired: usize,
    closed: Option<usize>,
    at: Timestamp,
    noted: bool,
    is_secret: bool,
    repeated: Timestamp,
}

impl Model {
    fn now(&self) -> Option<Timestamp> {
        self.past.last().map(|(at, _)| *at)
    }

    fn sleeps(&self, at: Timestamp) -> bool {
        self.snoozed_until.is_some_and(|until| at < until)
    }

    fn go(&mut self, to: State, now: usize) {
        let shown = &self.shown[now];
        let is_level = matches!(self.rule.condition, Condition::Level { .. } | Condition::Channel { .. });
        let (rate, measured, at) = (shown.rate.clone(), shown.x.filter(|_| !is_level), shown.at);
        self.tell(to, None, (&rate, measured), at);
    }

    fn tell(&mut self, to: State, notice: Option<Notice>, (rate, measured): (&KnownRate, Option<f64>), at: Timestamp) {
        let episode = self.is_open().then(|| self.episodes.len() - 1);
        let opens = notice.is_none() && to == State::Firing && self.state != State::Recovering;
        let ends = notice.is_none() && episode.is_some() && matches!(to, State::Normal | State::Expired);
        let is_secret = self.episodes.last().is_some_and(|episode| episode.is_secret);
        let is_loud = (ends && !is_secret) || (!self.sleeps(at) && (notice.is_some() || opens));
        self.told.push(Told {
            from: self.state,
            to,
            notice,
            at,
            source: rate.source.to_string(),
            source_ts: rate.source_ts,
            value: self.value(rate),
            measured,
            episode,
            is_loud,
        });
        self.state = to;
    }

    /// Something was said, or somebody did something: a rate, if there was one.
    fn hear(&mut self, rate: Option<&KnownRate>) {
        let Some(at) = self.now() else { return };
        if self.state == State::Expired {
            return;
        }
        if self.rule.expires_at.is_some_and(|over| over <= at) {
            match self.last_counted() {
                Some(rate) => self.tell(State::Expired, None, (&rate, None), at),
                None => self.state = State::Expired,
            }
            return;
        }
        if let Some(rate) = rate {
            self.settle(rate, at);
            self.doubt(rate, at);
        }
        self.look_again();
        self.wait_until(at + TimeDelta::microseconds(1));
        self.repeat(at);
    }

    /// Shows the rule what it has not seen.
    fn look_again(&mut self) {
        let Some(at) = self.now() else { return };
        if self.rule.expires_at.is_some_and(|over| over <= at) || self.state == State::Expired {
            return;
        }
        let Some((rate, beside)) = self.to_be_shown() else { return };
        let known = self.last_shown_of(&rate);
        let is_of_age = matches!(self.rule.condition, Condition::Stale { .. });
        let is_news = known.as_ref().is_none_or(|known| {
            rate.source_ts > known.source_ts
                || (rate.source == known.source
                    && rate.source_ts == known.source_ts
                    && rate.fetched_at > known.fetched_at)
        });
        if is_news || (is_of_age && self.shown.last().is_some_and(|last| last.rate != rate)) {
            self.show(rate, beside, at);
            self.shown.last_mut().expect("just shown").counts = is_news;
            self.judge_at_once();
        }
    }

    fn last_shown_of(&self, rate: &KnownRate) -> Option<KnownRate> {
        let is_apart = matches!(self.rule.condition, Condition::Divergence { .. });
        let seen = self.shown.iter().rev().flat_map(|shown| [Some(&shown.rate), shown.beside.as_ref()]).flatten();
        if is_apart {
            return seen
                .filter(|seen| seen.source == rate.source)
                .max_by_key(|seen| (seen.source_ts, seen.fetched_at))
                .cloned();
        }
        self.last_counted()
    }

    fn last_counted(&self) -> Option<KnownRate> {
        self.shown.iter().rev().find(|shown| shown.counts).map(|shown| shown.rate.clone())
    }

    /// The rate that the rule goes by; of a divergence the one that it has not seen, or that came last.
    fn to_be_shown(&self) -> Option<(KnownRate, Option<KnownRate>)> {
        let Condition::Divergence { sources, .. } = &self.rule.condition else {
            return Some((self.believed_now()?, None));
        };
        let newest = sources.each_ref().map(|source| self.believed(self.past.len(), Some(source)));
        let [Some(first), Some(second)] = newest else {
            return newest.into_iter().flatten().next().map(|only| (only, None));
        };
        let is_new = |rate: &KnownRate| self.last_shown_of(rate).is_none_or(|seen| seen != *rate);
        let second_first = match (is_new(&first), is_new(&second)) {
            (true, false) => false,
            (false, true) => true,
            _ => second.fetched_at > first.fetched_at,
        };
        Some(if second_first { (second, Some(first)) } else { (first, Some(second)) })
    }

    fn show(&mut self, rate: KnownRate, beside: Option<KnownRate>, at: Timestamp) {
        let is_correction = self.last_shown_of(&rate).is_some_and(|known| known.source_ts == rate.source_ts);
        let x = self.x(&rate, beside.as_ref(), at);
        let value = self.value(&rate);
        self.shown.push(Shown { rate, beside, value, x, at, is_correction, counts: true });
    }

    fn judge_at_once(&mut self) {
        if let Condition::Stale { factor } = self.rule.condition {
            self.judge_silence(factor);
        } else {
            self.judge();
        }
    }

    /// An open episode is told again.
    fn repeat(&mut self, at: Timestamp) {
        let sleeps = self.sleeps(at);
        let Some(episode) = self.episodes.last_mut().filter(|episode| episode.closed.is_none()) else { return };
        if episode.noted {
            episode.is_secret = false;
            return;
        }
        let is_time = self.rule.repeat_every.is_some_and(|every| at - episode.repeated >= every);
        if !sleeps && (episode.is_secret || is_time) {
            (episode.is_secret, episode.repeated) = (false, at);
            let last = self.last_counted().expect("it fired");
            self.tell(self.state, Some(Notice::Repeat), (&last, None), at);
        }
    }
}
