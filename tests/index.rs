//! Rates and alert events in Elasticsearch: what PostgreSQL has, however often the role is killed or the server is away.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::read::GzDecoder;
use fx_stream::Topic;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use support::world::{GROUPS, Plan, Program, World};
use support::{PATIENCE, look_again, recorded, stored};

const INDEX_GROUPS: [(&str, Topic); 3] =
    [("index", Topic::RatesEnriched), ("index-alerts", Topic::AlertEvents), ("index-deliveries", Topic::Deliveries)];

#[test]
fn the_index_holds_what_the_history_holds() {
    let Some(file) = recorded("daily/ecb-eurofxref-hist.zip") else { return };
    let mut world = World::new(Plan { indexed: true, ..Plan::default() });
    let (api_program, api) = world.start_api();
    stored::create(&api, &stored::alerts());
    let mut others = world.start("fx-consumer", &["--roles", "enrich,history,cache"]);
    let mut engine = world.start("fx-alert-engine", &[]);
    let mut index = world.start("fx-consumer", &["--roles", "index"]);
    for program in [&mut others, &mut engine, &mut index] {
        program.until_ready();
    }

    // While the server is away, nothing else waits, and the service says what is the matter.
    world.elasticsearch.as_mut().expect("a proxy").cut();
    world.replay(&file, &[]);
    world.until_read(&GROUPS);
    world.until_published(&api);
    let health = index.api().until("/health", |health| health["components"]["index"]["status"] == "degraded");
    assert_eq!(health["status"], "degraded", "{health}");
    world.elasticsearch.as_mut().expect("a proxy").restore();

    // In the middle of whatever it is writing.
    for least in [20_000, 70_000] {
        until_indexed(&world, least);
        index.kill_and_start_again(&world);
    }
    world.until_read(&INDEX_GROUPS);
    let expected = held(&world, &["ecb"]);
    assert!(expected.values().map(|(count, _)| count).sum::<u64>() > 200_000 && expected.len() == 36);
    must_equal(&world, &expected);
    let transitions = api.pages("/alerts/history?limit=1000", "transitions");
    let ids: BTreeSet<String> = transitions.iter().map(|transition| transition["id"].to_string()).collect();
    assert!(ids.len() > 40 && indexed_transitions(&world) == ids.iter().cloned().collect::<Vec<_>>());

    // Everything again adds nothing.
    index.stop();
    let index = index_again(&world);
    must_equal(&world, &expected);
    assert_eq!(indexed_transitions(&world), ids.into_iter().collect::<Vec<_>>());
    for program in [index, others, engine, api_program] {
        program.stop();
    }
}

#[test]
fn what_comes_in_live_is_indexed_as_it_is_stored() {
    let folder = tempfile::tempdir().expect("a folder");
    let minutes = |side| minutes(folder.path(), &format!("bars/fxcm-gbpusd-m1-{side}-2012-02.csv.gz"));
    let (Some(bid), Some(ask)) = (minutes("bid"), minutes("ask")) else { return };
    let Some(ticks) = recorded("ticks/truefx-usdjpy-2013-01.csv") else { return };
    let world = World::new(Plan { indexed: true, partitions: 2, ..Plan::default() });
    let mut consumer = world.start("fx-consumer", &[]);
    consumer.until_ready();

    // Two feeds at a time, in seconds what took hours and days.
    let replay = |file: &Path, args: &[&str]| {
        world.start("fx-producer", &[&["--replay", &file.to_string_lossy(), "--speed", "100000"], args].concat())
    };
    let bars = replay(&bid, &["--replay-ask", &ask.to_string_lossy(), "--pair", "GBPUSD"]);
    for mut producer in [bars, replay(&ticks, &["--pair", "USDJPY"])] {
        producer.must_end_well();
    }
    world.until_read(&GROUPS[..3]);
    world.until_read(&INDEX_GROUPS[..1]);
    let expected = held(&world, &["bars", "ticks"]);
    assert!(expected["GBPUSD"].0 > 4000 && expected["USDJPY"].0 > 500, "{expected:?}");
    must_equal(&world, &expected);

    // Everything again adds nothing.
    consumer.stop();
    let index = index_again(&world);
    must_equal(&world, &expected);
    index.stop();
}

