//! How clients are made, and what all of them do alike.

use fx_config::{KafkaSettings, SaslMechanism};
use rdkafka::ClientConfig;
use rdkafka::config::RDKafkaLogLevel;

/// What goes over the wire as one message at most, headers included.
pub(super) const MOST_MESSAGE_BYTES: usize = 16 << 20;

/// The broker counts a batch's own header too, so a client refuses a little earlier.
const BATCH_HEADER_BYTES: usize = 4 << 10;

/// What every client has in common.
pub(super) fn config(settings: &KafkaSettings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", settings.brokers.join(","))
        .set("client.id", "fx-monitor")
        .set("message.max.bytes", (MOST_MESSAGE_BYTES - BATCH_HEADER_BYTES).to_string())
        .set("allow.auto.create.topics", "false")
        // A network that was cut swallows requests without a word: ask again sooner than after a minute.
        .set("socket.timeout.ms", "10000")
        .set("socket.keepalive.enable", "true")
        .set("socket.nagle.disable", "true")
        .set("reconnect.backoff.ms", "50")
        .set("reconnect.backoff.max.ms", "1000")
        .set("statistics.interval.ms", "1000")
        .set_log_level(RDKafkaLogLevel::Info);
    secure(&mut config, settings);
    config
}

fn secure(config: &mut ClientConfig, settings: &KafkaSettings) {
    let mechanism = match settings.sasl {
        SaslMechanism::None => None,
        SaslMechanism::Plain => Some("PLAIN"),
        SaslMechanism::ScramSha256 => Some("SCRAM-SHA-256"),
        SaslMechanism::ScramSha512 => Some("SCRAM-SHA-512"),
    };
    let protocol = match (settings.tls.enabled, mechanism) {
        (false, None) => "plaintext",
        (false, Some(_)) => "sasl_plaintext",
        (true, None) => "ssl",
        (true, Some(_)) => "sasl_ssl",
    };
    config.set("security.protocol", protocol);
    if let Some(mechanism) = mechanism {
        config.set("sasl.mechanism", mechanism);
        config.set("sasl.username", settings.user.as_deref().unwrap_or_default());
        config.set("sasl.password", settings.password.as_ref().map_or("", |password| password.expose()));
    }
    if let Some(ca) = &settings.tls.ca {
        config.set("ssl.ca.pem", ca);
    }
    if let Some((certificate, key)) = settings.tls.certificate.as_ref().zip(settings.tls.key.as_ref()) {
        config.set("ssl.certificate.pem", certificate).set("ssl.key.pem", key.expose());
    }
}

/// The one producer of a process: every record once and in order, kept by all replicas in sync, and patient for ever.
pub(super) fn producer(settings: &KafkaSettings) -> ClientConfig {
    let mut config = config(settings);
    config
        .set("enable.idempotence", "true")
        .set("acks", "all")
        .set("compression.type", "zstd")
        // Beyond that it takes twice the time for a tenth of the size.
        .set("compression.level", "1")
        // What comes while a request is on its way goes with the next: that is batching enough, and costs no latency.
        .set("linger.ms", "0")
        .set("max.in.flight.requests.per.connection", "1")
        .set("message.timeout.ms", "0")
        .set("queue.buffering.max.kbytes", "32768")
        // As Kafka's Java clients choose the partition of a key; `partitioner` does the same here.
        .set("partitioner", "murmur2_random");
    config
}

/// What those that read have in common.
pub(super) fn reader(settings: &KafkaSettings, group: &str) -> ClientConfig {
    let mut config = config(settings);
    config
        .set("group.id", format!("{}{group}", settings.prefix))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        // Little is kept ready: what is here and not yet asked for is memory.
        .set("queued.max.messages.kbytes", "2048")
        // Compressed: a megabyte of it can become fifty in memory. At least one batch always comes, however large.
        .set("fetch.message.max.bytes", "32768")
        .set("fetch.queue.backoff.ms", "5")
        .set("fetch.error.backoff.ms", "100");
    config
}

/// A member of a consumer group.
pub(super) fn member(settings: &KafkaSettings, group: &str) -> ClientConfig {
    let session = settings.session_timeout.as_millis();
    let mut config = reader(settings, group);
    config
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", session.to_string())
        .set("heartbeat.interval.ms", (session / 3).to_string());
    config
}
