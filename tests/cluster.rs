//! Three brokers, of which any one may die: nothing is lost, nothing comes twice.

mod support;

use support::expected::{Expected, Recording};
use support::world::{GROUPS, Plan, World};
use support::{recorded, stored};

#[test]
fn any_one_of_three_brokers_may_die() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let recording = Recording { source: "ecb", file: file.clone(), args: &[] };
    let expected = Expected::of(&[recording], &stored::alerts());

    let mut world = World::new(Plan { brokers: 3, ..Plan::default() });
    let (_api, api) = world.start_api();
    stored::create(&api, &stored::alerts());
    let consumer = world.start("fx-consumer", &[]);
    let engine = world.start("fx-alert-engine", &[]);
    let mut producer = world.start("fx-producer", &["--replay", &file.to_string_lossy(), "--speed", "30000000"]);
    let store = world.store().rates();
    for (broker, day) in ["2001-06-01", "2009-06-01", "2017-06-01"].into_iter().enumerate() {
        world.until_stored(store.as_ref(), "ecb", "EURUSD", day);
        world.kafka.node(broker).kill();
        // The others go on without it, and it comes back while they do.
        let further = format!("{}{}", day[..4].parse::<u32>().expect("a year") + 2, &day[4..]);
        world.until_stored(store.as_ref(), "ecb", "EURUSD", &further);
        world.kafka.node(broker).start_again();
    }
    producer.must_end_well();
    world.until_read(&GROUPS);
    expected.must_equal(&world, &api, "each broker killed once");
    for program in [consumer, engine] {
        program.stop();
    }
}
