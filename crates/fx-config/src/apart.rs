//! What services need that run as processes of their own: servers that all of them reach.

use crate::sections::cache::CacheBackend;
use crate::sections::store::StoreBackend;
use crate::sections::stream::StreamBackend;
use crate::settings::Settings;

/// Something that the services share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shared {
    /// The log.
    Stream,
    /// History and alerts.
    Store,
    /// The latest rates.
    Cache,
}

/// A service of its own cannot share a backend that lives in one process.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{service} is a process of its own and shares its {what} with the others: set [{section}] backend = \"{right}\", \
     or run everything in one process with `fx-monitor up`"
)]
pub struct NotShared {
    service: String,
    what: &'static str,
    section: &'static str,
    right: &'static str,
}

impl Settings {
    /// Whether a service of its own can share what it needs.
    ///
    /// # Errors
    /// The first backend that cannot be shared.
    pub fn check_shared(&self, service: &str, needed: &[Shared]) -> Result<(), NotShared> {
        let wrong = needed.iter().find_map(|shared| match shared {
            Shared::Stream if self.stream.backend == StreamBackend::Embedded => Some(("log", "stream", "kafka")),
            Shared::Store if self.store.backend == StoreBackend::Sqlite => Some(("history", "store", "postgresql")),
            Shared::Cache if self.cache.backend == CacheBackend::Memory => Some(("latest rates", "cache", "redis")),
            _ => None,
        });
        let refusal = |(what, section, right)| NotShared { service: service.to_owned(), what, section, right };
        wrong.map_or(Ok(()), |wrong| Err(refusal(wrong)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lives_in_one_process_is_shared_with_none() {
        let settings = Settings::default();
        let refused = settings.check_shared("fx-api", &[Shared::Stream, Shared::Store]).expect_err("embedded");
        let told = refused.to_string();
        assert!(told.starts_with("fx-api is a process of its own") && told.contains("[stream] backend = \"kafka\""));
        settings.check_shared("fx-api", &[]).expect("nothing needed");
    }
}
