//! The index on a real Elasticsearch.

mod support;

use fx_config::IndexPeriod;
use fx_domain::alert::Transition;
use fx_domain::delivery::Delivery;
use fx_domain::rate::{EnrichedBatch, Quality, SuspectReason};
use fx_index::{Family, Index, IndexError, Pending, plan};
use reqwest::Method;
use serde_json::json;

use support::{PAIRS, World, at, batch, days};

#[tokio::test(flavor = "multi_thread")]
async fn provisioning_again_finds_nothing_to_do() {
    let world = World::new();
    let done = world.index.provision().await.expect("it is provisioned");
    let wanted = ["fx-rates", "fx-alerts", "fx-deliveries"]
        .map(|name| format!("index template {}: made in version 3", world.name(name)));
    assert_eq!(done, wanted);
    assert_eq!(world.index.provision().await.expect("again"), Vec::<String>::new());
    let planned = plan(&world.settings);
    assert_eq!(planned.len(), 3);
    let name = world.name("fx-rates");
    assert_eq!(
        planned[0],
        format!("index template {name}, version 3: for {name}-*, one index for each year, alias {name}")
    );
    // The server makes no index by the template on its own: it would have no bounds.
    let (status, answer) = world.ask(Method::POST, &format!("{name}-2026/_doc"), Some(json!({"mid": 1}))).await;
    assert_eq!(status, 404, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_older_is_brought_up_to_date_and_what_is_newer_is_left_alone() {
    let world = World::new();
    let (template, index) = (format!("_index_template/{}", world.name("fx-alerts")), world.name("fx-alerts-2020"));
    let meta = |version: u64| json!({"product": "fx-monitor", "version": version});
    let of_version = |version: u64| json!({"index_patterns": [world.name("fx-alerts-*")], "_meta": meta(version)});
    world.put(&template, of_version(0)).await;
    let old = json!({"mappings": {"dynamic": "strict", "_meta": meta(0), "properties": {"pair": {"type": "keyword"}}}});
    world.put(&index, old).await;
    let done = world.index.provision().await.expect("it is provisioned");
    let name = world.name("fx-alerts");
    let wanted = [
        format!("index template {name}: brought to version 3"),
        format!("index {index}: mapping brought to version 3"),
        format!("index {index}: alias {name}"),
    ];
    assert_eq!(done[1..4], wanted);
    let (_, mapping) = world.ask(Method::GET, &format!("{index}/_mapping"), None).await;
    assert_eq!(mapping[&index]["mappings"]["properties"], Family::Alerts.mappings()["properties"]);
    world.put(&template, of_version(9)).await;
    assert_eq!(world.index.provision().await.expect("again"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_made_is_named_and_left_alone() {
    let world = World::new();
    let template = world.name("fx-rates");
    world.put(&format!("_index_template/{template}"), json!({"index_patterns": [format!("{template}-*")]})).await;
    must_be_foreign(&world, &format!("index template {template} exists and was not made by fx-monitor")).await;

    let world = World::new();
    let index = world.name("fx-rates-2026");
    world.put(&index, json!({})).await;
    must_be_foreign(&world, &format!("index {index} exists and was not made")).await;
    let mut pending = Pending::of_rates(&days("2026-03-01T12:00:00Z", 1)).expect("plain data");
    let error = world.index.write(&mut pending).await.expect_err("the index is not ours");
    assert!(matches!(error, IndexError::Foreign { .. }) && pending.len() == PAIRS.len(), "{error}");

    let world = World::new();
    let (index, alias) = (world.name("somebody-elses"), world.name("fx-alerts"));
    world.put(&index, json!({"aliases": {alias.clone(): {}}})).await;
    must_be_foreign(&world, &format!("index {index} with alias {alias} exists and was not made")).await;

    let world = World::new();
    let index = world.name("fx-alerts");
    world.put(&index, json!({})).await;
    must_be_foreign(&world, &format!("index {index} exists and was not made")).await;
}

async fn must_be_foreign(world: &World, told: &str) {
    let error = world.index.provision().await.expect_err("it is somebody else's");
    assert!(matches!(error, IndexError::Foreign { .. }) && error.to_string().contains(told), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_say_what_was_sent_whatever_their_age() {
    let world = World::new();
    let mut held = batch(at("2026-11-20T15:00:00.000001Z"), 1);
    held.rates[0].quality = Quality::Suspect;
    held.rates[0].reason = Some(SuspectReason::DecimalShift);
    held.rates[1].sides.bid_ask = Some((1.5, 1.75));
    let old = days("1999-12-30T15:00:00Z", 4);
    world.write(&[old, vec![held]].concat()).await;
    let documents = world.documents("fx-rates").await;
    assert_eq!(documents.len(), 5 * PAIRS.len());
    let expected = json!({
        "@timestamp": "2026-11-20T15:00:00.000001Z", "source": "test", "pair": "EURUSD", "base": "EUR", "quote": "USD",
        "kind": "table", "mid": 1.001, "ewma_vol": 0.07, "precision_bp": 0.5, "derived": false, "quality": "suspect",
        "reason": "decimal_shift", "fetched_at": "2026-11-20T16:00:00.000001Z",
        "ingested_at": "2026-11-20T16:00:00.000002Z",
    });
    let newest = &documents[4 * PAIRS.len()..];
    assert_eq!(newest[1], expected);
    assert_eq!((newest[0]["pair"].as_str(), newest[0]["derived"].as_bool()), (Some("EURJPY"), Some(true)));
    assert_eq!((newest[2]["bid"].as_f64(), newest[2]["ask"].as_f64()), (Some(1.5), Some(1.75)));
    assert_eq!(world.indices("fx-rates").await, ["fx-rates-1999", "fx-rates-2000", "fx-rates-2026"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_again_adds_nothing_and_the_newest_version_stands() {
    let world = World::new();
    let first = days("2025-12-01T15:00:00Z", 60);
    world.write(&first).await;
    let before = world.documents("fx-rates").await;
    world.write(&first).await;
    world.write(&first).await;
    assert_eq!(world.documents("fx-rates").await, before);

    let corrected = |hours| first.iter().map(|batch| support::batch(batch.source_ts, hours)).collect::<Vec<_>>();
    // In one chunk, the newest counts, wherever it stands.
    world.write(&[corrected(7), corrected(3), first.clone()].concat()).await;
    let mids = |documents: &[serde_json::Value]| documents.iter().all(|document| document["mid"] == 1.007);
    let after = world.documents("fx-rates").await;
    assert!(after.len() == before.len() && mids(&after));
    // Nor does an older one that comes later, by whomever.
    world.write(&corrected(3)).await;
    World::of(world.settings.clone()).write(&first).await;
    assert_eq!(world.documents("fx-rates").await, after);
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_at_the_same_time_leave_the_newest_version() {
    let world = World::new();
    let of_version = |hours| {
        let batches = days("2026-02-01T15:00:00Z", 100);
        batches.iter().map(|batch| support::batch(batch.source_ts, hours)).collect::<Vec<EnrichedBatch>>()
    };
    let writers = (1..=8).map(|hours| {
        let (settings, batches) = (world.settings.clone(), of_version(hours));
        tokio::spawn(async move { World::of(settings).write(&batches).await.is_empty() })
    });
    for writer in writers.collect::<Vec<_>>() {
        assert!(writer.await.expect("it ends well"));
    }
    let documents = world.documents("fx-rates").await;
    assert_eq!(documents.len(), 100 * PAIRS.len());
    assert!(documents.iter().all(|document| document["mid"] == 1.008), "an older version stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_waited_for_and_loses_nothing() {
    let world = World::new();
    world.write(&days("2026-01-01T15:00:00Z", 1)).await;
    world.index.check().await.expect("all is well");
    let path = world.name("fx-rates-2026/_settings");
    for block in ["index.blocks.read_only_allow_delete", "index.blocks.write", "index.blocks.read_only"] {
        world.put(&path, json!({block: true})).await;
        let mut pending = Pending::of_rates(&days("2026-01-01T15:00:00Z", 90)).expect("plain data");
        let error = world.index.write(&mut pending).await.expect_err("blocked").to_string();
        assert!(error.contains("cluster_block_exception"), "{error}");
        assert!(pending.len() >= 89 * PAIRS.len());
        if block.ends_with("allow_delete") {
            let told = world.index.check().await.expect_err("blocked").to_string();
            assert!(told.contains("fx-rates-2026 is blocked"), "{told}");
        }
        world.put(&path, json!({block: null})).await;
        world.index.write(&mut pending).await.expect("it goes on");
        assert!(pending.is_empty() && pending.into_refused().is_empty());
        world.index.check().await.expect("all is well again");
    }
    assert_eq!(world.count("fx-rates").await, 90 * PAIRS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_mapped_is_refused_once_for_each_message_and_the_rest_is_written() {
    let world = World::new();
    let mut mappings = Family::Rates.mappings();
    mappings["properties"]["ewma_vol"] = json!({"type": "date_nanos", "format": "date"});
    let settings = json!({
        "index.mode": "time_series", "index.routing_path": ["source", "pair"],
        "index.time_series.start_time": "2026-01-01T00:00:00Z", "index.time_series.end_time": "2027-01-01T00:00:00Z",
    });
    let index = json!({"settings": settings, "mappings": mappings, "aliases": {world.name("fx-rates"): {}}});
    world.put(&world.name("fx-rates-2026"), index).await;
    let mut batches = days("2025-12-31T15:00:00Z", 3);
    batches[2].rates.iter_mut().for_each(|rate| rate.volatility.ewma_vol = None);
    batches.push(batch(at("1969-12-31T23:00:00Z"), 1));
    let refused = world.write(&batches).await.into_refused();
    assert_eq!(refused.iter().map(|(message, _)| *message).collect::<Vec<_>>(), [1, 3]);
    assert!(refused[0].1.contains("document_parsing_exception") && refused[0].1.contains("ewma_vol"), "{refused:?}");
    assert!(refused[1].1.contains("1969") && refused[1].1.contains("1970"), "{refused:?}");
    assert_eq!(world.count("fx-rates").await, 2 * PAIRS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_that_is_gone_is_made_again() {
    let world = World::new();
    world.index.provision().await.expect("it is provisioned");
    world.write(&days("2026-03-01T15:00:00Z", 2)).await;
    world.ask(Method::DELETE, &world.name("fx-rates-2026"), None).await;
    world.write(&days("2026-03-03T15:00:00Z", 2)).await;
    assert_eq!(world.count("fx-rates").await, 2 * PAIRS.len());
    let (_, settings) = world.ask(Method::GET, &world.name("fx-rates-2026/_settings"), None).await;
    assert_eq!(settings[world.name("fx-rates-2026")]["settings"]["index"]["mode"], "time_series");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_time_belongs_to_two_indices_when_the_period_changes() {
    let yearly = World::new();
    yearly.write(&days("2025-12-01T15:00:00Z", 31)).await;
    let mut settings = yearly.settings.clone();
    settings.period = IndexPeriod::Month;
    let monthly = World::of(settings);
    monthly.write(&days("2025-12-01T15:00:00Z", 62)).await;
    assert_eq!(monthly.indices("fx-rates").await, ["fx-rates-2025", "fx-rates-2026-01"]);
    // And back: the year has begun with months.
    let yearly = World::of(yearly.settings);
    yearly.write(&days("2025-12-01T15:00:00Z", 93)).await;
    assert_eq!(
        yearly.indices("fx-rates").await,
        ["fx-rates-2025", "fx-rates-2026-01", "fx-rates-2026-02", "fx-rates-2026-03"]
    );
    assert_eq!(yearly.count("fx-rates").await, 93 * PAIRS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_drops_whole_periods_of_ours() {
    let world = World::new();
    world
        .write(
            &[days("2023-06-01T15:00:00Z", 1), days("2024-06-01T15:00:00Z", 1), days("2025-06-01T15:00:00Z", 1)]
                .concat(),
        )
        .await;
    let other = world.name("fx-rates-archive");
    world.put(&other, json!({})).await;
    let dropped = world.index.drop_before(at("2024-12-31T23:59:59Z")).await.expect("it answers");
    assert_eq!(dropped, [world.name("fx-rates-2023")]);
    let dropped = world.index.drop_before(at("2025-01-01T00:00:00Z")).await.expect("it answers");
    assert_eq!(dropped, [world.name("fx-rates-2024")]);
    assert_eq!(world.indices("fx-rates").await, ["fx-rates-2025", "fx-rates-archive"]);
    // What is dropped may come again.
    world.write(&days("2023-06-01T15:00:00Z", 1)).await;
    assert_eq!(world.count("fx-rates").await, 2 * PAIRS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn bulks_are_bounded_in_documents_and_in_bytes() {
    let mut world = World::new();
    world.settings.elasticsearch.bulk_documents = 7;
    world.settings.elasticsearch.bulk_bytes = 1000;
    world.index = Index::connect(&world.settings).expect("settings of Elasticsearch");
    world.write(&days("2026-03-01T15:00:00Z", 20)).await;
    assert_eq!(world.count("fx-rates").await, 20 * PAIRS.len());
}

/// It closes nothing: the episode goes on.
#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledgement_says_who_and_after_how_long() {
    let world = World::new();
    let transition = json!({
        "id": "01890000-0000-7000-8000-000000000004", "alert_id": "01890000-0000-7000-8000-000000000002",
        "alert_name": "euro", "episode_id": "01890000-0000-7000-8000-000000000003", "pair": "EURUSD", "from": "firing",
        "to": "acknowledged", "source": "ecb", "source_ts": "2026-01-01T15:00:00Z", "at": "2026-01-01T16:00:00Z",
        "value": 1.1, "kind": "change_pct", "threshold": 2.5, "severity": "critical", "message": "EURUSD: ada has taken note",
        "measured": 2.75, "by": "ada", "comment": "on it", "took_s": 90.5,
    });
    let transitions: Vec<Transition> = vec![serde_json::from_value(transition).expect("a transition")];
    let mut pending = Pending::of_alerts(&transitions).expect("plain data");
    world.index.write(&mut pending).await.expect("it is written");
    let document = world.documents("fx-alerts").await.remove(0);
    let fields = ["by", "comment", "took_s", "measured", "open_change", "notice"].map(|field| document[field].clone());
    assert_eq!(fields, [json!("ada"), json!("on it"), json!(90.5), json!(2.75), json!(0), json!(null)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_delivery_stands_what_it_came_to_last() {
    let world = World::new();
    let attempt = |code, error| json!({"at": "2026-01-01T00:00:00.5Z", "took_ms": 3, "code": code, "error": error});
    let delivery = |status: &str, reason: Option<&str>, finished_at: &str, attempts: serde_json::Value| {
        let delivery = json!({
            "id": "01890000-0000-7000-8000-000000000009", "channel": "ops", "status": status, "reason": reason,
            "transitions": ["01890000-0000-7000-8000-000000000001"],
            "alert_ids": ["01890000-0000-7000-8000-000000000002"], "alert_names": ["euro"], "attempts": attempts,
            "next_at": null, "created_at": "2026-01-01T00:00:00Z", "finished_at": finished_at,
        });
        serde_json::from_value::<Delivery>(delivery).expect("a delivery")
    };
    let attempts = json!([attempt(json!(500), json!("500")), attempt(json!(410), json!("410 Gone"))]);
    let failed = delivery("failed", Some("gone"), "2026-01-01T00:00:01.5Z", attempts);
    let replayed = delivery("delivered", None, "2026-01-02T00:00:00Z", json!([attempt(json!(200), json!(null))]));
    let write = async |deliveries: &[Delivery]| {
        let mut pending = Pending::of_deliveries(deliveries).expect("plain data");
        assert_eq!(pending.len(), 1);
        world.index.write(&mut pending).await.expect("it is written");
        assert!(pending.is_empty() && pending.into_refused().is_empty());
        world.documents("fx-deliveries").await
    };
    let expected = json!({
        "@timestamp": "2026-01-01T00:00:00Z", "id": "01890000-0000-7000-8000-000000000009", "channel": "ops",
        "status": "failed", "reason": "gone", "transitions": ["01890000-0000-7000-8000-000000000001"],
        "alert_id": ["01890000-0000-7000-8000-000000000002"], "alert_name": ["euro"], "attempts": 2, "code": 410,
        "error": "410 Gone", "finished_at": "2026-01-01T00:00:01.500Z", "took_s": 1.5,
    });
    assert_eq!(write(&[failed.clone(), failed.clone()]).await, [expected]);
    for again in [vec![replayed.clone()], vec![failed.clone()], vec![replayed, failed]] {
        let documents = write(&again).await;
        assert_eq!(
            (documents.len(), &documents[0]["status"], &documents[0]["code"]),
            (1, &json!("delivered"), &json!(200))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transition_stands_once_by_its_id() {
    let world = World::new();
    let transition = json!({
        "id": "01890000-0000-7000-8000-000000000001", "alert_id": "01890000-0000-7000-8000-000000000002",
        "alert_name": "euro", "episode_id": "01890000-0000-7000-8000-000000000003", "pair": "EURUSD", "from": "pending",
        "to": "firing", "source": "ecb", "source_ts": "2024-12-31T15:00:00Z", "at": "2025-01-01T00:00:00.000001Z",
        "value": 1.1, "kind": "above", "threshold": 1.05, "severity": "critical", "message": "EURUSD 1.1 is above 1.05",
    });
    let transitions: Vec<Transition> = vec![serde_json::from_value(transition.clone()).expect("a transition"); 2];
    for _ in 0..3 {
        let mut pending = Pending::of_alerts(&transitions).expect("plain data");
        assert_eq!(pending.len(), 1);
        world.index.write(&mut pending).await.expect("it is written");
        assert!(pending.is_empty() && pending.into_refused().is_empty());
    }
    let mut expected = transition;
    let fields = expected.as_object_mut().expect("an object");
    let at = fields.remove("at").expect("a time");
    fields.insert("@timestamp".to_owned(), at);
    fields.insert("open_change".to_owned(), json!(1));
    assert_eq!(world.documents("fx-alerts").await, [expected]);
    assert_eq!(world.indices("fx-alerts").await, ["fx-alerts-2025"]);
}
