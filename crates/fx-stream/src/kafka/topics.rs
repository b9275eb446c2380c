//! The topics as the file wants them.

use std::fmt;
use std::time::Duration;

use fx_config::KafkaSettings;

use super::client::MOST_MESSAGE_BYTES;
use crate::Topic;

/// A topic that is wanted.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) partitions: u32,
    pub(super) replication: u32,
    /// What must be so from the beginning: changing it later loses messages or the order of keys.
    pub(super) fixed: Vec<(&'static str, String)>,
    /// What is brought up to date.
    pub(super) free: Vec<(&'static str, String)>,
}

/// How it is set up, for people.
impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} partition(s), replication {}", self.partitions, self.replication)?;
        self.fixed.iter().chain(&self.free).try_for_each(|(setting, value)| write!(f, ", {setting} {value}"))
    }
}

/// How many partitions the file gives a topic.
pub(super) fn partitions(settings: &KafkaSettings, topic: Topic) -> u32 {
    match topic {
        Topic::Rates => settings.rates_partitions,
        Topic::RatesEnriched => settings.enriched_partitions,
        Topic::State | Topic::AlertEvents | Topic::Deliveries | Topic::RatesDlq => 1,
    }
}

/// A topic under its name in Kafka.
pub(super) fn wanted(settings: &KafkaSettings, retention: Duration, topic: Topic, name: String) -> Wanted {
    let policy = if topic.is_compacted() { "compact" } else { "delete" };
    let fixed = vec![
        ("cleanup.policy", policy.to_owned()),
        ("min.insync.replicas", settings.min_insync_replicas.to_string()),
        ("max.message.bytes", MOST_MESSAGE_BYTES.to_string()),
    ];
    let free = if topic.is_compacted() {
        // Each start reads it from the beginning: keep that short.
        vec![
            ("segment.ms", "300000".to_owned()),
            ("segment.bytes", (2 * MOST_MESSAGE_BYTES).to_string()),
            ("min.cleanable.dirty.ratio", "0.1".to_owned()),
        ]
    } else {
        vec![("retention.ms", retention.as_millis().to_string())]
    };
    let (partitions, replication) = (partitions(settings, topic), settings.replication);
    Wanted { name, partitions, replication, fixed, free }
}
