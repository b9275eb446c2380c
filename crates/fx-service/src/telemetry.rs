//! What is logged, and how. Logs go to stderr, or to journald itself: stdout belongs to what a command was asked for.

use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;

use fx_config::{LogFormat, TelemetrySettings};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use crate::trace;

/// Why nothing would be logged or traced.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The directives are wrong.
    #[error(
        "log directives {directives:?} are not understood ({reason}); right is a level such as info, or info,fx_producer=debug"
    )]
    Directives {
        /// As they were given.
        directives: String,
        /// What the parser says.
        reason: String,
    },
    /// There is no journald here.
    #[error("journald cannot be reached; where there is none, telemetry.format is text or json")]
    Journald(#[source] std::io::Error),
    /// Spans cannot be sent there.
    #[error("spans cannot be sent to telemetry.otlp_endpoint = {endpoint:?}: {reason}")]
    Otlp {
        /// As it was given.
        endpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The process logs already.
    #[error("logging was started before: {0}")]
    Started(String),
}

/// What was started. When it is dropped, the last spans are sent.
#[must_use = "the last spans are sent when this is dropped"]
pub struct Telemetry {
    filter: LogFilter,
    _exporter: Option<trace::Exporter>,
}

impl Telemetry {
    /// What is logged, to be changed while the service runs.
    pub fn log_filter(&self) -> LogFilter {
        self.filter.clone()
    }
}

/// Which lines are logged.
#[derive(Clone)]
pub struct LogFilter(reload::Handle<EnvFilter, Registry>);

impl LogFilter {
    /// Logs by other directives from now on.
    ///
    /// # Errors
    /// Directives that are not understood; the old ones stay.
    pub fn set(&self, directives: &str) -> Result<(), TelemetryError> {
        let filter = filter(directives)?;
        self.0.reload(filter).map_err(|error| TelemetryError::Started(error.to_string()))
    }
}

/// Starts logging for the process, and the export of spans where it is wanted; `service` is the name it goes by. Where
/// spans are exported, this needs the runtime on which they are sent.
///
/// # Errors
/// Directives that are not understood, a journald that cannot be reached, an endpoint that is none, and a second start.
pub fn init(service: &'static str, settings: &TelemetrySettings) -> Result<Telemetry, TelemetryError> {
    let (filter, handle) = reload::Layer::new(filter(&settings.log)?);
    let lines = lines(service, settings.format)?;
    let started = tracing_subscriber::registry().with(lines.with_filter(filter)).try_init();
    started.map_err(|error| TelemetryError::Started(error.to_string()))?;
    let exporter = settings.otlp_endpoint.as_deref().map(|endpoint| trace::Exporter::start(service, endpoint));
    Ok(Telemetry { filter: LogFilter(handle), _exporter: exporter.transpose()? })
}

fn filter(directives: &str) -> Result<EnvFilter, TelemetryError> {
    EnvFilter::try_new(directives)
        .map_err(|error| TelemetryError::Directives { directives: directives.to_owned(), reason: error.to_string() })
}

type Lines = Box<dyn Layer<Registry> + Send + Sync>;

fn lines(service: &'static str, format: LogFormat) -> Result<Lines, TelemetryError> {
    let lines = fmt::layer().with_writer(std::io::stderr);
    Ok(match format {
        // The journal has its own times, and no colours.
        LogFormat::Text if goes_to_journal() => lines.with_ansi(false).without_time().boxed(),
        LogFormat::Text => lines.with_ansi(is_coloured()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
        LogFormat::Journald => {
            let journald = tracing_journald::layer().map_err(TelemetryError::Journald)?;
            journald.with_syslog_identifier(service.to_owned()).boxed()
        }
    })
}

fn is_coloured() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether stderr is the stream that systemd has connected to the journal: the variable names its device and inode.
fn goes_to_journal() -> bool {
    let stream = std::env::var("JOURNAL_STREAM").unwrap_or_default();
    let stderr = std::fs::metadata("/proc/self/fd/2");
    stderr.is_ok_and(|stderr| stream == format!("{}:{}", stderr.dev(), stderr.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_directives_are_named() {
        let settings = TelemetrySettings { log: "fx_producer=loud".to_owned(), ..TelemetrySettings::default() };
        let error = init("fx-test", &settings).err().expect("no level");
        assert!(error.to_string().contains("fx_producer=loud"), "{error}");
    }
}
