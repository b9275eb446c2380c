//! `config/embedded.toml` is the manual of the settings: it must be complete and must say the defaults.

use std::collections::BTreeSet;
use std::path::PathBuf;

use figment::value::{Dict, Value};
use fx_config::{FeedSettings, Settings};

fn path() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../config/embedded.toml")
}

#[test]
fn it_says_the_defaults() {
    let loaded = Settings::load(Some(&path())).expect("the file is right");
    assert_eq!(loaded, Settings::default());
}

#[test]
fn it_explains_every_key() {
    let text = std::fs::read_to_string(path()).expect("readable");
    let explained: BTreeSet<(String, String)> = keys_of(&text);
    let mut all = keys("", Value::serialize(Settings::default()).expect("serialises"));
    all.extend(keys("feeds.*", Value::serialize(FeedSettings::default()).expect("serialises")));
    let missing: Vec<_> = all.iter().filter(|key| !explained.contains(*key)).collect();
    assert!(missing.is_empty(), "not in config/embedded.toml: {missing:?}");
}

#[test]
fn what_stands_commented_out_is_right_too() {
    let text = std::fs::read_to_string(path()).expect("readable");
    let directory = tempfile::tempdir().expect("temporary directory");
    let key_file = directory.path().join("key");
    std::fs::write(&key_file, "sesame").expect("written");
    let uncommented: Vec<_> = text.lines().map(|line| if is_setting(line) { &line[2..] } else { line }).collect();
    let text = uncommented
        .join("\n")
        .replace("$CREDENTIALS_DIRECTORY/open-exchange-rates", key_file.to_str().expect("a UTF-8 path"))
        .replace("\"open-er-api\", \"ecb\"]", "\"open-exchange-rates\"]");
    let file = directory.path().join("all.toml");
    std::fs::write(&file, text).expect("written");
    let settings = Settings::load(Some(&file)).expect("every commented key is right");
    assert_eq!(settings.feeds.named.len(), 2);
    assert_eq!(format!("{:?}", settings.feeds.named).matches("sesame").count(), 0, "the secret is not shown");
}

/// The keys of the settings as (section, key); a feed's section is `feeds.*`.
fn keys(section: &str, value: Value) -> Vec<(String, String)> {
    let table: Dict = value.into_dict().expect("a table");
    let mut keys = Vec::new();
    for (key, value) in table {
        match value {
            Value::Dict(..) => keys.extend(self::keys(&key, value)),
            _ => keys.push((section.to_owned(), key)),
        }
    }
    keys
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
        let line = if is_setting(line) { &line[2..] } else { line };
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = if name.starts_with("feeds.") { "feeds.*".to_owned() } else { name.to_owned() };
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.insert((section.clone(), key.to_owned()));
        }
    }
    keys
}
