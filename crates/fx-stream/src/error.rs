use rdkafka::error::KafkaError;

use crate::Topic;

/// What can go wrong with the log.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The SQLite file did not do as asked.
    #[error(transparent)]
    Sqlite(#[from] fx_sqlite::SqliteError),
    /// Retention has removed what was asked for.
    #[error("offset {wanted} of {topic} is gone, the oldest kept is {oldest}")]
    Gone {
        /// The topic.
        topic: Topic,
        /// What was asked for.
        wanted: u64,
        /// What there is.
        oldest: u64,
    },
    /// Kafka did not do as asked, and asking again may help.
    #[error("cannot {doing}: {reason}")]
    Kafka {
        /// What was asked of it.
        doing: String,
        /// What it, or the client, said.
        reason: String,
    },
    /// Kafka will not keep a record.
    #[error("cannot append to {name}: {reason}")]
    Refused {
        /// The topic.
        topic: Topic,
        /// Its name in Kafka.
        name: String,
        /// What it, or the client, said.
        reason: String,
    },
    /// A topic that was not made yet.
    #[error("topic {name} does not exist, `fx-monitor provision` makes it")]
    NoTopic {
        /// Its name in Kafka.
        name: String,
    },
    /// A topic that is other than the file wants it.
    #[error("topic {name} has {setting} {found}, the file wants {wanted}")]
    TopicDiffers {
        /// Its name in Kafka.
        name: String,
        /// What differs.
        setting: &'static str,
        /// How it is.
        found: String,
        /// How it should be.
        wanted: String,
    },
    /// A partition that the topic does not have.
    #[error("{topic} has no partition {partition}, only {partitions}, numbered from 0")]
    NoPartition {
        /// The topic.
        topic: Topic,
        /// What was asked for.
        partition: u32,
        /// How many there are.
        partitions: u32,
    },
    /// A group can be moved only while nobody reads for it.
    #[error("group {group} has {members} active member(s), stop them before it is moved")]
    GroupActive {
        /// The group.
        group: String,
        /// How many read for it.
        members: usize,
    },
    /// A record that no version of this program wrote.
    #[error("record {offset} of the log is damaged: {reason}")]
    Damaged {
        /// Where it is.
        offset: u64,
        /// What was found.
        reason: String,
    },
    /// A message that cannot be read: for the DLQ.
    #[error("unreadable message: {0}")]
    Unreadable(serde_json::Error),
    /// A batch that no feed of ours can have said: for the DLQ.
    #[error("not a batch of ours: {0}")]
    Invalid(#[from] fx_domain::batch::BatchError),
    /// A message of a version that this program does not know: for the DLQ, untouched.
    #[error("message of version {0}, this program reads version 1")]
    Version(u64),
    /// The program is stopping.
    #[error("the program is stopping")]
    Stopped,
}

impl StreamError {
    pub(crate) fn kafka(doing: &str, error: &KafkaError) -> Self {
        Self::Kafka { doing: doing.to_owned(), reason: kafka_reason(error) }
    }
}

/// What a client's error says, without the value of any setting.
pub(crate) fn kafka_reason(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, problem, key, _) => format!("client setting {key}: {problem}"),
        _ => error.rdkafka_error_code().map_or_else(|| error.to_string(), |code| code.to_string()),
    }
}

impl From<serde_json::Error> for StreamError {
    fn from(error: serde_json::Error) -> Self {
        Self::Unreadable(error)
    }
}
