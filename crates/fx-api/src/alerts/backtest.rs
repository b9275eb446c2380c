//! `POST /alerts/backtest`: which episodes a rule would have had. Saves nothing.

mod body;
mod series;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::TimeDelta;
use fx_domain::alert::backtest::{Outcome, begins_at};
use fx_domain::alert::{Condition, FeedRank, Pairs, Rule};
use fx_domain::feed::{FeedKind, Market, Source};
use fx_domain::pair::Pair;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::{ThreadPool, ThreadPoolBuilder};
use salvo::oapi::{ToSchema, endpoint};
use salvo::writing::Json;
use salvo::{Request, Writer};
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::bodies::TriedAlert;
use crate::body::json_body;
use crate::context::Api;
use crate::notation::PairCode;
use crate::problem::Problem;
use crate::query::{NoParameters, Query};
use body::Wanted;
use series::{Feed, Reading};

/// How many run at once; each takes every thread that there is for them.
const AT_ONCE: usize = 2;

/// The threads that backtests run on, made when there is a first one: they wait for the history, which nobody else should.
pub(crate) struct Backtests {
    permits: Semaphore,
    threads: tokio::sync::OnceCell<Arc<ThreadPool>>,
}

impl Default for Backtests {
    fn default() -> Self {
        Self { permits: Semaphore::new(AT_ONCE), threads: tokio::sync::OnceCell::new() }
    }
}

impl Backtests {
    async fn threads(&self) -> Result<Arc<ThreadPool>, Problem> {
        let make = async || ThreadPoolBuilder::new().thread_name(|at| format!("backtest-{at}")).build().map(Arc::new);
        self.threads.get_or_try_init(make).await.cloned().map_err(|error| Problem::internal(&error))
    }
}

/// What a rule would have found.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Backtest"))]
pub(crate) struct BacktestView {
    /// By the time of their firing.
    episodes: Vec<EpisodeView>,
    /// How many rates were read, suspect ones included.
    updates_read: u64,
    /// How often it would have fired in an average month.
    per_month: f64,
    /// The seconds in which an episode was open, of all pairs together.
    firing_s: f64,
}

/// An episode, in source time.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Episode"))]
struct EpisodeView {
    #[salvo(schema(value_type = PairCode))]
    pair: String,
    #[salvo(schema(format = "date-time"))]
    fired_at: String,
    /// Null where it was open to the end.
    #[salvo(schema(format = "date-time"))]
    cleared_at: Option<String>,
    /// The rate at the firing.
    value: f64,
    /// The figure that was compared at the firing, where that is not the rate.
    measured: Option<f64>,
    /// The rate that was furthest.
    extreme: f64,
}

/// Runs a rule over the history through the machine that watches live.
#[endpoint(
    tags("alerts"),
    request_body(content = TriedAlert, description = "As for POST /alerts, with `from` and `to`.", content_type = "application/json")
)]
pub(crate) async fn backtest_alert(
    api: Api,
    _query: Query<NoParameters>,
    req: &mut Request,
) -> Result<Json<BacktestView>, Problem> {
    let wanted = Wanted::read(&json_body(req).await?, api.context.clock.now())?;
    let Ok(_permit) = api.backtests.permits.try_acquire() else {
        return Err(Problem::unavailable(format!("{AT_ONCE} backtests are running, the most at once")));
    };
    let feeds = ranks(&api);
    let series = series_of(&api, &wanted.rule).await?;
    let stop = CancellationToken::new();
    // Where nobody waits for it any more, it ends.
    let _guard = stop.clone().drop_guard();
    let reading = Reading::new(&api.context.rates, begins_at(&wanted.rule, &feeds, wanted.from), wanted.to, stop);
    let threads = api.backtests.threads().await?;
    let work = move || {
        let one =
            |(pair, sources): (Pair, Vec<Feed>)| reading.backtest(&wanted.rule, pair, &feeds, wanted.from, sources);
        let together = |mut all: Outcome, one: Outcome| {
            all.extend(one);
            all
        };
        let outcome = threads.install(|| series.into_par_iter().map(one).reduce(Outcome::default, together));
        reading.failed().map_or(Ok(outcome), Err)
    };
    let outcome = tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))??;
    Ok(Json(outcome.into()))
}

/// The configured feeds, as they are believed.
fn ranks(api: &Api) -> Vec<FeedRank> {
    let rank = |plan: &fx_config::FeedPlan| FeedRank {
        source: plan.name.clone(),
        stale_after: TimeDelta::from_std(plan.stale_after).unwrap_or(TimeDelta::MAX),
    };
    api.context.feeds.iter().map(rank).collect()
}

/// What there is of the rule's pairs: for each, the feeds that have rates of it.
async fn series_of(api: &Api, rule: &Rule) -> Result<BTreeMap<Pair, Vec<Feed>>, Problem> {
    let told = api.latest.feeds().await;
    let ways = |source: &Source| {
        let plan = api.context.feeds.iter().find(|plan| plan.name == *source).map(|plan| (plan.kind, plan.market));
        let told = || told.iter().find(|feed| feed.source == *source).map(|feed| (feed.kind, feed.market));
        plan.or_else(told).unwrap_or((FeedKind::Table, Market::Spot))
    };
    let mut series: BTreeMap<Pair, Vec<Feed>> = BTreeMap::new();
    for latest in api.latest.rates().await?.iter() {
        let Some(record) = &latest.accepted else { continue };
        let pair = record.rate.pair;
        if watches(&rule.pairs, pair) && goes_by(rule, &record.source) {
            let (kind, market) = ways(&record.source);
            series.entry(pair).or_default().push(Feed { source: record.source.clone(), kind, market });
        }
    }
    Ok(series)
}

fn watches(pairs: &Pairs, oriented: Pair) -> bool {
    pairs.watched(oriented).next().is_some()
}

fn goes_by(rule: &Rule, source: &Source) -> bool {
    match &rule.condition {
        Condition::Divergence { sources, .. } => sources.contains(source),
        _ => rule.source.as_ref().is_none_or(|named| named == source),
    }
}

impl From<Outcome> for BacktestView {
    fn from(outcome: Outcome) -> Self {
        let per_month = outcome.per_month();
        let firing_s = outcome.firing.as_seconds_f64();
        let text = |at: fx_domain::clock::Timestamp| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let episodes = outcome.episodes.into_iter().map(|episode| EpisodeView {
            pair: episode.pair.to_string(),
            fired_at: text(episode.fired_at),
            cleared_at: episode.cleared_at.map(text),
            value: episode.value,
            measured: episode.measured,
            extreme: episode.extreme,
        });
        Self { episodes: episodes.collect(), updates_read: outcome.updates_read, per_month, firing_s }
    }
}
