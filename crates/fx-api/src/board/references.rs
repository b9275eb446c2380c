//! The rate of a day before, which `change_24h_pct` compares with.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fx_cache::Latest;
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::RateRecord;
use fx_store::rates::{Moment, RateStore};
use parking_lot::Mutex;

const DAY: TimeDelta = TimeDelta::days(1);

/// After a failure the history is left alone for so long.
const PAUSE: Duration = Duration::from_secs(5);

/// Mids of a day before, by the rates they are compared with.
pub(super) struct References {
    store: Arc<dyn RateStore>,
    found: Mutex<HashMap<(Source, Pair), Found>>,
    failed_at: Mutex<Option<Instant>>,
}

#[derive(Clone, Copy)]
struct Found {
    /// The source time of the rate that is compared.
    of: Timestamp,
    /// `None` where the history has nothing so old.
    day_before: Option<f64>,
}

impl References {
    pub(super) fn new(store: Arc<dyn RateStore>) -> Self {
        Self { store, found: Mutex::default(), failed_at: Mutex::default() }
    }

    /// For each, the accepted mid of the same feed at or before a day before its source time; `None` where there is none,
    /// where the history has not caught up so far, or where it does not answer: rates are shown without it.
    pub(super) async fn of(&self, latest: &[Latest]) -> Vec<Option<f64>> {
        let found = self.found(latest);
        let mut mids: Vec<Option<f64>> = found.iter().map(|found| found.and_then(|found| found.day_before)).collect();
        let open = latest.iter().enumerate().filter(|&(i, _)| found[i].is_none());
        let open: Vec<(usize, &RateRecord)> =
            open.filter_map(|(i, latest)| Some((i, latest.accepted.as_ref()?))).collect();
        for ((i, record), stored) in open.iter().zip(self.look_up(&open).await.chunks_exact(2)) {
            let [day_before, Some(newest)] = stored else { continue };
            if newest.source_ts < record.source_ts - DAY {
                continue;
            }
            let day_before = day_before.as_ref().map(|record| record.rate.sides.mid);
            mids[*i] = day_before;
            self.found.lock().insert(key(record), Found { of: record.source_ts, day_before });
        }
        mids
    }

    /// Those that were found before.
    pub(super) fn known(&self, latest: &[Latest]) -> Vec<Option<f64>> {
        self.found(latest).into_iter().map(|found| found.and_then(|found| found.day_before)).collect()
    }

    fn found(&self, latest: &[Latest]) -> Vec<Option<Found>> {
        let found = self.found.lock();
        let of = |record: &RateRecord| found.get(&key(record)).filter(|found| found.of == record.source_ts).copied();
        latest.iter().map(|latest| latest.accepted.as_ref().and_then(of)).collect()
    }

    /// Two rates each: of the day before, and the newest up to the rate itself, by which one sees how far the history has
    /// come. Nothing at all where the history does not answer.
    async fn look_up(&self, open: &[(usize, &RateRecord)]) -> Vec<Option<RateRecord>> {
        let is_pausing = self.failed_at.lock().is_some_and(|failed_at| failed_at.elapsed() < PAUSE);
        if open.is_empty() || is_pausing {
            return Vec::new();
        }
        let moments = open.iter().flat_map(|(_, record)| [moment(record, DAY), moment(record, TimeDelta::zero())]);
        self.store.at_or_before(moments.collect()).await.unwrap_or_else(|error| {
            tracing::warn!(%error, "rates are shown without their change: the history did not answer");
            *self.failed_at.lock() = Some(Instant::now());
            Vec::new()
        })
    }
}

fn key(record: &RateRecord) -> (Source, Pair) {
    (record.source.clone(), record.rate.pair)
}

fn moment(record: &RateRecord, before: TimeDelta) -> Moment {
    Moment { source: record.source.clone(), pair: record.rate.pair, at: record.source_ts - before }
}
