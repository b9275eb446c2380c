//! What must hold for `[stream.kafka]`.

use std::time::Duration;

use super::kafka::{KafkaSettings, SaslMechanism};
use super::server;
use crate::error::Finding;
use crate::secret::Secret;
use crate::time_span::format_span;

const SECTION: &str = "stream.kafka";
const MOST_PARTITIONS: u32 = 1000;
/// A topic's name has at most 249 characters, of which ours need some.
const LONGEST_PREFIX: usize = 200;

impl KafkaSettings {
    pub(crate) fn validate(&self) -> Vec<Finding> {
        let mut findings = server::list_findings("stream.kafka.brokers", &self.brokers);
        findings.extend(self.prefix_finding());
        findings.extend(self.partition_findings());
        findings.extend(self.copies_findings());
        if !(Duration::from_secs(6)..=Duration::from_mins(5)).contains(&self.session_timeout) {
            let value = format_span(self.session_timeout);
            findings.push(Finding::text("stream.kafka.session_timeout", &value, "must be between 6s and 5m"));
        }
        findings.extend(self.sasl_findings());
        findings.extend(self.tls.validate(SECTION));
        findings
    }

    /// Reads the secrets that the keys name.
    pub(crate) fn read_secrets(&mut self) -> Vec<Finding> {
        let mut findings = self.tls.read_files(SECTION);
        let file = self.password_file.as_deref();
        findings.extend(Secret::fill(&mut self.password, file, "stream.kafka.password_file"));
        findings
    }

    fn prefix_finding(&self) -> Option<Finding> {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let is_right = self.prefix.len() <= LONGEST_PREFIX && self.prefix.bytes().all(letter);
        (!is_right).then(|| {
            let problem = format!("must be up to {LONGEST_PREFIX} of a-z, A-Z, 0-9, '.', '_' and '-', as in test-");
            Finding::text("stream.kafka.prefix", &self.prefix, problem)
        })
    }

    fn partition_findings(&self) -> impl Iterator<Item = Finding> + use<> {
        let counts = [("rates_partitions", self.rates_partitions), ("enriched_partitions", self.enriched_partitions)];
        counts.into_iter().filter(|(_, count)| !(1..=MOST_PARTITIONS).contains(count)).map(|(key, count)| {
            let problem = format!("must be between 1 and {MOST_PARTITIONS}");
            Finding::of(format!("{SECTION}.{key}"), &count.to_string(), problem)
        })
    }

    fn copies_findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if !(1..=100).contains(&self.replication) {
            let value = self.replication.to_string();
            findings.push(Finding::of("stream.kafka.replication", &value, "must be between 1 and 100"));
        }
        if self.min_insync_replicas == 0 || self.min_insync_replicas > self.replication {
            let problem = format!("must be between 1 and replication, which is {}", self.replication);
            let value = self.min_insync_replicas.to_string();
            findings.push(Finding::of("stream.kafka.min_insync_replicas", &value, problem));
        }
        findings
    }

    fn sasl_findings(&self) -> Vec<Finding> {
        let key = |key: &str| format!("{SECTION}.{key}");
        let (user, password) = (self.user.as_ref(), self.password_file.as_ref());
        if self.sasl == SaslMechanism::None {
            let given = [("user", user.is_some()), ("password_file", password.is_some())];
            let problem = "is of no use while sasl is \"none\"; choose a mechanism, or remove the key";
            return given.iter().filter(|(_, is)| *is).map(|(name, _)| Finding::missing(key(name), problem)).collect();
        }
        let mut findings = Vec::new();
        if user.is_none_or(String::is_empty) {
            let problem = format!("is missing; sasl = \"{}\" needs a user", self.sasl.name());
            findings.push(Finding::missing(key("user"), problem));
        }
        if password.is_none() {
            let problem = format!(
                "is missing; sasl = \"{}\" needs a password, and this key names the file that holds it",
                self.sasl.name()
            );
            findings.push(Finding::missing(key("password_file"), problem));
        }
        if self.sasl == SaslMechanism::Plain && !self.tls.enabled {
            let problem =
                "would send the password in the clear; enable TLS in [stream.kafka.tls], or use scram-sha-512";
            findings.push(Finding::text(key("sasl"), "plain", problem));
        }
        findings
    }
}
