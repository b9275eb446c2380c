//! How much of each feed may wait for the log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use fx_domain::feed::Source;
use fx_stream::Record;

use crate::metrics;

/// What a record takes beside its own bytes.
const OVERHEAD: u64 = 64;

/// The room of each feed: a busy stream that fills its own leaves that of a table alone.
pub(super) struct Rooms {
    most_bytes: u64,
    rooms: BTreeMap<String, Room>,
}

struct Room {
    source: Source,
    bytes: AtomicU64,
    batches: AtomicU64,
}

impl Rooms {
    pub(super) fn new(sources: impl IntoIterator<Item = Source>, most_bytes: u64) -> Self {
        let room = |source: Source| Room { source, bytes: AtomicU64::new(0), batches: AtomicU64::new(0) };
        let rooms: BTreeMap<_, _> =
            sources.into_iter().map(|source| (source.as_str().to_owned(), room(source))).collect();
        Self { most_bytes: most_bytes / u64::try_from(rooms.len().max(1)).unwrap_or(1), rooms }
    }

    pub(super) fn count(&self) -> usize {
        self.rooms.len()
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Source> {
        self.rooms.values().map(|room| &room.source)
    }

    /// Takes room for a record; `false` where there is none.
    pub(super) fn take(&self, record: &Record) -> bool {
        let Some(room) = self.room(record) else { return false };
        let fits = |used: u64| used.checked_add(bytes(record)).filter(|used| *used <= self.most_bytes);
        let is_taken = room.bytes.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits).is_ok();
        if is_taken {
            room.count(room.batches.fetch_add(1, Ordering::AcqRel) + 1);
        }
        is_taken
    }

    /// Takes room for what an earlier life has left, whether there is any or not.
    pub(super) fn take_anyway(&self, record: &Record) {
        if let Some(room) = self.room(record) {
            room.bytes.fetch_add(bytes(record), Ordering::AcqRel);
            room.count(room.batches.fetch_add(1, Ordering::AcqRel) + 1);
        }
    }

    /// Gives back the room of a record that waits no longer, and says whose it was.
    pub(super) fn give_back(&self, record: &Record) -> Option<&Source> {
        let room = self.room(record)?;
        room.bytes.fetch_sub(bytes(record), Ordering::AcqRel);
        room.count(room.batches.fetch_sub(1, Ordering::AcqRel) - 1);
        Some(&room.source)
    }

    fn room(&self, record: &Record) -> Option<&Room> {
        self.rooms.get(record.key.as_deref()?)
    }
}

impl Room {
    fn count(&self, batches: u64) {
        metrics::spooled(&self.source, batches, self.bytes.load(Ordering::Acquire));
    }
}

fn bytes(record: &Record) -> u64 {
    let headers: usize = record.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    let own = record.payload.len() + record.key.as_ref().map_or(0, String::len) + headers;
    OVERHEAD + u64::try_from(own).unwrap_or(u64::MAX / 2)
}
