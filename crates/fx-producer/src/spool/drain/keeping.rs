//! What the log does not take in time goes to disk.

use std::time::Duration;

use fx_service::HealthHandle;
use fx_stream::{Record, StreamError};
use tokio::time::Instant;

use super::{DISK_AGAIN, Drain};
use crate::metrics;
use crate::spool::under_way::UnderWay;

/// So long may the log take before what waits for it goes to disk.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a disk that takes nothing is tried while stopping.
const LAST_TRIES: u32 = 3;

impl Drain {
    /// When what is under way has taken too long.
    pub(super) fn late_at(&self) -> Option<Instant> {
        self.under_way.as_ref().filter(|under_way| !under_way.is_late).map(|under_way| under_way.begun + PATIENCE)
    }

    /// Notes that it has.
    pub(super) fn note_late(&mut self) {
        if let Some(under_way) = &mut self.under_way {
            under_way.is_late = true;
            self.trouble.lock().get_or_insert_with(|| "no answer".to_owned());
        }
    }

    /// When what is held or under way is to go to disk: as soon as it takes anything, or not yet.
    pub(super) fn keep_at(&self) -> Option<Instant> {
        let is_last = self.disk.as_ref()?.is_empty();
        let is_due = self.under_way.as_ref().is_none_or(|under_way| under_way.is_late || !is_last);
        let is_unkept = |under_way: &UnderWay| under_way.kept.is_none() && !under_way.is_idle();
        let is_any = !self.held.is_empty() || self.under_way.as_ref().is_some_and(is_unkept);
        (is_due && is_any).then_some(self.disk_again)
    }

    /// Puts what is under way and what is held on disk, in their order.
    pub(super) async fn keep(&mut self) {
        let Some(disk) = &mut self.disk else { return };
        let _busy = self.health.as_ref().map(HealthHandle::busy);
        let unkept = self.under_way.as_mut().filter(|under_way| under_way.kept.is_none());
        let first = unkept.as_ref().map_or(&[][..], |under_way| &under_way.records);
        let first_count = first.len() as u64;
        let records: Vec<Record> = first.iter().chain(&self.held).cloned().collect();
        let count = records.len() as u64;
        match disk.append(records).await {
            Ok(end) => {
                self.disk_failures = 0;
                self.held.clear();
                if let Some(under_way) = unkept {
                    let after = end - count + first_count;
                    under_way.kept = Some(after);
                    if let Err(error) = disk.skip_to(after).await {
                        tracing::error!(%error, "the spool on disk cannot be read");
                    }
                }
            }
            Err(error) => self.not_kept(&error),
        }
    }

    fn not_kept(&mut self, error: &StreamError) {
        self.disk_failures += 1;
        self.disk_again = Instant::now() + DISK_AGAIN;
        tracing::error!(%error, "the spool on disk takes nothing, trying again");
        *self.trouble.lock() = Some(format!("the spool on disk takes nothing: {error}"));
        if !self.is_open && self.disk_failures >= LAST_TRIES {
            let held = std::mem::take(&mut self.held);
            let under_way = self.under_way.take_if(|under_way| under_way.kept.is_none());
            self.drop_all(held.into_iter().chain(under_way.into_iter().flat_map(|under_way| under_way.records)));
        }
    }

    pub(super) fn drop_all(&self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            if let Some(source) = self.rooms.give_back(&record) {
                metrics::dropped(source, "stopping", 1);
            }
        }
    }
}
