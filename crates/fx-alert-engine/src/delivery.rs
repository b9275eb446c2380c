//! From the outbox to people: webhooks, mail and files.
//!
//! Deliveries are lent by the store for a while. Whoever is killed in between has finished none of what it held, and after
//! that while somebody lends it again: at least once, under the same id. An attempt that fails is tried again after longer
//! and longer waits, for three days.

mod attempt;
mod dispatcher;
mod email;
mod file;
mod guard;
mod load;
mod refusal;
mod retention;
mod schedule;
mod sender;
mod target;
mod webhook;
mod words;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fx_config::DeliverySettings;
use fx_domain::clock::Clock;
use fx_service::{Backoff, HealthHandle, Shutdown, supervise};
use fx_store::delivery::{ChannelStore, DeliveryStore};
use reqwest::dns::Resolve;

pub use guard::SystemResolver;
pub use sender::{SenderError, Senders};

/// A net for what nobody has told of.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// What delivering needs.
#[derive(Clone)]
pub struct Office {
    /// The limits.
    pub settings: DeliverySettings,
    /// By which messages go.
    pub senders: Arc<Senders>,
    /// The deliveries.
    pub deliveries: Arc<dyn DeliveryStore>,
    /// Their channels.
    pub channels: Arc<dyn ChannelStore>,
    /// What schedules go by.
    pub clock: Arc<dyn Clock>,
    /// How often it looks for what nobody has told of, and at the clock.
    pub look_again: Duration,
}

impl Office {
    /// One that resolves names as the system does, and writes files below `data_dir`.
    ///
    /// # Errors
    /// What the settings name cannot be used.
    pub fn try_new(
        settings: &DeliverySettings,
        data_dir: &Path,
        (deliveries, channels): (Arc<dyn DeliveryStore>, Arc<dyn ChannelStore>),
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SenderError> {
        let resolver: Arc<dyn Resolve> = Arc::new(SystemResolver);
        Ok(Self {
            senders: Arc::new(Senders::try_new(settings, data_dir, resolver)?),
            settings: settings.clone(),
            deliveries,
            channels,
            clock,
            look_again: LOOK_AGAIN,
        })
    }
}

/// Keeps delivering until stopping begins, and then finishes what is under way. What was finished long ago is forgotten.
pub async fn keep_delivering(office: Office, health: HealthHandle, shutdown: Shutdown) {
    if !office.settings.enabled {
        health.ok("left to another process");
        return;
    }
    let (told, stopping) = (health.clone(), shutdown.clone());
    let forgetting = retention::keep(office.clone(), shutdown.clone());
    let delivering = supervise(health, shutdown, Backoff::default(), move || {
        let dispatcher = dispatcher::Dispatcher::new(office.clone(), told.clone(), stopping.clone());
        async {
            dispatcher.run().await;
            Ok(())
        }
    });
    tokio::join!(delivering, forgetting);
}
