//! A backtest over a recording: as a replay into an empty service would have been watched.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use fx_config::Settings;
use fx_consumer::enrich;
use fx_domain::alert::backtest::{Outcome, backtest};
use fx_domain::alert::{KnownRate, Rule};
use fx_domain::clock::{Clock, SystemClock, Timestamp};
use fx_domain::enrich::Enricher;
use fx_domain::pair::Pair;
use fx_domain::rate::EnrichedBatch;
use fx_producer::replay::{Batches, ReplayError, ReplayOptions, Speed};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde_json::{Value, json};

use crate::cli::BacktestArgs;
use crate::progress::Steps;

/// The rates of each pair, each at its log time.
type Series = BTreeMap<Pair, Vec<(Timestamp, KnownRate)>>;

/// In the shape of the service's answer.
pub(super) fn backtest_over(rule: &Rule, file: &Path, args: &BacktestArgs) -> Result<Value> {
    let settings = Settings::load(args.config.path())?;
    let series = read(rule, open(file, args, &settings)?, args.to, &settings)?;
    let from = args.from.unwrap_or(Timestamp::UNIX_EPOCH);
    // The only feed is the best one.
    let one = |(pair, rates): (Pair, Vec<_>)| backtest(rule, pair, &[], from, rates);
    let outcome = series.into_par_iter().map(one).reduce(Outcome::default, |mut all, one| {
        all.extend(one);
        all
    });
    let mut document = serde_json::to_value(&outcome)?;
    document["per_month"] = json!(outcome.per_month());
    document["firing_s"] = json!(outcome.firing.as_seconds_f64());
    Ok(document)
}

fn open(file: &Path, args: &BacktestArgs, settings: &Settings) -> Result<Batches, ReplayError> {
    let now = SystemClock.now();
    let (file, ask_file) = (file.to_owned(), args.replay_ask.clone());
    let options = ReplayOptions { file, ask_file, pair: args.pair, speed: Speed::Max };
    match Batches::open(options.clone(), settings.currencies.all(), now) {
        // There the pair only says what is watched.
        Err(ReplayError::PairUseless) => {
            Batches::open(ReplayOptions { pair: None, ..options }, settings.currencies.all(), now)
        }
        opened => opened,
    }
}

/// Every rate before `to` that the rule watches.
fn read(rule: &Rule, batches: Batches, to: Option<Timestamp>, settings: &Settings) -> Result<Series> {
    let mut enricher = Enricher::new(enrich::Settings::of(settings).enrich);
    let mut series = Series::new();
    let mut steps = Steps::new(batches.total, "records");
    for batch in batches {
        if let Some(batch) = batch? {
            for enriched in enricher.enrich(&batch, batch.fetched_at) {
                add(&mut series, rule, enriched, to);
            }
        }
        steps.step();
    }
    steps.finish();
    Ok(series)
}

fn add(series: &mut Series, rule: &Rule, batch: EnrichedBatch, to: Option<Timestamp>) {
    if to.is_some_and(|to| batch.source_ts >= to) {
        return;
    }
    let (kind, market) = (batch.kind, batch.market);
    for record in batch.into_records().filter(|record| rule.pairs.watched(record.rate.pair).next().is_some()) {
        let rate = KnownRate::of(&record, kind, market);
        series.entry(rate.pair).or_default().push((rate.fetched_at, rate));
    }
}
