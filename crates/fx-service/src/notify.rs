//! What systemd is told (`sd_notify(3)`). Without `NOTIFY_SOCKET` nobody is told anything.

use std::time::Duration;

use sd_notify::NotifyState;

use crate::health::{ComponentHealth, HealthRegistry, HealthReport, HealthStatus};
use crate::shutdown::Shutdown;

/// A line longer than this is cut: `systemctl status` shows one line.
const LONGEST_LINE: usize = 400;

/// The service is up; `status` is what `systemctl status` shows.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What `systemctl status` shows from now on; one line.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// The service reads its settings anew; [`ready`] ends that.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "systemd could not be told"),
    }
}

/// The service is on its way down.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says that the service is ready once every part has passed its first check, and from the beginning how it is doing,
/// whenever that changes; until stopping begins.
pub async fn report(health: HealthRegistry, shutdown: Shutdown) {
    let mut changes = health.changes();
    let (mut is_ready, mut told) = (false, String::new());
    loop {
        let becomes_ready = !is_ready && health.is_ready();
        is_ready |= becomes_ready;
        let line = if is_ready { words(&health) } else { starting_words(&health) };
        if becomes_ready {
            tracing::info!("ready");
            ready(&line);
        } else if line != told {
            status(&line);
        }
        told = line;
        let Some(Ok(())) = shutdown.unless_requested(changes.changed()).await else { return };
    }
}

/// Feeds systemd's watchdog at half its period until the process ends, also while it drains, but not while a part is at
/// work without a sign of life for longer than that period. Returns at once where the unit has none.
///
/// It runs on the service's own runtime, so that a runtime that hangs is found.
pub async fn watchdog(health: HealthRegistry, shutdown: Shutdown) {
    let Some(period) = sd_notify::watchdog_enabled() else { return };
    let (mut ticks, mut had_stalled) = (tokio::time::interval(period / 2), Vec::new());
    while shutdown.unless_forced(ticks.tick()).await.is_some() {
        let stalled: Vec<String> = health.stalled(period).into_iter().map(|(name, _)| name).collect();
        if stalled.is_empty() {
            tell(&[NotifyState::Watchdog]);
        }
        if stalled != had_stalled {
            if !stalled.is_empty() {
                tracing::error!(?stalled, ?period, "at work without a sign of life, the watchdog is not fed");
            }
            status(&words(&health));
        }
        had_stalled = stalled;
    }
}

fn starting_words(health: &HealthRegistry) -> String {
    let report = health.snapshot();
    let starting = health.starting();
    let names = if starting.is_empty() { troubles(&report, HealthStatus::Down) } else { starting.join(", ") };
    one_line(&format!("starting: waiting for {names}"))
}

/// How the service is doing, in one line: `ok: 3 of 3 parts`, or what is not well and since when.
pub(crate) fn words(health: &HealthRegistry) -> String {
    let report = health.snapshot();
    let stalled = sd_notify::watchdog_enabled().map(|period| health.stalled(period)).unwrap_or_default();
    let (count, well) = (report.components.len(), report.components.values().filter(|part| is_ok(part)).count());
    let told = match report.status {
        HealthStatus::Ok => format!("ok: {well} of {count} parts"),
        status => format!("{status}: {}", troubles(&report, HealthStatus::Degraded)),
    };
    one_line(&format!("{}{told}", stalled.iter().map(stalled_words).collect::<String>()))
}

fn stalled_words((name, silence): &(String, Duration)) -> String {
    format!("stalled: {name} is at work without a sign of life for {}s; ", silence.as_secs())
}

fn is_ok(part: &ComponentHealth) -> bool {
    part.status == HealthStatus::Ok
}

/// The parts that are as bad as `least` or worse, the worst first.
fn troubles(report: &HealthReport, least: HealthStatus) -> String {
    let mut parts: Vec<_> = report.components.iter().filter(|(_, part)| part.status >= least).collect();
    parts.sort_by_key(|(_, part)| std::cmp::Reverse(part.status));
    let told = parts.iter().map(|(name, ComponentHealth { status, since, detail })| {
        format!("{name} {status} since {}: {detail}", since.format("%H:%M:%S"))
    });
    told.collect::<Vec<_>>().join("; ")
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST_LINE).collect()
}

/// A service that cannot reach its manager works all the same.
fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fx_domain::clock::FixedClock;

    use super::*;

    #[test]
    fn the_line_says_what_is_not_well_and_since_when() {
        let at = "2026-11-02T10:02:11Z".parse().expect("a time");
        let health = HealthRegistry::new(Arc::new(FixedClock::new(at)));
        let (cache, history) = (health.component("cache"), health.component("history"));
        assert_eq!(starting_words(&health), "starting: waiting for cache, history");
        history.ok("reading");
        cache.down("redis at 127.0.0.1:6379:\nconnection refused");
        assert_eq!(
            starting_words(&health),
            "starting: waiting for cache down since 10:02:11: redis at 127.0.0.1:6379: connection refused"
        );
        cache.degraded("slow");
        assert_eq!(words(&health), "degraded: cache degraded since 10:02:11: slow");
        cache.ok("reading");
        assert_eq!(words(&health), "ok: 2 of 2 parts");
    }
}
