//! Places in the log.

use std::fmt;
use std::str::FromStr;

use fx_stream::Topic;

/// The offsets that come next in both topics, by partition. As text it is the `id` of an event, opaque to readers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    rates: Vec<(u32, u64)>,
    alerts: Vec<(u32, u64)>,
}

/// A text that is no position.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoPosition;

/// The topics that are followed.
pub(super) const TOPICS: [Topic; 2] = [Topic::RatesEnriched, Topic::AlertEvents];

impl Position {
    /// The offsets of one topic.
    pub(super) fn of(&self, topic: Topic) -> &[(u32, u64)] {
        if topic == Topic::AlertEvents { &self.alerts } else { &self.rates }
    }

    /// Goes to these offsets.
    pub(super) fn set(&mut self, topic: Topic, offsets: Vec<(u32, u64)>) {
        *self.of_mut(topic) = offsets;
    }

    /// Whether a message is behind this place.
    pub(super) fn is_past(&self, topic: Topic, partition: u32, offset: u64) -> bool {
        self.of(topic).iter().any(|&(known, next)| known == partition && next > offset)
    }

    /// Goes behind a message.
    pub(super) fn pass(&mut self, topic: Topic, partition: u32, offset: u64) {
        let offsets = self.of_mut(topic);
        match offsets.iter_mut().find(|(known, _)| *known == partition) {
            Some((_, next)) => *next = offset + 1,
            None => offsets.push((partition, offset + 1)),
        }
    }

    /// Whether nothing of `topic` lies between here and `target`.
    pub(super) fn has_reached(&self, topic: Topic, target: &Self) -> bool {
        target.of(topic).iter().all(|&(partition, next)| next == 0 || self.is_past(topic, partition, next - 1))
    }

    fn of_mut(&mut self, topic: Topic) -> &mut Vec<(u32, u64)> {
        if topic == Topic::AlertEvents { &mut self.alerts } else { &mut self.rates }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (letter, offsets) in [('r', &self.rates), ('a', &self.alerts)] {
            for (partition, next) in offsets {
                write!(f, "{letter}{partition}-{next}.")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let mut position = Self::default();
        for part in text.split_terminator('.') {
            let (partition, next) = part.get(1..).and_then(|part| part.split_once('-')).ok_or(NoPosition)?;
            let place = (partition.parse().map_err(|_| NoPosition)?, next.parse().map_err(|_| NoPosition)?);
            match part.as_bytes() {
                [b'r', ..] => position.rates.push(place),
                [b'a', ..] => position.alerts.push(place),
                _ => return Err(NoPosition),
            }
        }
        if position.rates.is_empty() || position.alerts.is_empty() { Err(NoPosition) } else { Ok(position) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_read_as_it_was_written() {
        let mut position = Position::default();
        position.set(Topic::RatesEnriched, vec![(0, 17), (1, 0)]);
        position.set(Topic::AlertEvents, vec![(0, 3)]);
        assert_eq!(position.to_string().parse(), Ok(position));
        for wrong in ["", "r0-1.", "a0-1.", "x0-1.", "r0-1.a0.", "r0-1.a0-x.", "€", "r-1.a0-1"] {
            assert_eq!(wrong.parse::<Position>(), Err(NoPosition), "{wrong}");
        }
    }

    #[test]
    fn a_place_is_reached_when_nothing_lies_between() {
        let mut here = Position::default();
        let mut there = Position::default();
        there.set(Topic::RatesEnriched, vec![(0, 5), (1, 0)]);
        assert!(!here.has_reached(Topic::RatesEnriched, &there));
        here.pass(Topic::RatesEnriched, 0, 3);
        assert!(!here.has_reached(Topic::RatesEnriched, &there));
        here.pass(Topic::RatesEnriched, 0, 4);
        assert!(here.has_reached(Topic::RatesEnriched, &there));
        assert!(here.has_reached(Topic::AlertEvents, &there));
    }
}
