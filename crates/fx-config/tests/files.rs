//! The files in `config/` are the manual of the settings: complete, right, and with the defaults.

use std::collections::BTreeSet;
use std::path::PathBuf;

use figment::value::{Dict, Value};
use fx_config::{
    CacheBackend, ConsumerRole, FeedSettings, IndexBackend, LogFormat, Settings, StoreBackend, StreamBackend,
};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(path(name)).expect("readable")
}

#[test]
fn embedded_says_the_defaults() {
    let loaded = Settings::load(Some(&path("embedded.toml"))).expect("the file is right");
    assert_eq!(loaded, Settings::default());
}

#[test]
fn production_says_the_defaults_but_for_what_makes_it_production() {
    let loaded = Settings::load(Some(&path("production.toml"))).expect("the file is right");
    let mut expected = Settings { data_dir: "/var/lib/fx-monitor".into(), ..Settings::default() };
    expected.stream.backend = StreamBackend::Kafka;
    expected.store.backend = StoreBackend::Postgresql;
    expected.cache.backend = CacheBackend::Redis;
    expected.index.backend = IndexBackend::Elasticsearch;
    expected.consumer.roles.push(ConsumerRole::Index);
    expected.kibana.enabled = true;
    expected.telemetry.format = LogFormat::Journald;
    assert_eq!(loaded, expected);
}

#[test]
fn production_explains_every_key() {
    let missing = unexplained("production.toml", |_| true);
    assert!(missing.is_empty(), "not in config/production.toml: {missing:?}");
}

/// What belongs to servers, and to services on their own, is explained in production.toml.
#[test]
fn embedded_explains_every_other_key() {
    let own = |section: &str| section == "consumer" || section == "telemetry.metrics";
    let servers = ["stream.kafka", "store.postgresql", "cache.redis", "index.elasticsearch", "kibana"];
    let matters = |section: &str| !own(section) && !servers.iter().any(|server| section.starts_with(server));
    let missing = unexplained("embedded.toml", matters);
    assert!(missing.is_empty(), "not in config/embedded.toml: {missing:?}");
}

#[test]
fn what_stands_commented_out_is_right_too() {
    for name in ["embedded.toml", "production.toml"] {
        let directory = tempfile::tempdir().expect("temporary directory");
        let folder = directory.path().to_str().expect("a UTF-8 path");
        for secret in ["open-exchange-rates", "kafka", "postgresql", "redis", "elasticsearch", "kibana", "smtp"] {
            write(folder, secret, "sesame");
        }
        for certificate in ["client.pem", "fx-monitor-ca.pem"] {
            write(folder, certificate, "-----BEGIN CERTIFICATE-----");
        }
        write(folder, "client-key", "-----BEGIN sesame");
        let text = uncommented(&text(name))
            .replace("$CREDENTIALS_DIRECTORY", folder)
            .replace("/etc/ssl/certs", folder)
            .replace("/etc/fx-monitor", folder)
            .replace("\"open-er-api\", \"ecb\"]", "\"open-exchange-rates\"]")
            .replace("sasl = \"none\"", "sasl = \"plain\"")
            .replace("host = \"/run/postgresql\"", "host = \"db.example\"")
            .replace("enabled = false", "enabled = true")
            .replace("url = \"http://127.0.0.1:9200\"", "url = \"https://elasticsearch.example\"")
            .replace(&format!("api_key_file = \"{folder}/elasticsearch-key\""), "")
            .replace("url = \"http://127.0.0.1:5601\"", "url = \"https://kibana.example\"")
            // In place of the user and the password, never beside them.
            .replace(&format!("api_key_file = \"{folder}/kibana-key\""), "");
        write(folder, "all.toml", &text);
        let settings = Settings::load(Some(&directory.path().join("all.toml"))).expect("every commented key is right");
        assert_eq!(settings.feeds.named.len(), 2);
        assert_eq!(settings.cache.redis.password.is_some(), name == "production.toml");
        assert!(!format!("{settings:?} {:?}", settings.describe()).contains("sesame"), "no secret is shown");
    }
}

fn write(folder: &str, name: &str, text: &str) {
    std::fs::write(PathBuf::from(folder).join(name), text).expect("written");
}

/// The keys of the sections that `matters` which the file does not explain.
fn unexplained(file: &str, matters: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let explained: BTreeSet<(String, String)> = keys_of(&uncommented(&text(file)));
    let mut all = keys("", Value::serialize(Settings::default()).expect("serialises"));
    all.extend(keys("feeds.*", Value::serialize(FeedSettings::default()).expect("serialises")));
    all.into_iter().filter(|key| matters(&key.0) && !explained.contains(key)).collect()
}

/// The keys of the settings as (section, key); a feed's section is `feeds.*`.
fn keys(section: &str, value: Value) -> Vec<(String, String)> {
    let table: Dict = value.into_dict().expect("a table");
    let mut keys = Vec::new();
    for (key, value) in table {
        match value {
            Value::Dict(..) if section.is_empty() => keys.extend(self::keys(&key, value)),
            Value::Dict(..) => keys.extend(self::keys(&format!("{section}.{key}"), value)),
            _ => keys.push((section.to_owned(), key)),
        }
    }
    keys
}

fn uncommented(text: &str) -> String {
    text.lines().map(|line| if is_setting(line) { &line[2..] } else { line }).collect::<Vec<_>>().join("\n")
}

/// A line of TOML that is commented out, as against a sentence.
fn is_setting(line: &str) -> bool {
    let Some(line) = line.strip_prefix("# ") else { return false };
    let key = |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    line.starts_with("[feeds.") && line.ends_with(']') || line.split_once(" = ").is_some_and(|(name, _)| key(name))
}

fn keys_of(text: &str) -> BTreeSet<(String, String)> {
    let mut section = String::new();
    let mut keys = BTreeSet::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = if name.starts_with("feeds.") { "feeds.*".to_owned() } else { name.to_owned() };
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.insert((section.clone(), key.to_owned()));
        }
    }
    keys
}
