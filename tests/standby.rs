//! Two alert engines on one partition: one works, the other stands by.

mod support;

use fx_stream::{Record, Topic};
use serde_json::{Value, json};
use support::world::{GROUPS, Plan, Program, World};
use support::{Api, look_again, stored};

/// EUR/USD on one side of 1.1 and on the other in turn: every batch is a transition.
struct Feed<'a> {
    world: &'a World,
    minute: u32,
}

impl Feed<'_> {
    /// Says so many more things, and waits until the engine has evaluated them.
    fn speak(&mut self, api: &Api, batches: u32) {
        let log = self.world.log();
        for _ in 0..batches {
            self.minute += 1;
            let at = format!(
                "2026-10-{:02}T{:02}:{:02}:00Z",
                5 + self.minute / 1440,
                self.minute / 60 % 24,
                self.minute % 60
            );
            let mid = if self.minute.is_multiple_of(2) { 1.2 } else { 1.0 };
            let batch = json!({"v": 1, "source": "ecb", "kind": "table", "market": "target", "base": "EUR", "source_ts": at,
                "fetched_at": at, "quotes": [{"code": "USD", "mid": mid, "scale": 1}]});
            let record = Record { key: Some("ecb".to_owned()), payload: batch.to_string().into(), ..Record::default() };
            self.world.runtime.block_on(log.publish(Topic::Rates, vec![record])).expect("the log takes it");
        }
        self.world.until_read(&GROUPS);
        let expected = (self.minute / 2) as usize;
        let begun = std::time::Instant::now();
        while fired(api).len() < expected && begun.elapsed() < support::PATIENCE {
            look_again();
        }
        assert_eq!(fired(api).len(), expected, "{}", self.world.logs());
    }
}

/// Every firing, which is another episode each; none may come twice.
fn fired(api: &Api) -> Vec<Value> {
    stored::transitions(api).into_iter().filter(|transition| transition["to"] == "firing").collect()
}

fn busy(engines: &[Program]) -> usize {
    let has_partition = |engine: &Program| {
        let metrics = engine.api().text("/metrics");
        metrics.lines().any(|line| line == "fx_alert_engine_partitions 1")
    };
    loop {
        if let Some(place) = engines.iter().position(has_partition) {
            return place;
        }
        look_again();
    }
}

#[test]
fn the_standby_takes_over_and_a_paused_engine_that_wakes_up_changes_nothing() {
    let world = World::new(Plan::default());
    let (_api, api) = world.start_api();
    let rule =
        json!({"name": "a", "pair": "EURUSD", "source": "ecb", "condition": {"kind": "above", "threshold": 1.1}});
    assert_eq!(api.send(reqwest::Method::POST, "/alerts", Some(&rule.to_string())).0, 201);
    let _consumer = world.start("fx-consumer", &[]);
    let mut engines = vec![world.start("fx-alert-engine", &[]), world.start("fx-alert-engine", &[])];
    let mut feed = Feed { world: &world, minute: 0 };
    feed.speak(&api, 40);

    let working = busy(&engines);
    engines.swap_remove(working).kill();
    feed.speak(&api, 40);

    // Asleep for longer than the group waits for it, and awake again while the other works.
    engines.push(world.start("fx-alert-engine", &[]));
    let working = busy(&engines);
    engines[working].signal("STOP");
    feed.speak(&api, 40);
    engines[working].signal("CONT");
    feed.speak(&api, 40);

    world.until_published(&api);
    for engine in engines {
        engine.stop();
    }
}

#[test]
fn a_rule_is_heard_of_at_once_by_an_engine_in_another_process() {
    let world = World::new(Plan::default());
    let (_api, api) = world.start_api();
    let _consumer = world.start("fx-consumer", &[]);
    let mut engine = world.start("fx-alert-engine", &[]);
    engine.until_ready();
    let log = world.log();
    let at = "2026-10-30T15:00:00Z";
    let batch = json!({"v": 1, "source": "ecb", "kind": "table", "market": "target", "base": "EUR", "source_ts": at,
        "fetched_at": at, "quotes": [{"code": "USD", "mid": 1.2, "scale": 1}]});
    let record = Record { key: Some("ecb".to_owned()), payload: batch.to_string().into(), ..Record::default() };
    world.runtime.block_on(log.publish(Topic::Rates, vec![record])).expect("the log takes it");
    world.until_read(&GROUPS);
    let rule = json!({"name": "a", "pair": "EURUSD", "condition": {"kind": "above", "threshold": 1.1}});
    let (status, created) = api.send(reqwest::Method::POST, "/alerts", Some(&rule.to_string()));
    assert_eq!(status, 201, "{created}");
    // No rate comes any more: only word of the rule itself makes it fire.
    api.until("/alerts/history", |page| page["count"] == 1);
    let id = created["id"].as_str().expect("an id");
    assert_eq!(api.send(reqwest::Method::DELETE, &format!("/alerts/{id}"), None).0, 204);
}
