//! The same rules on recorded rates: live as they come, replayed from the log by an engine that is killed in between, and
//! backtested without either. All find the same episodes.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use flate2::read::GzDecoder;
use fx_domain::alert::backtest::{self, backtest};
use fx_domain::alert::{FeedRank, KnownRate, Pairs, Rule, Transition};
use fx_domain::batch::{Batch, Price, Quote};
use fx_domain::calendar::ecb_publication;
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::enrich::{EnrichSettings, Enricher};
use fx_domain::feed::{FeedKind, Market};
use fx_domain::pair::Pair;
use fx_domain::rate::EnrichedBatch;

use super::faulty::Faulty;
use super::fixture::{Fixture, source};

const ECB: [&str; 9] = [
    r#"{"pair":"EURUSD","condition":"above","threshold":1.2,"clear_threshold":1.15}"#,
    r#"{"pair":"EURUSD","condition":"crosses","threshold":1.1,"cooldown":"30d"}"#,
    r#"{"pair":"EURGBP","condition":{"kind":"change_pct","percent":3,"window":"7d"},"clear_threshold":1}"#,
    r#"{"pair":"USDJPY","condition":{"kind":"change_abs","delta":5,"window":"14d","direction":"down"},"rebase_on_fire":true}"#,
    r#"{"pair":"JPYUSD","condition":{"kind":"zscore","updates":60,"threshold":3},"for":"1d"}"#,
    r#"{"pair":"GBPUSD","condition":{"kind":"volatility_above","measure":"ewma_vol","threshold":0.12}}"#,
    r#"{"pair":"EURUSD","condition":{"kind":"enters_channel","low":1.05,"high":1.15},"min_updates":3}"#,
    r#"{"pair":"EURJPY","condition":{"kind":"leaves_channel","low":110,"high":150}}"#,
    r#"{"pair":"EURUSD","condition":{"kind":"stale","factor":1.03}}"#,
];

const BARS: [&str; 7] = [
    r#"{"pair":"GBPUSD","condition":"crosses_up","threshold":1.58}"#,
    r#"{"pair":"USDGBP","condition":"below","threshold":0.63,"for":"10m","clear_threshold":0.631}"#,
    r#"{"pair":"GBPUSD","condition":{"kind":"change_pct","percent":0.3,"window":"1h","direction":"up"},"rebase_on_fire":true}"#,
    r#"{"pair":"GBPUSD","condition":{"kind":"change_abs","delta":0.01,"window":"1d"},"clear_threshold":0.005}"#,
    r#"{"pair":"GBPUSD","condition":{"kind":"zscore","updates":120,"threshold":4},"min_updates":2}"#,
    r#"{"pair":"GBPUSD","condition":{"kind":"volatility_above","measure":"realized_vol","threshold":0.15}}"#,
    r#"{"pair":"GBPUSD","condition":{"kind":"stale","factor":1.5}}"#,
];

#[expect(clippy::print_stderr, reason = "a test that skips says so")]
fn recorded(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: recorded data {} is not here", path.display());
    None
}

fn quote(code: &str, figure: &str) -> Quote {
    Quote { code: code.parse().expect("a currency"), price: Price::Mid(figure.parse().expect("a figure")) }
}

fn batch(feed: &str, (kind, market): (FeedKind, Market), base: &str, at: Timestamp, quotes: Vec<Quote>) -> Batch {
    let base: Currency = base.parse().expect("a currency");
    Batch {
        source: source(feed),
        kind,
        market,
        base,
        source_ts: at,
        fetched_at: at,
        quotes,
        publishes: vec![],
        status: None,
    }
}

/// The reference rates of four currencies, the oldest first.
fn ecb() -> Option<Vec<Batch>> {
    let file = File::open(recorded("daily/ecb-eurofxref-hist.zip")?).expect("it can be read");
    let mut archive = zip::ZipArchive::new(file).expect("a zip");
    let mut text = String::new();
    archive.by_index(0).expect("one file").read_to_string(&mut text).expect("text");
    let mut lines = text.lines();
    let codes: Vec<&str> = lines.next().expect("a header").split(',').skip(1).collect();
    let day = |line: &str| {
        let mut cells = line.split(',');
        let date = cells.next().expect("a date").parse().expect("a date");
        let wanted = codes.iter().zip(cells).filter(|(code, _)| ["USD", "GBP", "JPY"].contains(code));
        let quotes = wanted.map(|(code, figure)| quote(code, figure)).collect();
        batch("ecb", (FeedKind::Table, Market::Target), "EUR", ecb_publication(date), quotes)
    };
    let mut days: Vec<Batch> = lines.map(day).collect();
    days.reverse();
    Some(days)
}

