//! How much each target has in hand.

use std::collections::{HashMap, VecDeque};

use fx_domain::clock::Timestamp;
use fx_store::delivery::DueDelivery;

use super::target::Place;

/// A delivery that is lent, and until when.
pub(super) struct Lent {
    pub(super) due: DueDelivery,
    pub(super) until: Timestamp,
}

/// What is under way, by target, and what waits for its turn there.
pub(super) struct Load {
    most: usize,
    most_per_target: usize,
    under_way: usize,
    by_target: HashMap<Place, OfTarget>,
    /// Where a channel was last known to lead, for as long as that target has something in hand.
    channels: HashMap<String, Place>,
}

#[derive(Default)]
struct OfTarget {
    under_way: usize,
    waiting: VecDeque<Lent>,
}

impl OfTarget {
    fn in_hand(&self) -> usize {
        self.under_way + self.waiting.len()
    }
}

impl Load {
    pub(super) fn new(most: usize, most_per_target: usize) -> Self {
        Self { most, most_per_target, under_way: 0, by_target: HashMap::new(), channels: HashMap::new() }
    }

    /// How many more may be under way.
    pub(super) fn room(&self) -> usize {
        self.most.saturating_sub(self.under_way)
    }

    pub(super) fn under_way(&self) -> usize {
        self.under_way
    }

    /// The channels whose target has as much in hand as it may.
    pub(super) fn full(&self) -> Vec<String> {
        let is_full = |place: &Place| self.by_target.get(place).is_some_and(|of| of.in_hand() >= self.most_per_target);
        self.channels.iter().filter(|(_, place)| is_full(place)).map(|(name, _)| name.clone()).collect()
    }

    /// Takes on what was lent. Two channels may lead to one target, which then gets more than it may have at once: the rest
    /// waits here.
    pub(super) fn take(&mut self, lent: Lent) {
        let place = Place::of(&lent.due.channel.target);
        self.channels.insert(lent.due.channel.name.clone(), place.clone());
        self.by_target.entry(place).or_default().waiting.push_back(lent);
    }

    /// What may begin now: what is no longer lent is left to whoever it is lent to next.
    pub(super) fn begin(&mut self, now: Timestamp) -> Vec<(Place, DueDelivery)> {
        let mut begun = Vec::new();
        for (place, of) in &mut self.by_target {
            of.waiting.retain(|lent| now < lent.until);
            while of.under_way < self.most_per_target && self.under_way < self.most {
                let Some(lent) = of.waiting.pop_front() else { break };
                of.under_way += 1;
                self.under_way += 1;
                begun.push((place.clone(), lent.due));
            }
        }
        self.forget_the_idle();
        begun
    }

    /// Something has ended.
    pub(super) fn end(&mut self, place: &Place) {
        self.under_way = self.under_way.saturating_sub(1);
        let Some(of) = self.by_target.get_mut(place) else { return };
        of.under_way = of.under_way.saturating_sub(1);
        self.forget_the_idle();
    }

    fn forget_the_idle(&mut self) {
        self.by_target.retain(|_, of| of.in_hand() > 0);
        self.channels.retain(|_, place| self.by_target.contains_key(place));
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use fx_domain::delivery::{Delivery, Status};
    use fx_store::delivery::{Channel, Secrets, Target};
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        DateTime::from_timestamp(1_768_392_000 + seconds, 0).expect("in range")
    }

    fn lent(channel: &str, url: &str) -> Lent {
        let delivery = Delivery {
            id: Uuid::now_v7(),
            channel: channel.to_owned(),
            status: Status::Pending,
            reason: None,
            transitions: Vec::new(),
            alert_ids: Vec::new(),
            alert_names: Vec::new(),
            attempts: Vec::new(),
            next_at: None,
            created_at: at(0),
            finished_at: None,
        };
        let channel = Channel {
            id: Uuid::now_v7(),
            name: channel.to_owned(),
            target: Target::Webhook { url: url.to_owned() },
            secrets: Secrets::default(),
            group: None,
            created_at: at(0),
            disabled: None,
        };
        Lent { due: DueDelivery { delivery, attempt: 1, channel, transitions: Vec::new() }, until: at(15) }
    }

    #[test]
    fn a_target_has_no_more_than_its_share_however_many_channels_lead_there() {
        let mut load = Load::new(5, 2);
        for (channel, url) in
            [("a", "http://one/a"), ("b", "http://one/b"), ("b", "http://one/b"), ("c", "http://two/")]
        {
            load.take(lent(channel, url));
        }
        let begun = load.begin(at(0));
        assert_eq!((begun.len(), load.room()), (3, 2), "two to one host, one to the other");
        let mut full = load.full();
        full.sort();
        assert_eq!(full, ["a", "b"]);
        load.end(&Place::of(&Target::Webhook { url: "http://one/".to_owned() }));
        assert_eq!(load.begin(at(1)).len(), 1, "the one that waited");
    }

    #[test]
    fn what_waits_too_long_is_left_to_others_and_the_idle_are_forgotten() {
        let mut load = Load::new(5, 1);
        load.take(lent("a", "http://one/"));
        load.take(lent("a", "http://one/"));
        let begun = load.begin(at(0));
        assert_eq!((begun.len(), load.begin(at(15)).len()), (1, 0));
        load.end(&begun[0].0);
        assert!(load.begin(at(16)).is_empty() && load.full().is_empty() && load.by_target.is_empty());
        assert_eq!(load.under_way(), 0);
    }

    #[test]
    fn all_together_have_no_more_than_there_is_room_for() {
        let mut load = Load::new(3, 2);
        for number in 0..5 {
            load.take(lent("x", &format!("http://host-{number}/")));
        }
        assert_eq!((load.begin(at(0)).len(), load.room()), (3, 0));
    }
}
