//! Killed at any point and started again, every episode fires exactly once.

use std::collections::HashSet;
use std::sync::Arc;

use fx_domain::alert::State;
use fx_domain::rate::{EnrichedBatch, Quality};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::faulty::{Down, Faulty};
use super::fixture::{Fixture, eurusd, minute, rate, table};

const RULES: [&str; 17] = [
    r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"clear_threshold":1.08}"#,
    r#"{"pair":"USDEUR","condition":"below","threshold":0.91,"for":"3m","min_updates":2}"#,
    r#"{"pairs":["*"],"condition":{"kind":"crosses","threshold":1.1}}"#,
    r#"{"pair":"EURUSD","condition":"crosses_up","threshold":1.1,"cooldown":"20m"}"#,
    r#"{"pair":"GBPUSD","condition":"crosses_down","threshold":1.1,"source":"ecb"}"#,
    r#"{"pair":"GBPUSD","condition":"above","threshold":1.12,"once":true}"#,
    r#"{"pairs":["EURUSD","GBPUSD"],"condition":{"kind":"below","threshold":1.05},"min_updates":3}"#,
    r#"{"pair":"EURUSD","condition":{"kind":"change_pct","percent":4,"window":"20m","direction":"up"},
        "clear_threshold":1}"#,
    r#"{"pair":"USDEUR","condition":{"kind":"change_abs","delta":0.03,"window":"7m"},"rebase_on_fire":true}"#,
    r#"{"pairs":["*"],"condition":{"kind":"change_pct","percent":3,"window":"10m"},"source":"ecb"}"#,
    r#"{"pairs":["*"],"condition":{"kind":"zscore","updates":10,"threshold":1.5}}"#,
    r#"{"pair":"GBPUSD","condition":{"kind":"zscore","updates":4,"threshold":2},"source":"kraken"}"#,
    r#"{"pairs":["*"],"condition":{"kind":"divergence","sources":["kraken","ecb"],"bp":300},"clear_threshold":100}"#,
    r#"{"pairs":["*"],"condition":{"kind":"stale","factor":1.5},"source":"ecb"}"#,
    r#"{"pair":"EURUSD","condition":{"kind":"leaves_channel","low":1.06,"high":1.12},"repeat_every":"5m"}"#,
    r#"{"pair":"EURUSD","condition":{"kind":"enters_channel","low":1.06,"high":1.12}}"#,
    r#"{"pair":"EURUSD","condition":"above","threshold":1.1,"expires_at":"2026-01-14T14:00:00Z"}"#,
];
const FEEDS: [&str; 2] = ["kraken", "ecb"];

/// Two feeds around the thresholds, with repeated, late, corrected and suspect rates, silences and bare status.
fn batches(random: &mut SmallRng) -> Vec<EnrichedBatch> {
    let mut batches: Vec<EnrichedBatch> = Vec::new();
    let mut now = 0;
    for _ in 0..400 {
        now += random.random_range(0..3);
        let feed = FEEDS[usize::from(now % 60 > 40 || random.random_bool(0.3))];
        let mut figure = || format!("{:.3}", random.random_range(1.03..1.15));
        let mut rates = vec![rate("EURUSD", &figure(), Quality::Ok), rate("GBPUSD", &figure(), Quality::Ok)];
        rates[0].quality = if random.random_bool(0.1) { Quality::Suspect } else { Quality::Ok };
        let mut batch = table(feed, now, rates);
        match random.random_range(0..12) {
            0 => batch.source_ts = minute(now - 7),
            1 => batch.rates.clear(),
            2 => batches.extend(batches.last().cloned()),
            _ => {}
        }
        batches.push(batch);
    }
    batches
}

#[tokio::test]
async fn an_engine_that_is_killed_again_and_again_finds_the_same_episodes() {
    let seed = rand::random();
    let mut random = SmallRng::seed_from_u64(seed);
    let prepared = Fixture::new();
    for rule in RULES {
        prepared.alert(rule).await;
    }
    for some in batches(&mut random).chunks(10) {
        prepared.publish(some).await;
    }
    let folder = prepared.close();

    let undisturbed = Fixture::copy_of(folder.path());
    let engine = undisturbed.start(&FEEDS, 256);
    undisturbed.done().await;
    undisturbed.no_lag().await;
    engine.stop().await;
    let expected = undisturbed.history().await;
    assert!(expected.len() > 100, "seed {seed} gives only {} transitions", expected.len());

    let disturbed = Fixture::copy_of(folder.path());
    let mut kills = 0;
    while !disturbed.is_done().await {
        let store = Faulty::new(disturbed.store.clone(), random.random_range(1..6), random.random_bool(0.5));
        let engine = disturbed.start_with(store.clone(), &FEEDS, random.random_range(1..30));
        tokio::select! {
            () = store.dead.notified() => kills += 1,
            () = disturbed.done() => {}
        }
        engine.kill().await;
    }
    let engine = disturbed.start(&FEEDS, 256);
    disturbed.no_lag().await;
    engine.stop().await;
    assert!(kills > 10, "seed {seed} gives only {kills} kills");
    let found = disturbed.history().await;
    let differ = found.iter().zip(&expected).find(|(found, expected)| found != expected);
    assert_eq!(differ, None, "seed {seed}");
    assert_eq!(found.len(), expected.len(), "seed {seed}");

    let mut fired = HashSet::new();
    for it in expected.iter().filter(|it| it.opens_episode()) {
        assert!(fired.insert(it.episode_id.expect("a firing opens an episode")), "seed {seed}");
    }
    let mut known = HashSet::new();
    let mut events = disturbed.events().await;
    events.retain(|event| known.insert(event.id));
    let differ = events.iter().zip(&expected).find(|(event, expected)| event != expected);
    assert_eq!(differ, None, "seed {seed}");
    assert_eq!(events.len(), expected.len(), "seed {seed}: published at least once, with stable ids, in their order");
}

#[tokio::test]
async fn of_two_engines_on_one_store_only_one_writes() {
    let fixture = Fixture::new();
    let alert = fixture.alert(r#"{"pair":"EURUSD","condition":"crosses","threshold":1.1}"#).await;
    let engines = [fixture.start(&["ecb"], 3), fixture.start(&["ecb"], 2)];
    let figures = ["1.0", "1.2"];
    let batches: Vec<_> = (0..40).map(|at| eurusd(at, figures[usize::try_from(at % 2).expect("small")])).collect();
    fixture.publish(&batches).await;
    fixture.done().await;
    let moves = fixture.moves(alert, 1).await;
    assert_eq!(moves.iter().filter(|&&to| to == State::Firing).count(), 39);
    assert_eq!(moves.len(), 1 + 39 + 38);
    for engine in engines {
        engine.stop().await;
    }
}

#[tokio::test]
async fn a_store_that_is_down_is_waited_for() {
    let fixture = Fixture::new();
    let alert = fixture.alert(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#).await;
    fixture.publish(&[eurusd(0, "1.0"), eurusd(1, "1.2")]).await;
    let store = Arc::new(Down { inner: fixture.store.clone(), failures: 2.into() });
    let engine = fixture.start_with(store, &["ecb"], 256);
    assert_eq!(fixture.moves(alert, 2).await, [State::Normal, State::Firing]);
    engine.stop().await;
}
