//! Opening a recording, whatever it is packed in.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use flate2::Crc;
use flate2::bufread::MultiGzDecoder;
use zip::ZipArchive;

use super::error::RecordingError;
use super::recording::Kind;

/// The unpacked content of a recording.
pub(super) type Content = Box<dyn BufRead + Send>;

const ZIP: &[u8] = b"PK\x03\x04";
const GZIP: &[u8] = b"\x1f\x8b";

/// Opens a recording; what packs it is seen by its first bytes.
pub(super) fn open(path: &Path) -> Result<Content, RecordingError> {
    let mut file = File::open(path).map_err(|source| io_error(path, source))?;
    let mut magic = Vec::new();
    file.by_ref().take(4).read_to_end(&mut magic).map_err(|source| io_error(path, source))?;
    file.rewind().map_err(|source| io_error(path, source))?;
    let file = BufReader::with_capacity(64 * 1024, file);
    match magic.as_slice() {
        bytes if bytes == ZIP => unzip(path, file),
        bytes if bytes.starts_with(GZIP) => Ok(Box::new(gunzip(file))),
        _ => Ok(Box::new(file)),
    }
}

/// Unpacks while it reads.
pub(super) fn gunzip(packed: impl BufRead + Send) -> impl BufRead + Send {
    BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(packed))
}

/// An archive holds one table, which is read as a whole: an ECB history is some two megabytes.
fn unzip(path: &Path, file: BufReader<File>) -> Result<Content, RecordingError> {
    let broken = |detail: String| RecordingError::Archive { file: path.to_owned(), detail };
    let mut archive = ZipArchive::new(file).map_err(|error| broken(error.to_string()))?;
    let is_table = |name: &&str| Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let names: Vec<String> = archive.file_names().filter(is_table).map(str::to_owned).collect();
    let [name] = names.as_slice() else { return Err(broken(format!("{} CSV files", names.len()))) };
    let mut entry = archive.by_name(name).map_err(|error| broken(error.to_string()))?;
    let mut content = Vec::new();
    entry.read_to_end(&mut content).map_err(|source| io_error(path, source))?;
    Ok(Box::new(Cursor::new(content)))
}

pub(super) fn io_error(path: &Path, reason: io::Error) -> RecordingError {
    RecordingError::Io { file: path.to_owned(), reason }
}

/// What a first reading tells of a recording.
pub(super) struct Survey {
    pub(super) kind: Kind,
    /// Lines after the header.
    pub(super) records: u64,
}

/// Reads a recording once, adding its content to `crc`.
pub(super) fn survey(path: &Path, crc: &mut Crc) -> Result<Survey, RecordingError> {
    let mut content = open(path)?;
    let mut header = Vec::new();
    content.by_ref().take(4096).read_until(b'\n', &mut header).map_err(|source| io_error(path, source))?;
    crc.update(&header);
    let header = String::from_utf8_lossy(&header);
    let header = header.trim_start_matches('\u{feff}').trim();
    let kind = Kind::by_header(header)
        .ok_or_else(|| RecordingError::Unknown { file: path.to_owned(), header: header.chars().take(80).collect() })?;
    let records = count_lines(&mut content, crc).map_err(|source| io_error(path, source))?;
    if records == 0 {
        return Err(RecordingError::Empty(path.to_owned()));
    }
    Ok(Survey { kind, records })
}

fn count_lines(content: &mut Content, crc: &mut Crc) -> io::Result<u64> {
    let (mut lines, mut last) = (0, b'\n');
    loop {
        let bytes = content.fill_buf()?;
        let Some(&end) = bytes.last() else { return Ok(lines + u64::from(last != b'\n')) };
        crc.update(bytes);
        lines += (bytes.split(|&byte| byte == b'\n').count() - 1) as u64;
        last = end;
        let length = bytes.len();
        content.consume(length);
    }
}
