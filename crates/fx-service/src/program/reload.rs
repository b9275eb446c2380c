//! SIGHUP: what can be taken over from a changed configuration is, and the rest is named.

use std::io::{self, IsTerminal};

use fx_config::{ConfigErrors, Settings};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::health::HealthRegistry;
use crate::notify;
use crate::shutdown::Shutdown;
use crate::telemetry::LogFilter;

/// The one key that a running service takes over.
const TAKEN_OVER: &str = "telemetry.log";

/// What a service runs on, and how it is read anew.
pub(super) struct Reload<L> {
    /// Reads the configuration from where it was read at start.
    pub(super) load: L,
    /// What runs.
    pub(super) settings: Settings,
    /// What is logged.
    pub(super) log: LogFilter,
}

/// SIGHUP no longer ends the process from here on; but where it was started in a terminal, whose end must be its own.
pub(super) fn hangups() -> io::Result<Option<Signal>> {
    if io::stdin().is_terminal() { Ok(None) } else { signal(SignalKind::hangup()).map(Some) }
}

impl<L: Fn() -> Result<Settings, ConfigErrors>> Reload<L> {
    /// Reads the configuration at each SIGHUP until stopping begins; the first once the service is ready, since systemd is
    /// told after each that it is.
    pub(super) async fn at(mut self, mut hangups: Signal, health: HealthRegistry, shutdown: Shutdown) {
        let mut changes = health.changes();
        while !health.is_ready() {
            let Some(Ok(())) = shutdown.unless_requested(changes.changed()).await else { return };
        }
        while shutdown.unless_requested(hangups.recv()).await.is_some() {
            notify::reloading();
            let told = self.once();
            notify::ready(&format!("{told}; {}", notify::words(&health)));
        }
    }

    /// Takes over what can be, and says what was done.
    fn once(&mut self) -> String {
        let told = match (self.load)() {
            Ok(new) => self.take_over(&new),
            Err(errors) => Err(errors.to_string()),
        };
        match told {
            Ok(told) => {
                tracing::info!("{told}");
                told
            }
            Err(mistakes) => {
                for mistake in mistakes.lines() {
                    tracing::error!(mistake, "not reloaded, the settings stay as they were");
                }
                format!("not reloaded, the settings stay as they were: {mistakes}")
            }
        }
    }

    fn take_over(&mut self, new: &Settings) -> Result<String, String> {
        let (taken, rest): (Vec<_>, Vec<_>) = self.settings.changed(new).into_iter().partition(|key| key == TAKEN_OVER);
        if !taken.is_empty() {
            self.log.set(&new.telemetry.log).map_err(|error| error.to_string())?;
            self.settings.telemetry.log.clone_from(&new.telemetry.log);
        }
        let taken = taken.iter().map(|key| format!("{key} = \"{}\" taken over", new.telemetry.log));
        let rest = (!rest.is_empty()).then(|| format!("wants a restart for {}", rest.join(", ")));
        let parts: Vec<_> = taken.chain(rest).collect();
        Ok(format!("reloaded: {}", if parts.is_empty() { "nothing has changed".to_owned() } else { parts.join("; ") }))
    }
}
