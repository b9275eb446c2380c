//! The keys that are valid now.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fx_service::HealthHandle;
use governor::DefaultDirectRateLimiter;
use governor::clock::Clock;
use parking_lot::{Mutex, RwLock};
use subtle::ConditionallySelectable;
use tokio_util::sync::CancellationToken;

use super::key::Fingerprint;
use super::key_file::{KeyEntry, KeyFile, KeyFileError};

/// A valid key, and what it did of late.
pub(super) struct Key {
    pub(super) entry: KeyEntry,
    limiter: DefaultDirectRateLimiter,
    /// Happens when it is taken out of the file, or changed there.
    pub(super) revoked: CancellationToken,
}

impl Key {
    fn new(entry: KeyEntry) -> Arc<Self> {
        let limiter = DefaultDirectRateLimiter::direct(entry.rate.quota(entry.burst));
        Arc::new(Self { entry, limiter, revoked: CancellationToken::new() })
    }

    /// Counts a request.
    ///
    /// # Errors
    /// How long it has to wait.
    pub(super) fn admit(&self) -> Result<(), Duration> {
        self.limiter.check().map_err(|wait| wait.wait_time_from(self.limiter.clock().now()))
    }
}

/// By which a file is known for another, or changed. A rename brings another inode, everything else another `ctime`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp([i64; 2], [u64; 3]);

impl From<&Metadata> for Stamp {
    fn from(file: &Metadata) -> Self {
        Self([file.ctime(), file.ctime_nsec()], [file.dev(), file.ino(), file.size()])
    }
}

/// The keys of a file, for as long as they stand there.
pub(super) struct Keyring {
    path: PathBuf,
    keys: RwLock<Arc<[Arc<Key>]>>,
    seen: Mutex<Option<Stamp>>,
    health: HealthHandle,
}

impl Keyring {
    /// Reads the file for the first time.
    pub(super) fn open(path: PathBuf, health: HealthHandle) -> Result<Self, KeyFileError> {
        let seen = stamp(&path);
        let file = KeyFile::read(&path)?;
        if file.keys().is_empty() {
            let problem = "it has no key; `fx-monitor keys new` makes one".to_owned();
            return Err(KeyFileError::Wrong { path, problem });
        }
        let keyring = Self { path, keys: RwLock::new([].into()), seen: Mutex::new(seen), health };
        keyring.take_over(&file);
        Ok(keyring)
    }

    /// The valid key that this is. Every key is compared, in a time that says nothing of which it is.
    pub(super) fn find(&self, presented: &str) -> Option<Arc<Key>> {
        let (presented, keys) = (Fingerprint::of(presented), Arc::clone(&self.keys.read()));
        let none = u32::MAX;
        let place = (0..).zip(keys.iter()).fold(none, |found, (place, key)| {
            u32::conditional_select(&found, &place, key.entry.sha256.equals(&presented))
        });
        keys.get(usize::try_from(place).ok()?).cloned()
    }

    /// Reads the file again where it has changed. Where it is wrong, the keys stay as they were, and health says so.
    pub(super) fn refresh(&self) {
        let (now, mut seen) = (stamp(&self.path), self.seen.lock());
        if *seen == now {
            return;
        }
        *seen = now;
        match KeyFile::read(&self.path) {
            Ok(file) => {
                self.take_over(&file);
                tracing::info!(keys = file.keys().len(), "the file of keys has changed and was read again");
            }
            Err(error) => {
                tracing::error!(%error, "the file of keys has changed and cannot be used, its last keys stay valid");
                self.health.degraded(format!("{error}; the keys of before stay valid"));
            }
        }
    }

    /// A key that stands there unchanged goes on as it was.
    fn take_over(&self, file: &KeyFile) {
        let mut keys = self.keys.write();
        let old = Arc::clone(&keys);
        let same = |entry: &KeyEntry| old.iter().find(|key| key.entry == *entry).cloned();
        *keys = file.keys().iter().map(|entry| same(entry).unwrap_or_else(|| Key::new(entry.clone()))).collect();
        let is_gone = |key: &&Arc<Key>| !keys.iter().any(|new| Arc::ptr_eq(new, key));
        old.iter().filter(is_gone).for_each(|key| key.revoked.cancel());
        match keys.len() {
            0 => self.health.degraded(format!("{} has no key, nobody is let in", self.path.display())),
            1 => self.health.ok("1 key"),
            count => self.health.ok(format!("{count} keys")),
        }
    }
}

fn stamp(path: &std::path::Path) -> Option<Stamp> {
    std::fs::metadata(path).ok().as_ref().map(Stamp::from)
}
