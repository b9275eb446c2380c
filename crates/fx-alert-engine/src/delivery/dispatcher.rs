//! The loop: gather, borrow what is due, send it, wait for what comes next.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;
use fx_domain::clock::Timestamp;
use fx_service::{HealthHandle, Retry, Shutdown};
use fx_store::delivery::Wanted;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::Office;
use super::attempt::{self, Ended};
use super::load::{Lent, Load};
use crate::metrics;

/// How much longer than an attempt may take a delivery is lent: what waits for its turn that long is lent again.
const SPARE: TimeDelta = TimeDelta::seconds(15);

pub(super) struct Dispatcher {
    office: Office,
    health: HealthHandle,
    shutdown: Shutdown,
    changes: watch::Receiver<u64>,
    load: Load,
    under_way: JoinSet<Ended>,
    /// Channels whose last attempt failed, and how.
    troubles: BTreeMap<String, String>,
    /// Whether there may be more that is due than was lent.
    is_hungry: bool,
}

/// Stopping has begun.
struct Stopping;

impl Dispatcher {
    pub(super) fn new(office: Office, health: HealthHandle, shutdown: Shutdown) -> Self {
        Self {
            changes: office.deliveries.delivery_changes(),
            load: Load::new(office.settings.concurrency, office.settings.concurrency_per_target),
            office,
            health,
            shutdown,
            under_way: JoinSet::new(),
            troubles: BTreeMap::new(),
            is_hungry: false,
        }
    }

    /// Until stopping begins; then what is under way is finished.
    pub(super) async fn run(mut self) {
        let Err(Stopping) = self.work().await;
        while let Some(ended) = self.under_way.join_next().await {
            self.note(ended);
        }
    }

    async fn work(&mut self) -> Result<std::convert::Infallible, Stopping> {
        loop {
            self.changes.mark_unchanged();
            self.gather().await?;
            let next = self.lend().await?;
            self.say();
            self.wait(next).await?;
        }
    }

    async fn gather(&self) -> Result<(), Stopping> {
        let gather = || self.office.deliveries.gather(self.office.clock.now());
        while self.store().until_done(gather).await.ok_or(Stopping)? > 0 {}
        Ok(())
    }

    /// Borrows as much as there is room for; answers when the next becomes due.
    async fn lend(&mut self) -> Result<Option<Timestamp>, Stopping> {
        while self.load.room() > 0 {
            let lent = self.borrow().await?;
            let is_all = lent.is_empty();
            for lent in lent {
                self.load.take(lent);
            }
            self.begin();
            if is_all {
                break;
            }
        }
        self.is_hungry = self.load.room() == 0 || !self.load.full().is_empty();
        let next = self.store().until_done(|| self.office.deliveries.next_due()).await.ok_or(Stopping)?;
        let overdue = next.map_or(TimeDelta::zero(), |next| self.office.clock.now() - next);
        metrics::delivery_overdue(overdue.to_std().unwrap_or_default());
        Ok(next)
    }

    async fn borrow(&self) -> Result<Vec<Lent>, Stopping> {
        let Office { settings, deliveries, clock, .. } = &self.office;
        let most = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let wanted = Wanted {
            limit: most(self.load.room()),
            per_channel: most(settings.concurrency_per_target),
            except: self.load.full(),
            lease: TimeDelta::from_std(settings.timeout).unwrap_or(TimeDelta::MAX) + SPARE,
        };
        // A store that was away may answer long after it was first asked: the lease is from the last time.
        let borrow = || {
            let (at, wanted) = (clock.now(), wanted.clone());
            async move { deliveries.due(at, wanted).await.map(|lent| (at + SPARE, lent)) }
        };
        let (until, lent) = self.store().until_done(borrow).await.ok_or(Stopping)?;
        Ok(lent.into_iter().map(|due| Lent { due, until }).collect())
    }

    fn begin(&mut self) {
        for begun in self.load.begin(self.office.clock.now()) {
            let around = (self.health.clone(), self.shutdown.clone());
            self.under_way.spawn(attempt::make(self.office.clone(), begun, around));
        }
    }

    /// Until there is something to gather or to borrow.
    async fn wait(&mut self, next: Option<Timestamp>) -> Result<(), Stopping> {
        let look_again = tokio::time::sleep(self.office.look_again.min(self.until(next)));
        tokio::pin!(look_again);
        loop {
            tokio::select! {
                biased;
                () = self.shutdown.requested() => return Err(Stopping),
                Some(ended) = self.under_way.join_next() => {
                    let again = self.note(ended);
                    self.begin();
                    if self.is_hungry {
                        return Ok(());
                    }
                    let sooner = Instant::now().checked_add(self.until(again));
                    if let Some(sooner) = sooner.filter(|sooner| *sooner < look_again.deadline()) {
                        look_again.as_mut().reset(sooner);
                    }
                }
                changed = self.changes.changed() => return changed.map_err(|_| Stopping),
                () = &mut look_again => return self.forget_those_gone().await,
            }
        }
    }

    /// How long until then. What is due already and was not lent is in other hands, or waits for its target.
    fn until(&self, next: Option<Timestamp>) -> Duration {
        let wait = next.and_then(|next| (next - self.office.clock.now()).to_std().ok());
        wait.filter(|wait| !wait.is_zero()).unwrap_or(Duration::MAX)
    }

    /// Answers when it is tried again. A panic of an attempt goes on here.
    fn note(&mut self, ended: Result<Ended, JoinError>) -> Option<Timestamp> {
        let Ended { place, channel, trouble, next } = match ended {
            Ok(ended) => ended,
            Err(failed) => match failed.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => return None,
            },
        };
        self.load.end(&place);
        match trouble {
            Some(trouble) => self.troubles.insert(channel, trouble),
            None => self.troubles.remove(&channel),
        };
        metrics::deliveries_under_way(self.load.under_way());
        self.say();
        next
    }

    /// A channel that is no more has no trouble.
    async fn forget_those_gone(&mut self) -> Result<(), Stopping> {
        if self.troubles.is_empty() {
            return Ok(());
        }
        let channels = self.store().until_done(|| self.office.channels.channels()).await.ok_or(Stopping)?;
        let is_used = |name: &String| channels.iter().any(|one| one.name == *name && one.disabled.is_none());
        self.troubles.retain(|name, _| is_used(name));
        Ok(())
    }

    fn say(&self) {
        match self.troubles.first_key_value() {
            None => self.health.ok("delivering"),
            Some((channel, trouble)) => {
                let others = self.troubles.len() - 1;
                let others = if others == 0 { String::new() } else { format!("; and {others} more") };
                self.health.degraded(format!("channel {channel} takes no messages: {trouble}{others}"));
            }
        }
    }

    fn store(&self) -> Retry<'_> {
        Retry::new("deliveries", Some(&self.health), &self.shutdown)
    }
}
