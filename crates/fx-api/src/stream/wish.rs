//! What a reader wants to be told.

use std::str::FromStr;

use fx_domain::pair::Pair;

use crate::problem::shown;

/// The kinds of news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EventName {
    Rate,
    Alert,
    Feed,
}

impl FromStr for EventName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "rate" => Ok(Self::Rate),
            "alert" => Ok(Self::Alert),
            "feed" => Ok(Self::Feed),
            _ => Err(format!("`{}` is no event, expected rate, alert or feed", shown(text))),
        }
    }
}

/// A reader's choice.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// All where there are none.
    pub(super) pairs: Option<Vec<Pair>>,
    events: Option<Vec<EventName>>,
}

impl Wish {
    pub(super) fn new(pairs: Option<Vec<Pair>>, events: Option<Vec<EventName>>) -> Self {
        Self { pairs, events }
    }

    pub(super) fn has(&self, event: EventName) -> bool {
        self.events.as_ref().is_none_or(|events| events.contains(&event))
    }

    /// Whether the pair is wanted in some direction.
    pub(super) fn has_pair(&self, pair: Pair) -> bool {
        self.pairs.as_ref().is_none_or(|pairs| pairs.iter().any(|wanted| wanted.orient() == pair.orient()))
    }
}
