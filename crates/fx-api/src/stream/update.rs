//! A message of the log, encoded once for all readers.

use fx_domain::alert::Transition;
use fx_domain::pair::Pair;
use fx_stream::Topic;
use serde::Serialize;

use super::position::Position;
use super::wish::{EventName, Wish};
use crate::board::{Board, Reading};
use crate::feeds::FeedView;
use crate::rates::RateView;

/// What a message says to readers, with its place.
#[derive(Debug)]
pub(super) struct Update {
    pub(super) topic: Topic,
    pub(super) partition: u32,
    pub(super) offset: u64,
    pub(super) events: Vec<Event>,
}

/// One event.
#[derive(Debug)]
pub(super) enum Event {
    /// The believed rates of a batch.
    Rates {
        /// The data for who wants every pair.
        whole: String,
        /// One by one for the others.
        rates: Vec<EncodedRate>,
    },
    /// A transition.
    Alert { pair: Pair, data: String },
    /// How a feed is doing.
    Feed { data: String },
}

/// A rate as it is stored, encoded, and what is needed to turn it.
#[derive(Debug)]
pub(super) struct EncodedRate {
    reading: Reading,
    json: String,
}

impl Event {
    /// The rates of `board`; none where it is empty.
    pub(super) fn rates(board: &Board) -> Option<Self> {
        let encode = |reading: &Reading| {
            let json = json(&RateView::new(reading, reading.record.rate.pair));
            EncodedRate { reading: reading.clone(), json }
        };
        let rates: Vec<EncodedRate> = board.preferred().map(encode).collect();
        let whole = joined(rates.iter().map(|rate| rate.json.as_str()));
        (!rates.is_empty()).then_some(Self::Rates { whole, rates })
    }

    pub(super) fn alert(transition: &Transition) -> Self {
        Self::Alert { pair: transition.pair, data: json(transition) }
    }

    pub(super) fn feed(feed: &FeedView) -> Self {
        Self::Feed { data: json(feed) }
    }

    /// Name and data for a reader; `None` where it wants none of it.
    fn told_to(&self, wish: &Wish) -> Option<(&'static str, String)> {
        match self {
            Self::Rates { whole, rates } if wish.has(EventName::Rate) => {
                let data = match &wish.pairs {
                    None => whole.clone(),
                    Some(pairs) => chosen(rates, pairs)?,
                };
                Some(("rate", data))
            }
            Self::Alert { pair, data } if wish.has(EventName::Alert) && wish.has_pair(*pair) => {
                Some(("alert", data.clone()))
            }
            Self::Feed { data } if wish.has(EventName::Feed) => Some(("feed", data.clone())),
            _ => None,
        }
    }
}

impl Update {
    /// The text for a reader that has come to `position`; empty where it wants none of it.
    pub(super) fn text(&self, wish: &Wish, position: &Position) -> String {
        let told = self.events.iter().filter_map(|event| event.told_to(wish));
        told.map(|(name, data)| event_text(name, position, &data)).collect()
    }
}

/// An event as it goes over the line. JSON has no line ends in it.
pub(super) fn event_text(name: &str, position: &Position, data: &str) -> String {
    format!("event: {name}\nid: {position}\ndata: {data}\n\n")
}

/// The rates that `pairs` name, each in that direction.
fn chosen(rates: &[EncodedRate], pairs: &[Pair]) -> Option<String> {
    let encoded = pairs.iter().filter_map(|&wanted| {
        let rate = rates.iter().find(|rate| rate.reading.record.rate.pair == wanted.orient())?;
        let is_stored = rate.reading.record.rate.pair == wanted;
        Some(if is_stored { rate.json.clone() } else { json(&RateView::new(&rate.reading, wanted)) })
    });
    let encoded: Vec<String> = encoded.collect();
    (!encoded.is_empty()).then(|| joined(encoded.iter().map(String::as_str)))
}

fn joined<'a>(rates: impl Iterator<Item = &'a str>) -> String {
    format!(r#"{{"rates":[{}]}}"#, rates.collect::<Vec<_>>().join(","))
}

/// Views are structs with text keys: they always serialise.
fn json(view: &impl Serialize) -> String {
    serde_json::to_string(view).unwrap_or_default()
}
