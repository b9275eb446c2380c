//! The four programs on Kafka, PostgreSQL and Redis store what one process stores.

mod support;

use support::expected::{Expected, Recording};
use support::world::{GROUPS, Plan, World};
use support::{recorded, stored};

#[test]
fn the_four_programs_store_what_one_process_stores() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let recording = Recording { source: "ecb", file: file.clone(), args: &[] };
    let expected = Expected::of(&[recording], &stored::alerts());
    assert!(expected.rates.len() > 200_000 && expected.transitions.len() > 40);

    let world = World::new(Plan::default());
    let (api_program, api) = world.start_api();
    stored::create(&api, &stored::alerts());
    let mut consumer = world.start("fx-consumer", &[]);
    let mut engine = world.start("fx-alert-engine", &[]);
    consumer.until_ready();
    engine.until_ready();
    world.replay(&file, &[]);
    world.until_read(&GROUPS);
    expected.must_equal(&world, &api, "undisturbed");

    // A group that is read for is not moved from under its members.
    let refused = world.run(&["replay", "--group", "history", "--from", "beginning"]);
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("history") && told.contains("active"), "{told}");

    // What is lost is filled again from the log.
    consumer.stop();
    world.empty_history();
    moved(&world, &["--group", "history", "--from", "beginning"]);
    let consumer = world.start("fx-consumer", &[]);
    world.until_read(&GROUPS);
    expected.must_equal(&world, &api, "the history filled again");

    // And every figure can be made again from what the feeds said.
    consumer.stop();
    world.empty_history();
    let refused = world.run(&["replay", "--group", "enrich", "--from", "2020-01-01T00:00:00Z"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("beginning only"), "{refused:?}");
    moved(&world, &["--group", "enrich", "--from", "beginning"]);
    let consumer = world.start("fx-consumer", &[]);
    world.until_read(&GROUPS);
    expected.must_equal(&world, &api, "everything made again");
    for program in [consumer, engine, api_program] {
        program.stop();
    }
}

fn moved(world: &World, args: &[&str]) {
    let moved = world.run(&[&["replay"], args].concat());
    assert!(moved.status.success(), "{}", String::from_utf8_lossy(&moved.stderr));
    assert!(String::from_utf8_lossy(&moved.stdout).contains("goes on at 0 of"), "{moved:?}");
}
