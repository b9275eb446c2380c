//! The rate of a day before, which `change_24h_pct` compares with.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use fx_cache::Latest;
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::RateRecord;
use fx_store::rates::{Moment, RateStore};
use parking_lot::Mutex;

use crate::problem::Problem;

const DAY: TimeDelta = TimeDelta::days(1);

/// Mids of a day before, by the rates they are compared with.
pub(super) struct References {
    store: Arc<dyn RateStore>,
    found: Mutex<HashMap<(Source, Pair), Found>>,
}

struct Found {
    /// The source time of the rate that is compared.
    of: Timestamp,
    day_before: f64,
}

impl References {
    pub(super) fn new(store: Arc<dyn RateStore>) -> Self {
        Self { store, found: Mutex::default() }
    }

    /// For each, the accepted mid of the same feed at or before a day before its source time; `None` where there is none,
    /// or where the history has not caught up so far.
    pub(super) async fn of(&self, latest: &[Latest]) -> Result<Vec<Option<f64>>, Problem> {
        let mut mids = self.known(latest);
        let open: Vec<(usize, &RateRecord)> = latest
            .iter()
            .enumerate()
            .filter(|&(i, _)| mids[i].is_none())
            .filter_map(|(i, latest)| Some((i, latest.accepted.as_ref()?)))
            .collect();
        if open.is_empty() {
            return Ok(mids);
        }
        // Two moments each: the day before, and the rate itself, by which one sees how far the history has come.
        let moments = open.iter().flat_map(|(_, record)| [moment(record, DAY), moment(record, TimeDelta::zero())]);
        let stored = self.store.at_or_before(moments.collect()).await?;
        let mut found = self.found.lock();
        for ((i, record), stored) in open.into_iter().zip(stored.chunks_exact(2)) {
            let [Some(day_before), Some(newest)] = stored else { continue };
            if newest.source_ts >= record.source_ts - DAY {
                let day_before = day_before.rate.sides.mid;
                mids[i] = Some(day_before);
                found.insert(key(record), Found { of: record.source_ts, day_before });
            }
        }
        Ok(mids)
    }

    /// Those that were found before.
    pub(super) fn known(&self, latest: &[Latest]) -> Vec<Option<f64>> {
        let found = self.found.lock();
        let known = |latest: &Latest| {
            let record = latest.accepted.as_ref()?;
            let found = found.get(&key(record)).filter(|found| found.of == record.source_ts)?;
            Some(found.day_before)
        };
        latest.iter().map(known).collect()
    }
}

fn key(record: &RateRecord) -> (Source, Pair) {
    (record.source.clone(), record.rate.pair)
}

fn moment(record: &RateRecord, before: TimeDelta) -> Moment {
    Moment { source: record.source.clone(), pair: record.rate.pair, at: record.source_ts - before }
}
