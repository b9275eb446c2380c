//! Taking the sections out of the merged values, one after another, until nothing unknown is left.

use figment::value::{Dict, Value};
use fx_domain::feed::Source;
use serde::de::DeserializeOwned;

use crate::error::Finding;
use crate::extract::{extract, shown};
use crate::nearest::suggestion;
use crate::sections::feed::FeedSettings;
use crate::sections::feeds::FeedsSettings;

/// The values that are still to be read, and what was found wrong so far.
pub(crate) struct Reader {
    values: Dict,
    known: Vec<&'static str>,
    findings: Vec<Finding>,
}

impl Reader {
    pub(crate) fn new(values: Dict) -> Self {
        Self { values, known: Vec::new(), findings: Vec::new() }
    }

    /// The settings of `keys` at the top of the file.
    pub(crate) fn top<T: DeserializeOwned + Default>(&mut self, keys: &[&'static str]) -> T {
        self.known.extend(keys);
        let values = keys.iter().filter_map(|key| self.values.remove_entry(*key)).collect();
        extract(values, "", &mut self.findings)
    }

    /// Whether somebody has set `key` of a table that is still to be read.
    pub(crate) fn has(&self, table: &str, key: &str) -> bool {
        matches!(self.values.get(table), Some(Value::Dict(_, table)) if table.contains_key(key))
    }

    /// The settings of one table of the file.
    pub(crate) fn section<T: DeserializeOwned + Default>(&mut self, name: &'static str) -> T {
        let table = self.table(name);
        extract(table, name, &mut self.findings)
    }

    /// `[feeds]`, whose tables are feeds, while its other keys are settings of its own.
    pub(crate) fn feeds(&mut self) -> FeedsSettings {
        let is_table = |value: &Value| matches!(value, Value::Dict(..));
        let (tables, own): (Dict, Dict) = self.table("feeds").into_iter().partition(|(_, value)| is_table(value));
        let mut feeds: FeedsSettings = extract(own, "feeds", &mut self.findings);
        for (name, value) in tables {
            // The names of environment variables have no hyphen, those of feeds no underscore.
            let name = name.replace('_', "-");
            match name.parse::<Source>() {
                Ok(source) => {
                    let table = value.into_dict().unwrap_or_default();
                    let feed: FeedSettings = extract(table, &format!("feeds.{name}"), &mut self.findings);
                    feeds.named.insert(source, feed);
                }
                Err(error) => self.findings.push(Finding::missing(format!("feeds.{name}"), error.to_string())),
            }
        }
        feeds
    }

    /// Everything found wrong; what no section took is an unknown key.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        for name in self.values.keys() {
            let problem = format!("unknown key {name}; {}", suggestion(name, &self.known));
            self.findings.push(Finding::missing(name.as_str(), problem));
        }
        self.findings
    }

    fn table(&mut self, name: &'static str) -> Dict {
        self.known.push(name);
        match self.values.remove(name) {
            None => Dict::new(),
            Some(Value::Dict(_, table)) => table,
            Some(other) => {
                let problem = format!("must be a table: write [{name}] and its keys below it");
                self.findings.push(Finding::of(name, &shown(&other), problem));
                Dict::new()
            }
        }
    }
}
