//! Two alert engines on one partition, of which the one at work is killed.

use std::time::{Duration, Instant};

use crate::figures::seconds;
use crate::latency::transition;
use crate::load;
use crate::support::world::{Program, World};
use crate::support::{PATIENCE, look_again};

const BATCHES: usize = 300;
const EVERY: Duration = Duration::from_millis(100);

pub(crate) fn measure(world: &World) {
    let (_api, api) = world.start_api();
    load::watch(&api);
    let _consumer = world.start("fx-consumer", &[]);
    let mut engines = [world.start("fx-alert-engine", &[]), world.start("fx-alert-engine", &[])];
    engines.iter_mut().for_each(Program::until_ready);
    let alerts = world.store().alerts();
    let newest = || world.runtime.block_on(transition(alerts.as_ref()));
    let speaking = world.runtime.spawn(load::speak(world.log(), BATCHES, EVERY));
    let until_newer = |than| {
        let begun = Instant::now();
        while newest() <= than {
            assert!(begun.elapsed() < PATIENCE, "no transition comes any more\n{}", world.logs());
            look_again();
        }
    };
    until_newer(newest());
    let [first, second] = engines;
    let (working, _standby) = if is_working(&first) { (first, second) } else { (second, first) };
    working.kill();
    let (killed, before) = (Instant::now(), newest());
    until_newer(before);
    seconds("takeover", killed.elapsed());
    speaking.abort();
}

fn is_working(engine: &Program) -> bool {
    engine.api().text("/metrics").lines().any(|line| line == "fx_alert_engine_partitions 1")
}
