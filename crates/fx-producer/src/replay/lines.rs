//! The lines of a recording.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use csv::{ReaderBuilder, StringRecord, Trim};
use fx_domain::clock::Timestamp;

use super::error::RecordingError;
use super::file::{Content, io_error};

/// Reads line after line, each with as many fields as the header.
pub(super) struct Lines {
    file: Arc<Path>,
    reader: csv::Reader<Content>,
    header: StringRecord,
}

/// Where a record stands, for what has to be said about it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    file: Arc<Path>,
    line: u64,
}

/// A line's fields and place.
pub(super) struct Line {
    pub(super) fields: StringRecord,
    pub(super) place: Place,
}

impl Place {
    /// An error about this line.
    pub(crate) fn malformed(&self, detail: impl Into<String>) -> RecordingError {
        RecordingError::Line { file: PathBuf::from(&*self.file), line: self.line, detail: detail.into() }
    }
}

impl Lines {
    /// Reads the header.
    pub(super) fn try_new(file: &Path, content: Content) -> Result<Self, RecordingError> {
        let mut builder = ReaderBuilder::new();
        // Figures need no quotation marks, and an odd one must not swallow the rest of the file.
        builder.has_headers(false).flexible(true).quoting(false).trim(Trim::All);
        let reader = builder.from_reader(content);
        let mut lines = Self { file: file.into(), reader, header: StringRecord::new() };
        let Some(header) = lines.read()? else { return Err(RecordingError::Empty(file.to_owned())) };
        lines.header = header.fields;
        Ok(lines)
    }

    pub(super) fn header(&self) -> impl Iterator<Item = &str> {
        self.header.iter().map(|name| name.trim_start_matches('\u{feff}'))
    }

    /// The next line.
    pub(super) fn next(&mut self) -> Result<Option<Line>, RecordingError> {
        let Some(line) = self.read()? else { return Ok(None) };
        let (have, wanted) = (line.fields.len(), self.header.len());
        if have != wanted {
            let text: String = line.fields.iter().collect::<Vec<_>>().join(",").chars().take(80).collect();
            return Err(line
                .place
                .malformed(format!("`{text}` has {have} fields, expected {wanted} as in the header")));
        }
        Ok(Some(line))
    }

    fn read(&mut self) -> Result<Option<Line>, RecordingError> {
        let mut fields = StringRecord::new();
        match self.reader.read_record(&mut fields) {
            Ok(false) => Ok(None),
            Ok(true) => {
                let line = fields.position().map_or(0, csv::Position::line);
                Ok(Some(Line { fields, place: Place { file: self.file.clone(), line } }))
            }
            Err(error) => Err(self.failure(error)),
        }
    }

    fn failure(&self, error: csv::Error) -> RecordingError {
        let line = error.position().map_or(0, csv::Position::line);
        match error.into_kind() {
            csv::ErrorKind::Io(source) => io_error(&self.file, source),
            csv::ErrorKind::Utf8 { err, .. } => {
                Place { file: self.file.clone(), line }.malformed(format!("field {} is no text", err.field() + 1))
            }
            other => Place { file: self.file.clone(), line }.malformed(format!("{other:?}")),
        }
    }
}

impl Line {
    pub(super) fn field(&self, at: usize) -> &str {
        self.fields.get(at).unwrap_or_default()
    }

    /// The field as a time in UTC.
    pub(super) fn time(&self, at: usize) -> Result<Timestamp, RecordingError> {
        let text = self.field(at);
        text.parse().map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            self.place.malformed(format!("`{shown}` is no time, expected one such as 2013-01-01 22:00:00.295+00:00"))
        })
    }
}
