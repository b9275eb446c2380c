//! Messages as lines of a file, for whoever follows it.

use std::io::Write;
use std::path::{Component, Path, PathBuf};

use super::refusal::{Answer, Reason, Refusal, Then};

/// Below the data directory, apart from everything else that is kept there.
const FOLDER: &str = "deliveries";

/// Writes files below one folder.
pub(super) struct Files {
    folder: PathBuf,
}

impl Files {
    pub(super) fn new(data_dir: &Path) -> Self {
        Self { folder: data_dir.join(FOLDER) }
    }

    /// Appends a line, which is on the disk when this is done.
    pub(super) async fn append(&self, name: &str, line: String) -> Answer {
        let Some(path) = self.path(name) else {
            let error = format!("{name:?} is no file below {}; a name such as alerts.jsonl is", self.folder.display());
            return Err(Refusal { reason: Reason::Unusable, code: None, error, then: Then::GiveUp });
        };
        let written = tokio::task::spawn_blocking(move || append(&path, &line).map_err(|error| (path, error))).await;
        match written {
            Ok(Ok(())) => Ok(None),
            Ok(Err((path, error))) => {
                Err(Refusal::passing(Reason::Unreachable, format!("{} cannot be written: {error}", path.display())))
            }
            Err(cancelled) => Err(Refusal::passing(Reason::Unreachable, cancelled.to_string())),
        }
    }

    /// Nothing outside the folder.
    fn path(&self, name: &str) -> Option<PathBuf> {
        let name = Path::new(name);
        let is_plain = name.components().all(|part| matches!(part, Component::Normal(_)));
        (is_plain && name.file_name().is_some()).then(|| self.folder.join(name))
    }
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = std::fs::File::options().create(true).append(true).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    file.sync_data()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_appended_and_nothing_is_written_elsewhere() {
        let folder = tempfile::tempdir().expect("a folder");
        let files = Files::new(folder.path());
        for line in ["{\"a\":1}", "{\"b\":2}"] {
            assert_eq!(files.append("desk/alerts.jsonl", line.to_owned()).await, Ok(None));
        }
        let text = std::fs::read_to_string(folder.path().join("deliveries/desk/alerts.jsonl")).expect("readable");
        assert_eq!(text, "{\"a\":1}\n{\"b\":2}\n");
        for outside in ["../fx-monitor.sqlite", "/etc/passwd", "", "a/../../b", ".."] {
            let refused = files.append(outside, String::new()).await.expect_err(outside);
            assert_eq!((refused.reason, refused.then), (Reason::Unusable, Then::GiveUp), "{outside}");
        }
    }
}
