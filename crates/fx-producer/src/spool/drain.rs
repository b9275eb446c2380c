//! The other end of the spools, which hands the batches to the log.
//!
//! One chunk is under way at a time, so that nothing can overtake. It comes from the feeds while nothing is on disk, and
//! from the disk otherwise; whatever the feeds bring meanwhile then goes to the end of the disk.

mod keeping;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fx_service::HealthHandle;
use fx_stream::{Log, Message, Record, StreamError};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::room::Rooms;
use super::under_way::{Newest, UnderWay};
use super::{Disk, Fallback, Trouble, publish};
use crate::metrics;

/// As many go into the log at once.
const CHUNK: usize = 256;
/// When a disk that failed is tried again.
const DISK_AGAIN: Duration = Duration::from_secs(1);

/// Hands batch after batch to the log, one chunk after the other.
pub(crate) struct Drain {
    log: Arc<dyn Log>,
    disk: Option<Disk>,
    health: Option<HealthHandle>,
    receiver: mpsc::Receiver<Record>,
    rooms: Arc<Rooms>,
    trouble: Trouble,
    shutdown: CancellationToken,
    under_way: Option<UnderWay>,
    /// Taken from the feeds, and neither under way nor on disk.
    held: Vec<Record>,
    /// Up to which offset on disk the log has each source already.
    delivered: BTreeMap<String, u64>,
    /// Whether a feed may still put something.
    is_open: bool,
    has_answered: bool,
    /// Stopping with a log that takes nothing: everything goes to disk.
    gives_up: bool,
    disk_failures: u32,
    disk_again: Instant,
}

enum Event {
    Answered(Result<Newest, StreamError>),
    Late,
    Keep,
    Taken(usize),
}

impl Drain {
    pub(super) fn new(
        log: Arc<dyn Log>,
        fallback: Option<Fallback>,
        receiver: mpsc::Receiver<Record>,
        rooms: Arc<Rooms>,
        trouble: Trouble,
        shutdown: CancellationToken,
    ) -> Self {
        let (disk, health) = fallback.map(|fallback| (fallback.disk, fallback.health)).unzip();
        Self {
            log,
            disk,
            health,
            receiver,
            rooms,
            trouble,
            shutdown,
            under_way: None,
            held: Vec::with_capacity(CHUNK),
            delivered: BTreeMap::new(),
            is_open: true,
            has_answered: false,
            gives_up: false,
            disk_failures: 0,
            disk_again: Instant::now(),
        }
    }

    /// Hands over batch after batch, until the feeds have ended and all is handed over or on disk.
    pub(crate) async fn run(mut self) {
        if let Err(error) = self.recall().await {
            tracing::error!(%error, "the spool on disk cannot be read, its batches wait for the next start");
            self.disk = None;
        }
        while !self.is_over() {
            if self.under_way.is_none() {
                self.begin().await;
            }
            if self.is_over() {
                break;
            }
            match self.next_event().await {
                Event::Answered(answer) => self.answered(answer).await,
                Event::Late => self.note_late(),
                Event::Keep => self.keep().await,
                Event::Taken(0) => self.is_open = false,
                Event::Taken(_) => {}
            }
            self.tell();
        }
    }

    /// What an earlier life has left comes first, but for what the log has already.
    async fn recall(&mut self) -> Result<(), StreamError> {
        let Some(disk) = &mut self.disk else { return Ok(()) };
        let (mut sources, mut batches) = (BTreeSet::new(), 0_u64);
        disk.each(|message| {
            self.rooms.take_anyway(&message.record);
            sources.extend(message.record.key.clone());
            batches += 1;
        })
        .await?;
        if batches > 0 {
            tracing::info!(batches, "batches of an earlier run wait on disk for the log");
        }
        let kept = (!disk.is_empty()).then_some(0);
        self.under_way = Some(UnderWay::ask(Arc::clone(&self.log), sources, kept, Arc::clone(&self.trouble)));
        Ok(())
    }

    fn is_over(&self) -> bool {
        let is_safe = self.under_way.as_ref().is_none_or(|under_way| under_way.kept.is_some() || under_way.is_idle());
        !self.is_open && self.held.is_empty() && is_safe
    }

    async fn begin(&mut self) {
        match &mut self.disk {
            Some(_) if self.gives_up => {}
            Some(disk) if !disk.is_empty() => {
                if self.is_open {
                    self.begin_from_disk().await;
                }
            }
            _ if self.held.is_empty() => {}
            _ => {
                let records = std::mem::replace(&mut self.held, Vec::with_capacity(CHUNK));
                self.under_way = Some(self.publish(records, None));
            }
        }
    }

