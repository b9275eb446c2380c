use std::io;
use std::path::PathBuf;

use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::feed::Source;
use fx_stream::StreamError;

/// What is wrong with a recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// It cannot be opened or read.
    #[error("recording {}: {reason}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// An archive without a table in it.
    #[error("recording {}: {detail}, expected one CSV file in the archive", file.display())]
    Archive {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// None of the three kinds.
    #[error(
        "recording {} begins with `{header}`, expected the header of an ECB history (`Date,USD,…`), of minute bars \
         (`timestamp,open,high,low,close`) or of ticks (`timestamp,bid,ask`)", file.display()
    )]
    Unknown {
        /// The file.
        file: PathBuf,
        /// Its first line.
        header: String,
    },
    /// A header and nothing else.
    #[error("recording {} has no record in it", .0.display())]
    Empty(PathBuf),
    /// A line that is not as it should be.
    #[error("recording {}, line {line}: {detail}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Counted from one, the header included.
        line: u64,
        /// What is wrong, with the value.
        detail: String,
    },
}

/// Why a replay was refused or has ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file is not as it should be.
    #[error(transparent)]
    Recording(#[from] RecordingError),
    /// Bars and ticks do not say what they price.
    #[error("{0} do not name their pair: give it, such as --pair GBPUSD")]
    PairMissing(&'static str),
    /// The ECB's history names its currencies itself.
    #[error("an ECB history names its currencies itself: leave --pair out")]
    PairUseless,
    /// Only bars come as two files.
    #[error("{0} come as one file: leave --replay-ask out")]
    AskUseless(&'static str),
    /// The two files are not of one kind.
    #[error("{} holds {kind}, expected minute bars as in the bid file", file.display())]
    AskDiffers {
        /// The file with the ask side.
        file: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// Every rate would be left out.
    #[error("{0} is not tracked, add it to `tracked` in [currencies]")]
    Untracked(Currency),
    /// The log goes beyond where the recording begins, and not by this recording.
    #[error(
        "the log has rates of `{source_name}` up to {have} that are not from this recording, which begins at {first}: \
         give another data directory"
    )]
    LaterRates {
        /// The source whose rates these are.
        source_name: Source,
        /// The newest there is.
        have: Timestamp,
        /// The recording's first.
        first: Timestamp,
    },
    /// An earlier run with live feeds has left something for the log.
    #[error(
        "batches of `{source_name}` wait for the log in {}, and would come late: let fx-producer hand them over first, \
         without --replay", folder.display()
    )]
    Spooled {
        /// The source whose batches these are.
        source_name: Source,
        /// Where they wait.
        folder: PathBuf,
    },
    /// The log did not answer or did not take it.
    #[error(transparent)]
    Log(#[from] StreamError),
    /// The reading side ended by a panic.
    #[error("the reader of the recording failed: {0}")]
    Reader(#[from] tokio::task::JoinError),
}
