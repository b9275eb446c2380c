use chrono::TimeDelta;
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};

use super::condition::Condition;
use super::span;
use crate::clock::Timestamp;
use crate::feed::Source;
use crate::pair::Pair;

/// What a user asks to be told. Built by [`Rule::from_json`] only, so that a rule is always right as a whole; serialises
/// to the fields of the contract's Alert, and is read back from them.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rule {
    /// What it is called; made from pairs and condition where the user gave none.
    pub name: String,
    /// The pairs that it watches, each with a machine of its own.
    pub pairs: Pairs,
    /// What it watches for.
    pub condition: Condition,
    /// Past which value, of the rate or of the figure that is measured, an episode closes; on the side where the condition
    /// is false.
    pub clear_threshold: Option<f64>,
    /// How long, in source time, the condition must stay true before it fires.
    pub hold_for: Option<TimeDelta>,
    /// Over how many distinct updates the condition must be true before it fires; at least 1.
    pub min_updates: u32,
    /// How long, in log time, after a firing the next one waits.
    pub cooldown: Option<TimeDelta>,
    /// How often, in log time, an open episode is told again.
    pub repeat_every: Option<TimeDelta>,
    /// Whether the rule ends with its first episode.
    pub once: bool,
    /// The log time from which on it watches no more.
    pub expires_at: Option<Timestamp>,
    /// How bad it is.
    pub severity: Severity,
    /// The names of the channels that are told, at most 16.
    pub channels: Vec<String>,
    /// Whether a change is measured from the rate of the last firing, where that is newer than the window's beginning.
    pub rebase_on_fire: bool,
    /// Whether rates of streams count while their market is closed.
    pub closed_market: bool,
    /// The feed whose rates it watches; the preferred one where there is none.
    pub source: Option<Source>,
    /// The user's own words.
    pub note: Option<String>,
}

/// The pairs of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pairs {
    /// Every pair there is, as the market quotes it; in JSON `["*"]`.
    All,
    /// These, in the direction in which the user wrote them; at least one.
    Named(Vec<Pair>),
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Somebody should look.
    #[default]
    Warning,
    /// Somebody should act.
    Critical,
}

impl Severity {
    /// Every severity.
    pub const ALL: [Self; 3] = [Self::Info, Self::Warning, Self::Critical];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Rule {
    /// Whether what the machines of `before` know goes on to be true of this rule: it watches the same pairs for the same,
    /// and only what follows from it has changed. Where it does not, episodes close and machines begin anew.
    pub fn goes_on_from(&self, before: &Self) -> bool {
        self.pairs == before.pairs
            && self.condition == before.condition
            && self.clear_threshold == before.clear_threshold
            && self.hold_for == before.hold_for
            && self.min_updates == before.min_updates
            && self.closed_market == before.closed_market
            && self.source == before.source
    }
}

impl Pairs {
    /// The pair, in the rule's own direction, that the rule watches of the stored `oriented` one.
    pub fn watched(&self, oriented: Pair) -> impl Iterator<Item = Pair> + '_ {
        let (all, named) = match self {
            Self::All => (Some(oriented), &[][..]),
            Self::Named(named) => (None, named.as_slice()),
        };
        all.into_iter().chain(named.iter().copied().filter(move |pair| pair.orient() == oriented))
    }
}

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Named(pairs) => pairs.serialize(serializer),
            Self::All => {
                let mut pairs = serializer.serialize_seq(Some(1))?;
                pairs.serialize_element("*")?;
                pairs.end()
            }
        }
    }
}

impl Serialize for Rule {
    /// Every field of the contract.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Rule", 16)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("pairs", &self.pairs)?;
        fields.serialize_field("condition", &self.condition)?;
        fields.serialize_field("clear_threshold", &self.clear_threshold)?;
        fields.serialize_field("for", &self.hold_for.map(span::format))?;
        fields.serialize_field("min_updates", &self.min_updates)?;
        fields.serialize_field("cooldown", &self.cooldown.map(span::format))?;
        fields.serialize_field("repeat_every", &self.repeat_every.map(span::format))?;
        fields.serialize_field("once", &self.once)?;
        fields.serialize_field("expires_at", &self.expires_at)?;
        fields.serialize_field("severity", &self.severity)?;
        fields.serialize_field("channels", &self.channels)?;
        fields.serialize_field("rebase_on_fire", &self.rebase_on_fire)?;
        fields.serialize_field("closed_market", &self.closed_market)?;
        fields.serialize_field("source", &self.source)?;
        fields.serialize_field("note", &self.note)?;
        fields.end()
    }
}
