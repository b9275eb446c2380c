//! Enriched batches are split by pair, and nothing is lost in between.

use fx_domain::rate::EnrichedBatch;
use fx_stream::message::{Payload, TRACEPARENT, enriched_records};

/// What a table of five pairs becomes.
const BATCH: &str = r#"{"v":1,"source":"ecb","kind":"table","market":"spot",
"source_ts":"2026-10-30T15:00:00Z","fetched_at":"2026-10-30T15:10:00Z","ingested_at":"2026-10-30T15:10:01Z","rates":[
{"pair":"EURUSD","mid":1.09,"path":["EURUSD"],"published":{"pair":"EURUSD","mid":1.09,"scale":1},"precision_bp":0.5},
{"pair":"EURGBP","mid":0.84,"path":["EURGBP"],"published":{"pair":"EURGBP","mid":0.84,"scale":1},"precision_bp":0.5},
{"pair":"EURJPY","mid":164.2,"path":["EURJPY"],"published":{"pair":"EURJPY","mid":164.2,"scale":1},"precision_bp":0.5},
{"pair":"GBPUSD","mid":1.2976,"path":["EURGBP","EURUSD"],"precision_bp":1.0},
{"pair":"USDJPY","mid":150.642,"path":["EURUSD","EURJPY"],"precision_bp":1.0}],
"status":{"state":"live","last_polled":null,"next_poll":null}}"#;

fn batch() -> EnrichedBatch {
    EnrichedBatch::decode(BATCH.as_bytes()).expect("a batch")
}

#[test]
fn every_partition_hears_of_the_batch_and_each_pair_stays_on_its_own() {
    let records = enriched_records(&batch(), 4, Some("00-trace")).expect("encodes");
    let parts: Vec<EnrichedBatch> =
        records.iter().map(|record| EnrichedBatch::decode(&record.payload).expect("a batch")).collect();
    assert!(records.iter().map(|record| record.partition).eq((0..4).map(Some)));
    assert!(records.iter().all(|record| record.key.is_none() && record.header(TRACEPARENT) == Some("00-trace")));
    let pairs = |part: &EnrichedBatch| part.rates.iter().map(|rate| rate.pair.to_string()).collect::<Vec<_>>();
    insta::assert_json_snapshot!(parts.iter().map(pairs).collect::<Vec<_>>());
    for part in parts {
        let rates = batch().rates.into_iter().filter(|rate| part.rates.contains(rate)).collect();
        assert_eq!(
            part,
            EnrichedBatch { rates, ..batch() },
            "all but the rates is the same, and they keep their order"
        );
    }
}

#[test]
fn one_partition_takes_the_batch_as_it_is() {
    let records = enriched_records(&batch(), 1, None).expect("encodes");
    assert_eq!(records.len(), 1);
    assert_eq!((records[0].partition, records[0].headers.len()), (Some(0), 0));
    assert_eq!(EnrichedBatch::decode(&records[0].payload).expect("a batch"), batch());
}
