//! The message of `fx-deliveries`, version 1: what others program against stays as it is.

use chrono::{DateTime, TimeDelta};
use fx_domain::clock::Timestamp;
use fx_domain::delivery::{Attempt, Delivery, Status};
use fx_stream::message::{Payload, delivery_record};

const VERSION_1: &str = r#"{"v":1,"id":"00000000-0000-0000-0000-000000000001","channel":"ops","status":"failed","reason":"gone","transitions":["00000000-0000-0000-0000-000000000002"],"alert_ids":["00000000-0000-0000-0000-000000000003"],"alert_names":["EURUSD above 1.1"],"attempts":[{"at":"2026-01-14T12:00:05Z","took_ms":12,"code":410,"error":"410 Gone"}],"next_at":null,"created_at":"2026-01-14T12:00:00Z","finished_at":"2026-01-14T12:00:06Z"}"#;

fn at(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_768_392_000, 0).expect("in range") + TimeDelta::seconds(seconds)
}

fn id(last: u8) -> String {
    format!("00000000-0000-0000-0000-00000000000{last}")
}

#[test]
fn version_1_is_read_and_written_as_ever() {
    let attempt = Attempt { at: at(5), took_ms: 12, code: Some(410), error: Some("410 Gone".to_owned()) };
    let delivery = Delivery {
        id: id(1).parse().expect("an id"),
        channel: "ops".to_owned(),
        status: Status::Failed,
        reason: Some("gone".to_owned()),
        transitions: vec![id(2).parse().expect("an id")],
        alert_ids: vec![id(3).parse().expect("an id")],
        alert_names: vec!["EURUSD above 1.1".to_owned()],
        attempts: vec![attempt],
        next_at: None,
        created_at: at(0),
        finished_at: Some(at(6)),
    };
    let record = delivery_record(&delivery).expect("encodes");
    assert_eq!(str::from_utf8(&record.payload), Ok(VERSION_1));
    assert_eq!(record.key.as_deref(), Some(id(1).as_str()));
    assert_eq!(Delivery::decode(VERSION_1.as_bytes()).expect("is read"), delivery);
}
