//! What is logged, and how. Logs go to stderr: stdout belongs to what a command was asked for.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people; in colour on a terminal, unless `NO_COLOR` is set.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why nothing would be logged.
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
    /// The process logs already.
    #[error("logging was started before: {0}")]
    Started(String),
}

/// Starts logging for the process. `directives` are a level and levels of single crates: `info,fx_producer=debug`.
///
/// # Errors
/// Directives that are not understood, and a second start.
pub fn init(directives: &str, format: LogFormat) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(directives)
        .map_err(|error| TelemetryError::Directives { directives: directives.to_owned(), reason: error.to_string() })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match format {
        LogFormat::Text => builder.with_ansi(is_coloured()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).try_init(),
    };
    started.map_err(|error| TelemetryError::Started(error.to_string()))
}

fn is_coloured() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_directives_are_named() {
        let error = init("fx_producer=loud", LogFormat::Text).expect_err("no level");
        assert!(error.to_string().contains("fx_producer=loud"), "{error}");
    }
}
