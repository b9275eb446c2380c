//! `fx-monitor up` on any mix of backends: the same figures.

mod support;

use support::expected::{Expected, Recording, until_read, until_replayed};
use support::world::{GROUPS, Plan, World};
use support::{Service, recorded, stored};

/// The backends of log, store and cache.
const MIXES: [[&str; 3]; 3] =
    [["kafka", "sqlite", "memory"], ["embedded", "postgresql", "memory"], ["embedded", "sqlite", "redis"]];

#[test]
fn one_process_on_any_mix_of_backends_has_the_same_figures() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let recording = Recording { source: "ecb", file: file.clone(), args: &[] };
    // Without a cooldown: that goes by the log's time, which the feeds of an idle process bring to today.
    let alerts: Vec<_> = stored::alerts().into_iter().filter(|alert| alert["cooldown"].is_null()).collect();
    let expected = Expected::of(&[recording], &alerts);
    for [stream, store, cache] in MIXES {
        let world = World::new(Plan::default());
        let folder = tempfile::tempdir().expect("a scratch folder");
        let config = std::fs::read_to_string(world.config()).expect("readable");
        let config = config
            .replace("backend = \"kafka\"", &format!("backend = {stream:?}"))
            .replace("backend = \"postgresql\"", &format!("backend = {store:?}"))
            .replace("backend = \"redis\"", &format!("backend = {cache:?}"));
        let idle = Service::start_with(folder.path(), &config, &[]);
        stored::create(&idle, &alerts);
        idle.stop();
        let args = ["--replay", &file.to_string_lossy(), "--speed", "max"];
        let service = Service::start_with(folder.path(), &config, &args);
        until_replayed(&service, "ecb");
        match stream {
            "kafka" => world.until_read(&GROUPS),
            _ => until_read(&service),
        }
        let mix = format!("on {stream}, {store} and {cache}");
        expected.must_be_shown(&service, &mix);
        service.stop();
    }
}
