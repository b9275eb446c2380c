//! Instances that join and leave under load share the work, and change no figure and no episode.

mod support;

use serde_json::{Value, json};
use support::expected::{Expected, Recording};
use support::world::{GROUPS, Plan, Program, World};
use support::{recorded, stored};

fn recordings() -> Option<Vec<Recording>> {
    let recording = |source, file, args| Some(Recording { source, file: recorded(file)?, args });
    Some(vec![
        recording("ecb", "daily/ecb-eurofxref-hist.zip", &[])?,
        recording("bars", "bars/fxcm-gbpusd-m1-bid-2012-02.csv.gz", &["--pair", "GBPUSD"])?,
        recording("ticks", "ticks/truefx-usdjpy-2013-01.csv", &["--pair", "USDJPY"])?,
    ])
}

/// Each goes by one feed: which of several is believed depends on whose message comes first.
fn alerts() -> Vec<Value> {
    vec![
        json!({"name": "a", "pair": "EURUSD", "source": "ecb", "condition": {"kind": "above", "threshold": 1.3}}),
        json!({"name": "b", "pairs": ["*"], "source": "ecb", "condition": {"kind": "crosses", "threshold": 1.2}}),
        json!({"name": "c", "pair": "GBPUSD", "source": "bars", "condition": {"kind": "crosses", "threshold": 1.58}}),
        json!({"name": "d", "pair": "GBPUSD", "source": "bars", "condition": {"kind": "below", "threshold": 1.57}, "for": "5m"}),
        json!({"name": "e", "pair": "JPYUSD", "source": "ticks", "condition": {"kind": "crosses_up", "threshold": 0.01153}, "closed_market": true}),
    ]
}

#[test]
fn instances_join_and_leave_with_one_partition() {
    join_and_leave(1);
}

#[test]
fn instances_join_and_leave_with_four_partitions() {
    join_and_leave(4);
}

fn join_and_leave(partitions: u32) {
    let Some(recordings) = recordings() else { return };
    let expected = Expected::of(&recordings, &alerts());
    assert!(expected.transitions.len() > 100, "{}", expected.transitions.len());

    let world = World::new(Plan { partitions, ..Plan::default() });
    let (_api, api) = world.start_api();
    stored::create(&api, &alerts());
    // Together they take some seconds, in which everybody comes and goes.
    let mut producers: Vec<Program> = recordings.iter().map(|recording| start_replay(&world, recording)).collect();
    let first = (world.start("fx-consumer", &[]), world.start("fx-alert-engine", &[]));
    let mut second = (world.start("fx-consumer", &[]), world.start("fx-alert-engine", &[]));
    second.0.until_ready();
    let mut third = (world.start("fx-consumer", &["--roles", "enrich,history"]), world.start("fx-alert-engine", &[]));
    third.0.until_ready();
    first.0.stop();
    first.1.stop();
    second.0.kill();
    second.1.kill();
    let mut fourth = (world.start("fx-consumer", &[]), world.start("fx-alert-engine", &[]));
    fourth.0.until_ready();
    third.0.stop();
    third.1.stop();
    producers.iter_mut().for_each(Program::must_end_well);
    world.until_read(&GROUPS);
    expected.must_equal(&world, &api, &format!("{partitions} partition(s)"));
}

fn start_replay(world: &World, recording: &Recording) -> Program {
    let file = recording.file.to_string_lossy();
    // At this speed the ECB's 28 years take half a minute, the others less.
    let speed = if recording.source == "ecb" { "30000000" } else { "100000" };
    world.start("fx-producer", &[&["--replay", &file, "--speed", speed], recording.args].concat())
}