    async fn begin_from_disk(&mut self) {
        let Some(disk) = &mut self.disk else { return };
        let busy = self.health.as_ref().map(HealthHandle::busy);
        match disk.read().await {
            Ok(messages) => {
                let end = messages.last().map(|last| last.offset + 1);
                let records = self.not_delivered(messages);
                self.under_way = Some(self.publish(records, end));
            }
            Err(error) => {
                tracing::error!(%error, "the spool on disk cannot be read");
                drop(busy);
                tokio::time::sleep(DISK_AGAIN).await;
            }
        }
    }

    fn not_delivered(&self, messages: Vec<Message>) -> Vec<Record> {
        let is_there = |message: &Message| {
            let until = message.record.key.as_ref().and_then(|key| self.delivered.get(key));
            until.is_some_and(|until| message.offset <= *until)
        };
        let (there, rest): (Vec<_>, Vec<_>) = messages.into_iter().partition(is_there);
        for message in there {
            self.rooms.give_back(&message.record);
        }
        rest.into_iter().map(|message| message.record).collect()
    }

    fn publish(&self, records: Vec<Record>, kept: Option<u64>) -> UnderWay {
        let (log, shutdown, trouble) = (Arc::clone(&self.log), self.shutdown.clone(), Arc::clone(&self.trouble));
        let wanted = records.clone();
        UnderWay::publish(records, kept, async move {
            if wanted.is_empty() {
                return Ok(());
            }
            publish(&*log, wanted, &shutdown, |error| *trouble.lock() = Some(error.to_string())).await
        })
    }

    async fn next_event(&mut self) -> Event {
        let (late_at, keep_at) = (self.late_at(), self.keep_at());
        let takes = self.is_open && self.held.is_empty();
        tokio::select! {
            biased;
            answer = UnderWay::answer(&mut self.under_way) => Event::Answered(answer),
            () = at(late_at) => Event::Late,
            () = at(keep_at) => Event::Keep,
            count = self.receiver.recv_many(&mut self.held, CHUNK), if takes => Event::Taken(count),
        }
    }

    async fn answered(&mut self, answer: Result<Newest, StreamError>) {
        let Some(under_way) = self.under_way.take() else { return };
        match answer {
            Ok(newest) => self.taken(under_way, newest).await,
            // It gives up only while stopping.
            Err(error) if self.disk.is_some() => {
                tracing::warn!(%error, "stopping with batches that the log did not take, they wait on disk");
                self.gives_up = true;
                if under_way.kept.is_none() {
                    self.held.splice(0..0, under_way.records);
                }
            }
            Err(error) => {
                tracing::error!(%error, "stopping with batches that the log did not take");
                self.drop_all(under_way.records);
            }
        }
    }

    async fn taken(&mut self, under_way: UnderWay, newest: Newest) {
        self.has_answered = true;
        *self.trouble.lock() = None;
        let mut counts = BTreeMap::new();
        for source in under_way.records.iter().filter_map(|record| self.rooms.give_back(record)) {
            *counts.entry(source).or_insert(0) += 1;
        }
        for (source, count) in counts {
            metrics::published(source, count);
        }
        let Some(disk) = &mut self.disk else { return };
        let noted = match under_way.kept {
            Some(offset) if offset > 0 => disk.consumed(offset).await,
            _ if newest.is_empty() => Ok(()),
            _ => disk.delivered(&newest).await.map(|delivered| self.delivered = delivered),
        };
        if let Err(error) = noted {
            tracing::error!(%error, "the spool on disk cannot note what the log has");
        }
    }

    fn tell(&self) {
        if let Some(disk) = &self.disk {
            metrics::on_disk(disk.batches());
        }
        let Some(health) = &self.health else { return };
        let mut trouble = self.trouble.lock();
        if let (Some(known), Some(newer)) = (trouble.as_mut(), self.log.trouble()) {
            *known = newer;
        }
        match trouble.as_ref() {
            Some(trouble) if self.has_answered => {
                health.degraded(format!("batches wait on disk, the log does not take them: {trouble}"));
            }
            Some(trouble) => health.down(format!("the log has not answered yet, batches wait on disk: {trouble}")),
            None if !self.has_answered => {}
            None if self.disk.as_ref().is_some_and(|disk| !disk.is_empty()) => {
                health.degraded("what waited on disk goes to the log first");
            }
            None => health.ok("the log takes every batch"),
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
