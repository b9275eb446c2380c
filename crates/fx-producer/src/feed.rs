//! What every live feed has: its door, its spool, and what it tells of itself.

use std::sync::Arc;

use fx_config::FeedPlan;
use fx_domain::batch::Batch;
use fx_domain::clock::{Clock, Timestamp};
use fx_domain::currency::Currency;
use fx_domain::door::{Answer, Door, Refusal};
use fx_domain::feed::{FeedState, FeedStatus};
use fx_domain::pair::Pair;
use fx_service::HealthHandle;
use fx_service::trace::{self, Span};

use crate::metrics;
use crate::spool::Spool;

/// So many failures in a row, and somebody should look.
const DOWN_AFTER: u32 = 5;

const NO_ROOM: &str = "the log takes nothing and the spool is full, quotes are dropped";

/// One live feed.
pub(crate) struct Feed {
    pub(crate) plan: FeedPlan,
    pub(crate) clock: Arc<dyn Clock>,
    door: Door,
    spool: Spool,
    health: HealthHandle,
    status: FeedStatus,
    /// The source time of the newest quotes.
    newest: Option<Timestamp>,
    /// The pairs that a stream has announced.
    publishes: Vec<Pair>,
    failures: u32,
    /// The fetch that is under way.
    fetch: Option<Span>,
    /// Whether the last quotes found no room.
    is_dropping: bool,
}

impl Feed {
    pub(crate) fn new(
        plan: FeedPlan,
        tracked: Vec<Currency>,
        clock: Arc<dyn Clock>,
        spool: Spool,
        health: HealthHandle,
    ) -> Self {
        let door = Door::new(plan.name.clone(), plan.kind, plan.market, tracked);
        let status = FeedStatus::new(FeedState::Waiting);
        Self {
            plan,
            clock,
            door,
            spool,
            health,
            status,
            newest: None,
            publishes: Vec::new(),
            failures: 0,
            fetch: None,
            is_dropping: false,
        }
    }

    /// Goes on from what the log holds of the feed; says that it waits, where that is nothing.
    pub(crate) fn resume(&mut self, last_word: Option<Batch>) {
        let Some(batch) = last_word else {
            self.tell();
            return;
        };
        self.came(Some(batch.source_ts).filter(|&at| at > Timestamp::UNIX_EPOCH));
        if let Some(status) = batch.status {
            // Refusals and errors are told since the start.
            self.status = FeedStatus { refused: self.status.refused.clone(), last_error: None, ..status };
        }
        // The next answer of a table may be hours away.
        self.show_health();
    }

    /// Begins a fetch: what is sent until its end is of its trace.
    pub(crate) fn begin_fetch(&mut self) {
        self.fetch = Some(trace::span("fetch", None));
    }

    /// Ends it.
    pub(crate) fn end_fetch(&mut self) {
        self.fetch = None;
    }

    /// Lets the good quotes of an answer in, and counts the others.
    pub(crate) fn admit(&mut self, answer: &Answer) -> Result<Batch, Refusal> {
        let admitted = self.door.admit(answer, self.clock.now())?;
        for refusal in &admitted.refusals {
            tracing::debug!(source = %self.plan.name, reason = refusal.reason.label(), %refusal, "rate refused");
            self.count_refusal(refusal.reason.label());
        }
        metrics::untracked(&self.plan.name, admitted.untracked);
        Ok(admitted.batch)
    }

    pub(crate) fn count_refusal(&mut self, reason: &'static str) {
        metrics::refused(&self.plan.name, reason);
        *self.status.refused.entry(reason.to_owned()).or_default() += 1;
    }

    /// Notes that the provider answered.
    pub(crate) fn answered(&mut self, at: Timestamp) {
        self.failures = 0;
        self.status.state = FeedState::Live;
        self.status.last_polled = Some(at);
        self.status.last_error = None;
    }

    /// Tells which pairs the feed publishes, before the first of them: they are never derived from its others.
    pub(crate) fn announce(&mut self, pairs: &[Pair]) {
        if self.publishes != pairs {
            self.publishes = pairs.to_vec();
            self.tell();
        }
    }

    /// Notes a failure, and says how many there were in a row.
    pub(crate) fn failed(&mut self, error: &str, is_final: bool) -> u32 {
        self.failures = self.failures.saturating_add(1);
        tracing::warn!(source = %self.plan.name, error, failures = self.failures, "feed failed");
        self.status.last_error = Some(error.to_owned());
        // Bundled rates stay what they are until something live has arrived.
        if self.status.state != FeedState::Bundled {
            let is_down = is_final || self.failures >= DOWN_AFTER;
            self.status.state = if is_down { FeedState::Down } else { FeedState::Backoff };
        }
        self.failures
    }

    pub(crate) fn status_mut(&mut self) -> &mut FeedStatus {
        &mut self.status
    }

    pub(crate) fn status(&self) -> &FeedStatus {
        &self.status
    }

    /// The source time of the newest quotes.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    fn came(&mut self, source_ts: Option<Timestamp>) {
        self.newest = self.newest.max(source_ts);
        if let Some(newest) = self.newest {
            metrics::newest(&self.plan.name, self.plan.kind, newest);
        }
    }

    /// Sends quotes on. `false` where the spool was full: they are counted as dropped, and the feed says `down`.
    pub(crate) fn send(&mut self, batch: &Batch) -> bool {
        let sent = self.spool.put(batch, self.fetch.as_ref().map(Span::traceparent)).is_ok();
        if !sent {
            *self.status.refused.entry("spool_full".to_owned()).or_default() += 1;
        }
        if !batch.quotes.is_empty() {
            self.came(Some(batch.source_ts).filter(|_| sent));
            if std::mem::replace(&mut self.is_dropping, !sent) == sent {
                self.show_health();
            }
        }
        sent
    }

    /// The status, which is `down` while quotes are lost, however well the provider answers.
    fn told_status(&self) -> FeedStatus {
        let mut status = self.status.clone();
        if self.is_dropping {
            status.state = FeedState::Down;
            status.last_error = Some(NO_ROOM.to_owned());
        }
        status
    }

    /// Sends the status alone.
    pub(crate) fn tell(&mut self) {
        let batch = Batch {
            source: self.plan.name.clone(),
            kind: self.plan.kind,
            market: self.plan.market,
            base: self.plan.base,
            source_ts: self.newest.unwrap_or(Timestamp::UNIX_EPOCH),
            fetched_at: self.clock.now(),
            quotes: Vec::new(),
            publishes: self.publishes.clone(),
            status: Some(self.told_status()),
        };
        self.send(&batch);
        self.show_health();
    }

    /// A feed that fails never takes the whole service down: the others and the history still answer. One whose quotes are
    /// lost does.
    pub(crate) fn show_health(&self) {
        let trouble = self.spool.trouble().map(|error| format!("the log does not take its batches: {error}"));
        if self.is_dropping {
            return self.health.down(NO_ROOM);
        }
        match (trouble, &self.status.last_error, self.status.state) {
            (Some(trouble), ..) => self.health.degraded(trouble),
            (None, Some(error), _) => self.health.degraded(error.clone()),
            (None, None, FeedState::Live) => self.health.ok("live"),
            (None, None, _) => self.health.degraded("nothing live has arrived yet"),
        }
    }
}
