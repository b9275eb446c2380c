//! A file is changed by another that takes its place: who reads it sees the old one or the new one, never a part.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use tempfile::NamedTempFile;

use super::{KeyFile, KeyFileError};

const HEAD: &str = "# The keys of the API, made and changed by `fx-monitor keys`. A key itself stands nowhere: `sha256` is its hash.\n\n";

/// Changes the file at `path`, alone among all that do.
pub(super) fn changed(
    path: &Path,
    change: impl FnOnce(&mut KeyFile) -> Result<(), KeyFileError>,
) -> Result<(), KeyFileError> {
    let unwritable = |cause| KeyFileError::Unwritable { path: path.to_owned(), cause };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.to_owned();
    // The folder, since the file is another one after each change. Released when it is closed.
    let lock = File::open(&folder).map_err(unwritable)?;
    lock.lock().map_err(unwritable)?;
    let mut file = match KeyFile::read(path) {
        Err(KeyFileError::Absent { .. }) => KeyFile::default(),
        read => read?,
    };
    change(&mut file)?;
    replace(path, &folder, &file).map_err(unwritable)?;
    lock.sync_all().map_err(unwritable)
}

fn replace(path: &Path, folder: &Path, file: &KeyFile) -> io::Result<()> {
    let text = toml::to_string(file).map_err(io::Error::other)?;
    let mut new = NamedTempFile::new_in(folder)?;
    // Whom it was for, it stays for.
    let old = fs::metadata(path).ok();
    keep_owner(new.as_file(), old.as_ref())?;
    new.write_all(HEAD.as_bytes())?;
    new.write_all(text.as_bytes())?;
    new.as_file().sync_all()?;
    new.persist(path).map(drop).map_err(|error| error.error)
}

fn keep_owner(new: &File, old: Option<&Metadata>) -> io::Result<()> {
    let Some(old) = old else { return new.set_permissions(Permissions::from_mode(0o600)) };
    let made = new.metadata()?;
    if (made.uid(), made.gid()) != (old.uid(), old.gid()) {
        fchown(new, Some(old.uid()), Some(old.gid()))?;
    }
    new.set_permissions(Permissions::from_mode(old.mode() & 0o777))
}
