//! The file of the keys: TOML, readable, changed only as a whole.

mod entry;
mod replace;

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use entry::{KeyEntry, KeyName, KeyWish, NoKeyName};

use super::key::{Fingerprint, new_key};
use fx_config::Secret;
use fx_domain::clock::Timestamp;

/// Larger than what thousands of keys take.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Why a file of keys cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It is not there.
    #[error("{0} does not exist, `fx-monitor keys new --file {0} --name NAME` makes it with its first key", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("{} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Others than those it is for may read or change it.
    #[error("{} has mode {mode:03o}, by which others can read or change it; type `chmod 600 {}`", path.display(), path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It is no file of keys.
    #[error("{} is no file of keys: {problem}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong where.
        problem: String,
    },
    /// It cannot be changed.
    #[error("{} cannot be written: {cause}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A key of that name is there.
    #[error("there is a key `{0}` already, take another name or revoke it first")]
    Taken(String),
    /// No key has that name.
    #[error("there is no key `{name}`, there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// Those that there are.
        known: String,
    },
}

/// A file of keys, as it stands on disk.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    #[serde(default)]
    key: Vec<KeyEntry>,
}

impl KeyFile {
    /// Reads it.
    ///
    /// # Errors
    /// Where it is not there, cannot be read, is open to others, or is wrong.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let unreadable = |cause: io::Error| match cause.kind() {
            io::ErrorKind::NotFound => KeyFileError::Absent { path: path.to_owned() },
            _ => KeyFileError::Unreadable { path: path.to_owned(), cause },
        };
        let file = File::open(path).map_err(unreadable)?;
        let mode = file.metadata().map_err(unreadable)?.mode() & 0o777;
        // Its group may read it, such as the service that root made it for.
        if mode & 0o027 != 0 {
            return Err(KeyFileError::Open { path: path.to_owned(), mode });
        }
        let mut text = String::new();
        file.take(MOST_BYTES).read_to_string(&mut text).map_err(unreadable)?;
        Self::parse(&text).map_err(|problem| KeyFileError::Wrong { path: path.to_owned(), problem })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: Self = toml::from_str(text).map_err(|error| {
            let line =
                error.span().and_then(|span| text.get(..span.start)).map_or(1, |before| before.split('\n').count());
            format!("line {line}: {}", error.message().replace('\n', ", "))
        })?;
        let twice =
            file.key.iter().enumerate().find(|(i, key)| file.key[..*i].iter().any(|other| other.name == key.name));
        match twice {
            Some((_, key)) => Err(format!("the name {} stands twice", key.name)),
            None => Ok(file),
        }
    }

    /// Its keys, in the order in which they were made.
    pub fn keys(&self) -> &[KeyEntry] {
        &self.key
    }

    /// Makes a key and adds it to the file, which is made where it is not there. The key itself stands nowhere else.
    ///
    /// # Errors
    /// Where the name is taken, or the file cannot be read or written.
    pub fn issue(path: &Path, wish: KeyWish, now: Timestamp) -> Result<(KeyEntry, Secret), KeyFileError> {
        let key = new_key();
        let entry = wish.entry(Fingerprint::of(key.expose()), now);
        replace::changed(path, |file| {
            if file.key.iter().any(|other| other.name == entry.name) {
                return Err(KeyFileError::Taken(entry.name.clone()));
            }
            file.key.push(entry.clone());
            Ok(())
        })?;
        Ok((entry, key))
    }

    /// Takes a key out of the file.
    ///
    /// # Errors
    /// Where no key has that name, or the file cannot be read or written.
    pub fn revoke(path: &Path, name: &str) -> Result<KeyEntry, KeyFileError> {
        let mut revoked = None;
        replace::changed(path, |file| {
            let place = file.key.iter().position(|key| key.name == name);
            let known = || file.key.iter().map(|key| key.name.as_str()).collect::<Vec<_>>().join(", ");
            let unknown = || KeyFileError::Unknown { name: name.to_owned(), known: known() };
            let place = place.ok_or_else(unknown)?;
            revoked = Some(file.key.remove(place));
            Ok(())
        })?;
        revoked.ok_or_else(|| KeyFileError::Unknown { name: name.to_owned(), known: String::new() })
    }
}

#[cfg(test)]
mod tests;
