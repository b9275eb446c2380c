//! What clients say of themselves: whether anybody answers, log lines, errors.

use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::Statistics;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::metrics;

/// What is known of the way to the brokers, shared by all clients of one log.
#[derive(Clone, Default)]
pub(super) struct Reachability(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// The last thing that went wrong, as a sentence.
    last: Option<String>,
    /// What to say while nobody answers.
    trouble: Option<String>,
}

impl Reachability {
    pub(super) fn trouble(&self) -> Option<String> {
        self.state().trouble.clone()
    }

    /// Takes in what a client says went wrong.
    pub(super) fn failed(&self, error: &KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        metrics::kafka_error(code);
        let mut state = self.state();
        match code {
            Some(RDKafkaErrorCode::AllBrokersDown) => {
                let said = state.last.clone().unwrap_or_else(|| reason.to_owned());
                state.complain(said);
            }
            Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL) => {
                state.last = Some(reason.to_owned());
                state.complain(reason.to_owned());
            }
            _ => {
                tracing::debug!(%error, reason, "kafka client");
                state.last = Some(reason.to_owned());
            }
        }
    }

    /// A broker has answered.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        state.last = None;
        if state.trouble.take().is_some() {
            tracing::info!("kafka answers again");
        }
    }

    /// Takes in a client's statistics.
    pub(super) fn observe(&self, statistics: &Statistics) {
        if statistics.brokers.values().any(|broker| broker.state == "UP") {
            self.answered();
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Says it once, however often it happens.
    fn complain(&mut self, reason: String) {
        if self.trouble.is_none() {
            tracing::warn!(reason, "kafka does not answer");
        }
        self.trouble = Some(reason);
    }
}

/// A log line of the library. What it calls an error is one that it goes on trying to mend.
pub(super) fn log(level: RDKafkaLogLevel, facility: &str, line: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(target: "librdkafka", facility, "{line}");
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => tracing::debug!(target: "librdkafka", facility, "{line}"),
        _ => tracing::trace!(target: "librdkafka", facility, "{line}"),
    }
}
