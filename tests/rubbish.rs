//! Rubbish on `fx-rates` goes to the dead letters with a reason, and the pipeline goes on.

mod support;

use fx_stream::message::Payload;
use fx_stream::{Record, Topic};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use support::world::{GROUPS, Plan, World};

/// Who reads what happened to alerts, and what became of telling.
const ALERTS: [(&str, Topic); 2] = [("index-alerts", Topic::AlertEvents), ("index-deliveries", Topic::Deliveries)];

fn good(day: u32) -> String {
    let day = format!("2026-10-{day:02}T15:00:00Z");
    let quote = |code: &str, mid: f64| json!({"code": code, "mid": mid, "scale": 4});
    json!({"v": 1, "source": "ecb", "kind": "table", "market": "target", "base": "EUR", "source_ts": day, "fetched_at": day,
        "quotes": [quote("USD", 1.0842), quote("JPY", 163.21)]})
    .to_string()
}

/// What it is, what is to be said of it, and its bytes.
fn rubbish() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let mut random = StdRng::seed_from_u64(7);
    let noise: Vec<u8> = (0..4096).map(|_| random.random()).collect();
    let with = |key: &str, value: Value| {
        let mut message: Value = serde_json::from_str(&good(29)).expect("JSON");
        message[key] = value;
        message.to_string().into_bytes()
    };
    let figure = |figure: &str| good(29).replace("1.0842", figure).into_bytes();
    vec![
        ("random bytes", "unreadable", noise),
        ("nothing", "unreadable", Vec::new()),
        ("half a message", "unreadable", good(29).into_bytes()[..120].to_vec()),
        ("a newer version", "version", with("v", json!(2))),
        ("a million digits", "unreadable", figure(&"9".repeat(1_000_000))),
        ("5 MB", "unreadable", vec![b'['; 5_000_000]),
        ("a base that is none", "unreadable", with("base", json!("ZZZ"))),
        ("a base that is quoted", "invalid", with("base", json!("USD"))),
        ("a negative rate", "invalid", figure("-1.0842")),
        ("zero", "invalid", figure("0")),
        ("too large a rate", "unreadable", figure("1e400")),
    ]
}

#[test]
fn rubbish_is_put_aside_with_its_reason_and_the_pipeline_goes_on() {
    let world = World::new(Plan { indexed: true, ..Plan::default() });
    let consumer = world.start("fx-consumer", &[]);
    let engine = world.start("fx-alert-engine", &[]);
    let (_api, api) = world.start_api();
    let log = world.log();
    let publish = |payload: Vec<u8>| {
        let record = Record { key: Some("ecb".to_owned()), payload: payload.into(), ..Record::default() };
        world.runtime.block_on(log.publish(Topic::Rates, vec![record])).expect("the log takes it");
    };
    publish(good(28).into_bytes());
    for (_, _, payload) in rubbish() {
        publish(payload);
    }
    publish(good(30).into_bytes());
    // The same to those who read what is enriched.
    let enriched = Record { payload: b"{\"v\":1,".to_vec().into(), partition: Some(0), ..Record::default() };
    world.runtime.block_on(log.publish(Topic::RatesEnriched, vec![enriched])).expect("the log takes it");
    for (_, topic) in ALERTS {
        let event = Record { key: Some("alert".to_owned()), payload: b"{}".to_vec().into(), ..Record::default() };
        world.runtime.block_on(log.publish(topic, vec![event])).expect("the log takes it");
    }
    world.until_read(&GROUPS);
    world.until_read(&ALERTS);

    let history = api.get("/rates/EURUSD/history?source=ecb");
    assert_eq!(history["count"], 2, "{history:#}");
    assert_eq!(api.get("/rates/EURUSD")["source_ts"], "2026-10-30T15:00:00Z");
    let letters = letters(&world, &[]);
    let from_rates: Vec<&Value> = letters.iter().filter(|letter| letter["topic"] == "fx-rates").collect();
    assert_eq!(from_rates.len(), rubbish().len(), "{letters:#?}");
    for (letter, (what, reason, payload)) in from_rates.iter().zip(rubbish()) {
        assert_eq!((&letter["reason"], &letter["bytes"]), (&json!(reason), &json!(payload.len())), "{what}: {letter}");
        assert!(
            letter["error"].as_str().is_some_and(|error| !error.is_empty() && error.len() < 500),
            "{what}: {letter}"
        );
    }
    assert!(letters.iter().any(|letter| letter["topic"] == "fx-rates-enriched"), "{letters:#?}");

    // What is shown is what was sent, to the byte; and what is sent again comes back, since it is still rubbish.
    let noise = from_rates[0]["id"].as_str().expect("an id");
    assert_eq!(world.run(&["dlq", "show", noise, "--raw"]).stdout, rubbish()[0].2);
    let retried = world.run(&["dlq", "retry", noise]);
    assert!(retried.status.success(), "{}", String::from_utf8_lossy(&retried.stderr));
    world.until_read(&GROUPS);
    let after = self::letters(&world, &["--topic", "fx-rates"]);
    assert_eq!(after.len(), rubbish().len() + 1);
    assert_eq!((&after[0]["retried"], &after.last().expect("one")["retried"]), (&json!(true), &json!(false)));

    // An alert event and a delivery, too, under their keys.
    for (group, topic) in ALERTS {
        let from = topic.name();
        let event = letters.iter().find(|letter| letter["topic"] == from).expect("one");
        let retried = world.run(&["dlq", "retry", event["id"].as_str().expect("an id")]);
        assert!(retried.status.success(), "{}", String::from_utf8_lossy(&retried.stderr));
        world.until_read(&[(group, topic)]);
        let after = self::letters(&world, &["--topic", from]);
        assert_eq!(after.iter().map(|letter| &letter["retried"]).collect::<Vec<_>>(), [&json!(true), &json!(false)]);
        let again = after[1]["id"].as_str().expect("an id");
        let shown = world.run(&["dlq", "show", again]).stdout;
        assert!(String::from_utf8_lossy(&shown).starts_with("key: alert\n"), "{}", String::from_utf8_lossy(&shown));
    }
    for program in [consumer, engine] {
        program.stop();
    }
}

fn letters(world: &World, args: &[&str]) -> Vec<Value> {
    let output = world.run(&[&["dlq", "list", "--output", "json"], args].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    list["letters"].as_array().expect("a list").clone()
}

#[test]
fn the_hand_written_message_is_one_that_the_program_reads() {
    let batch = fx_domain::batch::Batch::decode(good(28).as_bytes()).expect("readable");
    assert_eq!(batch.quotes.len(), 2);
}
