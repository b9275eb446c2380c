//! The connections that are open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use salvo::conn::ConnCtrl;

use crate::metrics;

/// Whoever was silent for so long makes room for others.
const SILENT: Duration = Duration::from_secs(2);

pub(super) struct Open {
    most: usize,
    most_per_address: usize,
    silent: Duration,
    /// From which times are counted.
    begin: Instant,
    now: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    next: u64,
    by_id: HashMap<u64, Entry>,
    by_address: HashMap<IpAddr, usize>,
}

struct Entry {
    address: Option<IpAddr>,
    control: ConnCtrl,
    spoke: Arc<AtomicU64>,
}

impl Open {
    pub(super) fn new(most: usize, most_per_address: usize) -> Self {
        Self { most, most_per_address, silent: SILENT, begin: Instant::now(), now: Mutex::default() }
    }

    /// Makes room for one more from there.
    ///
    /// # Errors
    /// The reason why there is none.
    pub(super) fn make_room(&self, address: Option<IpAddr>) -> Result<(), &'static str> {
        let mut entries = self.now.lock();
        // Those of this machine are of whoever owns it, or of a proxy for many.
        let elsewhere = address.filter(|address| !address.is_loopback());
        if let Some(address) = elsewhere.filter(|address| entries.from(address) >= self.most_per_address) {
            return self.evict(&mut entries, "address", |entry| entry.address == Some(address));
        }
        if entries.by_id.len() >= self.most {
            return self.evict(&mut entries, "all", |_| true);
        }
        Ok(())
    }

    /// Closes the one that has been silent the longest, and nobody who waits for what takes long.
    fn evict(
        &self,
        entries: &mut Entries,
        reason: &'static str,
        may_go: impl Fn(&Entry) -> bool,
    ) -> Result<(), &'static str> {
        let before = self.millis().checked_sub(millis(self.silent)).ok_or(reason)?;
        let silent = entries.by_id.iter().filter(|(_, entry)| may_go(entry) && !entry.control.is_relaxed());
        let longest = silent.map(|(id, entry)| (entry.spoke.load(Ordering::Relaxed), *id)).min();
        let (_, id) = longest.filter(|(spoke, _)| *spoke <= before).ok_or(reason)?;
        let evicted = entries.remove(id).ok_or(reason)?;
        evicted.control.abort();
        metrics::connection_evicted(reason);
        Ok(())
    }

    fn millis(&self) -> u64 {
        millis(self.begin.elapsed())
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

impl Entries {
    fn from(&self, address: &IpAddr) -> usize {
        self.by_address.get(address).copied().unwrap_or_default()
    }

    fn add(&mut self, entry: Entry) -> u64 {
        if let Some(address) = entry.address {
            *self.by_address.entry(address).or_default() += 1;
        }
        self.next += 1;
        self.by_id.insert(self.next, entry);
        metrics::connections(self.by_id.len());
        self.next
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        let entry = self.by_id.remove(&id)?;
        metrics::connections(self.by_id.len());
        if let Some(address) = entry.address {
            if self.from(&address) <= 1 {
                self.by_address.remove(&address);
            } else if let Some(count) = self.by_address.get_mut(&address) {
                *count -= 1;
            }
        }
        Some(entry)
    }
}

/// One connection, until this is dropped.
pub(super) struct Connection {
    open: Arc<Open>,
    id: u64,
    spoke: Arc<AtomicU64>,
}

impl Connection {
    pub(super) fn begin(open: &Arc<Open>, address: Option<IpAddr>, control: ConnCtrl) -> Self {
        let spoke = Arc::new(AtomicU64::new(open.millis()));
        let id = open.now.lock().add(Entry { address, control, spoke: Arc::clone(&spoke) });
        Self { open: Arc::clone(open), id, spoke }
    }

    /// Either side has said something.
    pub(super) fn speaks(&self) {
        self.spoke.store(self.open.millis(), Ordering::Relaxed);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.open.now.lock().remove(self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connect(open: &Arc<Open>, address: &str) -> Result<(Connection, ConnCtrl), &'static str> {
        let (address, control) = (Some(address.parse().expect("an address")), ConnCtrl::new());
        open.make_room(address)?;
        Ok((Connection::begin(open, address, control.clone()), control))
    }

    #[test]
    fn one_address_has_its_share_and_all_have_an_end() {
        let open = Arc::new(Open::new(5, 2));
        let mut there = Vec::new();
        for (address, refused) in [
            ("192.0.2.1", None),
            ("192.0.2.1", None),
            ("192.0.2.1", Some("address")),
            ("127.0.0.1", None),
            ("127.0.0.1", None),
            ("127.0.0.1", None),
            ("192.0.2.2", Some("all")),
        ] {
            let connection = connect(&open, address);
            assert_eq!(connection.as_ref().err().copied(), refused, "{address}");
            there.extend(connection);
        }
        there.clear();
        let entries = open.now.lock();
        assert!(entries.by_id.is_empty() && entries.by_address.is_empty(), "something is remembered for ever");
    }

    #[test]
    fn the_longest_silent_makes_room_but_not_who_waits_for_long() {
        let open = Arc::new(Open { silent: Duration::ZERO, ..Open::new(3, 9) });
        let there: Vec<_> = (1..=3).map(|i| connect(&open, &format!("192.0.2.{i}")).expect("let in")).collect();
        there[0].1.relax_timeouts();
        there[1].0.spoke.store(0, Ordering::Relaxed);
        let new = connect(&open, "192.0.2.4").expect("let in");
        assert_eq!([0, 1, 2].map(|i: usize| there[i].1.is_aborted()), [false, true, false]);
        assert_eq!(open.now.lock().by_id.len(), 3);
        drop((there, new));
        assert_eq!(open.now.lock().by_id.len(), 0, "an evicted one is counted twice");
    }
}
