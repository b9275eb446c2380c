//! The metrics of the process, and the text of `/metrics`.

use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusHandle};
use parking_lot::Mutex;

use crate::health::HealthStatus;
use crate::shutdown::Shutdown;

/// Seconds: from half a millisecond, where a good answer of the API lies, to what a slow provider takes.
const BUCKETS_SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 20.0];

/// How often histograms are folded, so that they hold no samples for ever.
const UPKEEP: Duration = Duration::from_secs(5);

static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// The recorder of the process. Cheap to clone.
#[derive(Clone)]
pub struct Recorder(PrometheusHandle);

/// Another recorder was installed before.
#[derive(Debug, thiserror::Error)]
#[error("metrics cannot be recorded: {0}")]
pub struct RecorderError(#[from] BuildError);

impl Recorder {
    /// Installs the recorder; a second call gives the one that is installed.
    ///
    /// # Errors
    /// Where the process has a recorder of another make.
    pub fn install() -> Result<Self, RecorderError> {
        let mut installed = INSTALLED.lock();
        if let Some(handle) = &*installed {
            return Ok(Self(handle.clone()));
        }
        let handle = PrometheusBuilder::new().set_buckets(&BUCKETS_SECONDS)?.install_recorder()?;
        describe();
        *installed = Some(handle.clone());
        Ok(Self(handle))
    }

    /// Every metric in Prometheus' text format.
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Folds histograms from time to time until shutdown.
    pub async fn keep_up(self, shutdown: Shutdown) {
        while shutdown.unless_requested(tokio::time::sleep(UPKEEP)).await.is_some() {
            self.0.run_upkeep();
        }
    }
}

fn describe() {
    metrics::describe_gauge!("fx_component_health", "0 ok, 1 degraded, 2 down, by component");
    metrics::describe_counter!("fx_retries_total", "tries again after a dependency failed, by what was tried");
    metrics::describe_counter!("fx_role_restarts_total", "restarts after an error or a panic, by role");
}

pub(crate) fn component_status(component: &str, status: HealthStatus) {
    let value = match status {
        HealthStatus::Ok => 0.0,
        HealthStatus::Degraded => 1.0,
        HealthStatus::Down => 2.0,
    };
    metrics::gauge!("fx_component_health", "component" => component.to_owned()).set(value);
}

pub(crate) fn retried(what: &'static str) {
    metrics::counter!("fx_retries_total", "what" => what).increment(1);
}

pub(crate) fn role_restarted(role: &str) {
    metrics::counter!("fx_role_restarts_total", "role" => role.to_owned()).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_install_gives_the_first_recorder() {
        let (first, second) = (Recorder::install().expect("installs"), Recorder::install().expect("is there"));
        role_restarted("feed");
        assert!(first.render().contains("fx_role_restarts_total{role=\"feed\"}"));
        assert!(second.render().contains("fx_role_restarts_total{role=\"feed\"}"));
    }
}
