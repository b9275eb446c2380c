//! A service's life: how it starts, tells how it is doing, and stops.
//!
//! - [`program::main`] is the `main` of a service, and brings everything below together;
//! - [`telemetry::init`] and [`metrics::Recorder::install`] come first in any other `main`;
//! - [`Shutdown::on_signals`] turns SIGTERM and SIGINT into one token that every part listens to;
//! - [`HealthRegistry`] is where each part says how it is doing, and what `/health` shows;
//! - [`supervise`] restarts a part that ends with an error;
//! - [`Retry`] goes on trying what a dependency that is down has failed;
//! - [`http`] reads what other servers answer;
//! - [`trace`] follows a batch through the services;
//! - [`notify`] tells systemd of all this, and nobody where there is none.

mod dependency;
mod health;
pub mod http;
pub mod metrics;
pub mod notify;
pub mod program;
mod retry;
mod shutdown;
mod supervise;
pub mod telemetry;
pub mod trace;

pub use dependency::keep_checking;
pub use health::{Busy, ComponentHealth, HealthHandle, HealthRegistry, HealthReport, HealthStatus};
pub use retry::Retry;
pub use shutdown::Shutdown;
pub use supervise::{Backoff, supervise};
