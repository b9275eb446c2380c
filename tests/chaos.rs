//! Everything that can die dies during a replay: nothing is lost, nothing comes twice, no figure and no episode differs.

mod support;

use std::hash::{BuildHasher, RandomState};
use std::thread::sleep;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use support::expected::{Expected, Recording};
use support::world::{GROUPS, Plan, Program, World};
use support::{Api, recorded, stored};

/// What happens, each as often as it stands in [`events`].
#[derive(Clone, Copy, Debug)]
enum Event {
    Kill(usize),
    StopKafka,
    StopPostgres,
    StopRedis,
    /// The way to the server with this number.
    Cut(usize),
}

const PROGRAMS: [&str; 3] = ["fx-consumer", "fx-alert-engine", "fx-api"];
const PRODUCER: usize = PROGRAMS.len();
const KILLS: usize = 3;

fn events(random: &mut StdRng) -> Vec<Event> {
    let kills = (0..=PRODUCER).flat_map(|program| [Event::Kill(program); KILLS]);
    let stops = [Event::StopKafka, Event::StopPostgres, Event::StopRedis];
    let mut events: Vec<Event> = kills.chain(stops).chain((0..3).map(Event::Cut)).collect();
    events.shuffle(random);
    events
}

#[test]
fn whatever_dies_during_a_replay_nothing_is_lost_or_doubled() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let recording = Recording { source: "ecb", file: file.clone(), args: &[] };
    let expected = Expected::of(&[recording], &stored::alerts());
    let seed = RandomState::new().hash_one(std::process::id());
    eprintln!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);

    let mut world = World::new(Plan { proxied: true, ..Plan::default() });
    let mut programs: Vec<Program> = PROGRAMS.iter().map(|name| world.start(name, &[])).collect();
    programs.iter_mut().for_each(Program::until_ready);
    stored::create(&programs[2].api(), &stored::alerts());
    // At this speed the 28 years take most of a minute.
    let mut producer = world.start("fx-producer", &["--replay", &file.to_string_lossy(), "--speed", "20000000"]);
    for event in events(&mut random) {
        sleep(Duration::from_millis(random.random_range(200..1500)));
        eprintln!("{event:?}");
        let pause = Duration::from_millis(random.random_range(100..3000));
        match event {
            Event::Kill(PRODUCER) => producer.kill_and_start_again(&world),
            Event::Kill(place) => programs[place].kill_and_start_again(&world),
            Event::StopKafka => {
                world.kafka.node(0).stop();
                sleep(pause);
                world.kafka.node(0).start_again();
            }
            Event::StopPostgres => {
                world.postgres.stop();
                sleep(pause);
                world.postgres.start_again();
            }
            Event::StopRedis => {
                world.redis.stop();
                sleep(pause);
                world.redis.start_again();
            }
            Event::Cut(way) => {
                world.proxies[way].cut();
                sleep(pause);
                world.proxies[way].restore();
            }
        }
    }
    producer.must_end_well();
    world.until_read(&GROUPS);
    programs[2].until_ready();
    let api: Api = programs[2].api();
    expected.must_equal(&world, &api, &format!("seed {seed}"));
    world.until_published(&api);
    for program in programs {
        program.stop();
    }
}