/// The closes of a month's minutes.
fn bars() -> Option<Vec<Batch>> {
    let file = File::open(recorded("bars/fxcm-gbpusd-m1-bid-2012-02.csv.gz")?).expect("it can be read");
    let mut text = String::new();
    GzDecoder::new(file).read_to_string(&mut text).expect("text");
    let minute = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let at = cells[0].replace(' ', "T").parse::<Timestamp>().expect("a time") + TimeDelta::minutes(1);
        batch("bars", (FeedKind::Stream, Market::Spot), "GBP", at, vec![quote("USD", cells[4])])
    };
    Some(text.lines().skip(1).map(minute).collect())
}

fn enriched(batches: &[Batch]) -> Vec<EnrichedBatch> {
    let mut enricher = Enricher::new(EnrichSettings::default());
    batches.iter().flat_map(|batch| enricher.enrich(batch, batch.fetched_at)).collect()
}

async fn prepared(rules: &[&str]) -> Fixture {
    let fixture = Fixture::new();
    for rule in rules {
        fixture.alert(rule).await;
    }
    fixture
}

/// Pair, firing, end, and the bits of the rate at the firing.
type Episode = (Pair, Timestamp, Option<Timestamp>, u64);

/// What the engine found, rule by rule.
type Found = Vec<Vec<Episode>>;

fn by_rule(fixture: &[Transition], rules: &[&str]) -> Found {
    let mut found: HashMap<String, Vec<Episode>> = HashMap::new();
    for it in fixture {
        let is_stale = it.kind == Some(fx_domain::alert::Kind::Stale);
        let moment = if is_stale { it.at } else { it.source_ts };
        let episodes = found.entry(it.alert_name.clone()).or_default();
        if it.opens_episode() {
            episodes.push((it.pair, moment, None, it.value.to_bits()));
        } else if it.closes_episode() {
            episodes.last_mut().expect("one is open").2 = Some(moment);
        }
    }
    rules.iter().map(|json| found.remove(&rule(json).name).unwrap_or_default()).collect()
}

fn rule(json: &str) -> Rule {
    Rule::from_json(json.as_bytes()).expect("a rule")
}

fn backtested(batches: &[EnrichedBatch], rules: &[&str], feeds: &[FeedRank]) -> Found {
    let of = |json: &&str| {
        let rule = rule(json);
        let Pairs::Named(pairs) = &rule.pairs else { unreachable!("all name theirs") };
        let oriented = pairs[0].orient();
        let rates = batches.iter().flat_map(|batch| {
            let (kind, market) = (batch.kind, batch.market);
            let records = batch.clone().into_records().filter(|record| record.rate.pair == oriented);
            records.map(move |record| (record.fetched_at, KnownRate::of(&record, kind, market))).collect::<Vec<_>>()
        });
        let shown = |it: backtest::Episode| (it.pair, it.fired_at, it.cleared_at, it.value.to_bits());
        let outcome = backtest(&rule, oriented, feeds, batches[0].source_ts, rates);
        outcome.episodes.into_iter().map(shown).collect()
    };
    rules.iter().map(of).collect()
}

async fn all_find_the_same(batches: Option<Vec<Batch>>, rules: &[&str], feed: FeedRank) {
    let Some(batches) = batches.map(|batches| enriched(&batches)) else { return };
    let feeds = [feed];
    let expected = backtested(&batches, rules, &feeds);
    for (rule, episodes) in rules.iter().zip(&expected) {
        assert!(!episodes.is_empty(), "{rule} never fires");
    }

    let live = prepared(rules).await;
    let engine = live.start_ranked(Arc::new(live.store.clone()), feeds.to_vec(), 256);
    for some in batches.chunks(1000) {
        live.publish(some).await;
        live.no_lag().await;
    }
    live.done().await;
    engine.stop().await;
    assert_eq!(by_rule(&live.history().await, rules), expected, "live");

    let replayed = prepared(rules).await;
    replayed.publish(&batches).await;
    for dies_after in [3, 9, 20] {
        let store = Faulty::new(replayed.store.clone(), dies_after, dies_after % 2 == 0);
        let engine = replayed.start_ranked(store.clone(), feeds.to_vec(), 200);
        tokio::select! {
            () = store.dead.notified() => {}
            () = replayed.done() => {}
        }
        engine.kill().await;
    }
    let engine = replayed.start_ranked(Arc::new(replayed.store.clone()), feeds.to_vec(), 256);
    replayed.done().await;
    engine.stop().await;
    assert_eq!(by_rule(&replayed.history().await, rules), expected, "replayed");
}

#[tokio::test]
async fn the_ecbs_history_gives_the_same_episodes_everywhere() {
    let feed = FeedRank { source: source("ecb"), stale_after: TimeDelta::days(2) };
    all_find_the_same(ecb(), &ECB, feed).await;
}

#[tokio::test]
async fn a_month_of_minutes_gives_the_same_episodes_everywhere() {
    let feed = FeedRank { source: source("bars"), stale_after: TimeDelta::minutes(5) };
    all_find_the_same(bars(), &BARS, feed).await;
}