/// The first days of recorded minutes, as a file of their own.
fn minutes(folder: &Path, file: &str) -> Option<PathBuf> {
    const MINUTES: usize = 5000;
    let recording = recorded(file)?;
    let lines = BufReader::new(GzDecoder::new(File::open(&recording).expect("it can be read"))).lines();
    let lines: Vec<String> = lines.take(MINUTES + 1).collect::<Result<_, _>>().expect("text");
    let slice = folder.join(recording.file_stem().expect("a name"));
    std::fs::write(&slice, lines.join("\n")).expect("written");
    Some(slice)
}

/// Lets the role read both topics from the beginning, to their end.
fn index_again(world: &World) -> Program {
    for (group, _) in INDEX_GROUPS {
        let moved = world.run(&["replay", "--group", group, "--from", "beginning"]);
        assert!(moved.status.success(), "{}", String::from_utf8_lossy(&moved.stderr));
    }
    let index = world.start("fx-consumer", &["--roles", "index"]);
    world.until_read(&INDEX_GROUPS);
    index
}

/// Count and sum of each pair in the history.
fn held(world: &World, sources: &[&str]) -> BTreeMap<String, (u64, f64)> {
    let (rates, mut held) = (world.store().rates(), BTreeMap::<_, (u64, f64)>::new());
    for source in sources {
        for record in world.runtime.block_on(stored::rates(rates.as_ref(), source)) {
            let (count, sum) = held.entry(record.rate.pair.to_string()).or_default();
            (*count, *sum) = (*count + 1, *sum + record.rate.sides.mid);
        }
    }
    held
}

fn search(world: &World, alias: &str, body: &Value) -> Value {
    let settings = &world.settings.index.elasticsearch;
    let url = format!("{}/{}{alias}", settings.url, settings.prefix);
    let client = Client::new();
    client.post(format!("{url}/_refresh")).send().expect("the server answers");
    let answer = client.post(format!("{url}/_search?allow_no_indices=true&ignore_unavailable=true")).json(body).send();
    answer.expect("the server answers").json().expect("JSON")
}

fn until_indexed(world: &World, least: u64) {
    let begun = Instant::now();
    let count = json!({"size": 0, "track_total_hits": true});
    while search(world, "fx-rates", &count)["hits"]["total"]["value"].as_u64().unwrap_or(0) < least {
        assert!(begun.elapsed() < PATIENCE, "fewer than {least} are indexed\n{}", world.logs());
        look_again();
    }
}

/// Counts and sums of each pair.
fn must_equal(world: &World, expected: &BTreeMap<String, (u64, f64)>) {
    let pairs = json!({"size": 0, "aggs": {"pairs": {
        "terms": {"field": "pair", "size": 1000},
        "aggs": {"sum": {"sum": {"field": "mid"}}},
    }}});
    let answer = search(world, "fx-rates", &pairs);
    let buckets = answer["aggregations"]["pairs"]["buckets"].as_array().expect("buckets");
    assert_eq!(buckets.len(), expected.len());
    for bucket in buckets {
        let pair = bucket["key"].as_str().expect("a pair");
        let (count, sum) = expected[pair];
        assert_eq!(bucket["doc_count"].as_u64(), Some(count), "rates of {pair}");
        let indexed = bucket["sum"]["value"].as_f64().expect("a sum");
        assert!((indexed - sum).abs() <= 1e-9 * sum, "the sum of {pair} is {indexed}, not {sum}");
    }
}

/// Their ids, in order.
fn indexed_transitions(world: &World) -> Vec<String> {
    let answer = search(world, "fx-alerts", &json!({"size": 10_000, "_source": ["id"], "sort": ["id"]}));
    let hits = answer["hits"]["hits"].as_array().expect("hits");
    hits.iter().map(|hit| hit["_source"]["id"].to_string()).collect()
}
