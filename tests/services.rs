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
    for program in [consumer, engine, api_program] {
        program.stop();
    }
}
