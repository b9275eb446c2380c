use std::path::PathBuf;

use fx_domain::feed::Source;
use fx_stream::StreamError;

use crate::replay::RecordingError;

/// Why the producer cannot run at all. What goes wrong with one feed later on is told in its status instead.
#[derive(Debug, thiserror::Error)]
pub enum ProducerError {
    /// The TLS or HTTP side of the process cannot be set up.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// A feed's endpoint is no URL.
    #[error("feed {feed}: `{url}` is no url, expected one such as https://example.org/latest")]
    Endpoint {
        /// The feed.
        feed: Source,
        /// What stands there.
        url: String,
    },
    /// The history that is compiled in cannot be read.
    #[error("the bundled history cannot be read")]
    Bundled(#[from] RecordingError),
    /// The folder in which batches wait for the log cannot be used.
    #[error("spool {}: {reason}", folder.display())]
    Spool {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        reason: StreamError,
    },
    /// The log holds something at the feed's end that cannot be read.
    #[error(transparent)]
    Log(#[from] StreamError),
}
