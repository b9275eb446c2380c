//! What is set otherwise in a newer configuration.

use figment::value::{Dict, Value};

use crate::settings::Settings;

impl Settings {
    /// The keys, `section.key`, that are set otherwise in `new`, sorted. What a file holds that a key names counts as one
    /// key without a name, and only where nothing else differs, since secrets are not shown.
    pub fn changed(&self, new: &Self) -> Vec<String> {
        let mut keys = Vec::new();
        if let (Ok(old), Ok(new)) = (Value::serialize(self), Value::serialize(new)) {
            compare("", &old, &new, &mut keys);
        }
        if keys.is_empty() && self != new {
            keys.push("a file that a key names".to_owned());
        }
        keys
    }
}

fn compare(key: &str, old: &Value, new: &Value, keys: &mut Vec<String>) {
    match (old, new) {
        (Value::Dict(_, old), Value::Dict(_, new)) => compare_tables(key, old, new, keys),
        // What a value is made of, not where it came from.
        (old, new) if old == new => {}
        _ => keys.push(key.to_owned()),
    }
}

fn compare_tables(key: &str, old: &Dict, new: &Dict, keys: &mut Vec<String>) {
    let mut names: Vec<_> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let inner = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
        match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => compare(&inner, old, new, keys),
            _ => keys.push(inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::secret::Secret;

    use super::*;

    #[test]
    fn what_differs_is_named_by_its_key() {
        let old = Settings::default();
        let mut new = old.clone();
        assert!(old.changed(&new).is_empty());
        new.telemetry.log = "debug".to_owned();
        new.stream.kafka.brokers.push("kafka-2:9092".to_owned());
        assert_eq!(old.changed(&new), ["stream.kafka.brokers", "telemetry.log"]);
    }

    #[test]
    fn a_secret_that_differs_is_not_named() {
        let mut old = Settings::default();
        old.cache.redis.password = Some(Secret::from("old".to_owned()));
        let mut new = old.clone();
        new.cache.redis.password = Some(Secret::from("new".to_owned()));
        assert_eq!(old.changed(&new), ["a file that a key names"]);
    }
}
