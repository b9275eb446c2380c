//! Secrets: read from files, never printed.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::error::Finding;

const CREDENTIALS: &str = "$CREDENTIALS_DIRECTORY/";

/// A value that no log, error or dump may show: it prints and serialises as `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Reads the first line of a file. A leading `$CREDENTIALS_DIRECTORY/` stands for systemd's
    /// directory of credentials.
    ///
    /// # Errors
    /// A sentence without the secret: no credentials directory, an unreadable file, an empty one.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = read_text(path)?;
        let first_line = text.lines().next().unwrap_or_default().trim();
        if first_line.is_empty() {
            return Err(format!("{} is empty; its first line must be the secret", path.display()));
        }
        Ok(Self(first_line.to_owned()))
    }

    /// Reads the secret that `file` names, where it names one, into `secret`; what goes wrong is said of `key`.
    pub(crate) fn fill(secret: &mut Option<Self>, file: Option<&Path>, key: &str) -> Option<Finding> {
        let path = file?;
        match Self::read(path) {
            Ok(read) => *secret = Some(read),
            Err(problem) => return Some(Finding::text(key, &path.display().to_string(), problem)),
        }
        None
    }
}

/// The text of a file, whose name may begin with `$CREDENTIALS_DIRECTORY/`.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    let path = credential_path(path)?;
    std::fs::read_to_string(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// Where a file is whose name may begin with `$CREDENTIALS_DIRECTORY/`, which stands for systemd's directory of
/// credentials.
///
/// # Errors
/// A sentence: there is no such directory.
pub fn credential_path(path: &Path) -> Result<PathBuf, String> {
    let Some(name) = path.to_str().and_then(|text| text.strip_prefix(CREDENTIALS)) else {
        return Ok(path.to_owned());
    };
    std::env::var_os("CREDENTIALS_DIRECTORY").map(|directory| Path::new(&directory).join(name)).ok_or_else(|| {
        "CREDENTIALS_DIRECTORY is not set; it is under systemd with LoadCredential=, elsewhere name the file itself"
            .to_owned()
    })
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_the_first_line_and_never_shown() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("key");
        std::fs::write(&path, "sesame\n").expect("written");
        let secret = Secret::read(&path).expect("readable");
        assert_eq!(secret.expose(), "sesame");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn an_empty_or_absent_file_is_named() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("key");
        let absent = Secret::read(&path).expect_err("absent");
        assert!(absent.contains("key cannot be read"), "{absent}");
        std::fs::write(&path, "\n").expect("written");
        let empty = Secret::read(&path).expect_err("empty");
        assert!(empty.contains("is empty"), "{empty}");
    }
}
