//! The message of `fx-alert-events`, version 1: what others program against stays as it is.

use fx_domain::alert::{Kind, Severity, State, Transition};
use fx_stream::message::{Payload, alert_event_record};
use uuid::Uuid;

use super::fixture::{minute, pair, source};

/// As it was first written, and still lies in logs.
const VERSION_1: &str = r#"{"v":1,"id":"00000000-0000-0000-0000-000000000001","alert_id":"00000000-0000-0000-0000-000000000002","alert_name":"EURUSD above 1.1","episode_id":"00000000-0000-0000-0000-000000000003","pair":"EURUSD","from":"pending","to":"firing","source":"ecb","source_ts":"2026-01-14T12:01:00Z","at":"2026-01-14T12:02:00Z","value":1.2,"threshold":1.1,"severity":"warning","message":"EURUSD 1.2 is above 1.1"}"#;

const WITH_KIND: &str = r#"{"v":1,"id":"00000000-0000-0000-0000-000000000001","alert_id":"00000000-0000-0000-0000-000000000002","alert_name":"EURUSD above 1.1","episode_id":"00000000-0000-0000-0000-000000000003","pair":"EURUSD","from":"pending","to":"firing","source":"ecb","source_ts":"2026-01-14T12:01:00Z","at":"2026-01-14T12:02:00Z","value":1.2,"kind":"above","threshold":1.1,"severity":"warning","message":"EURUSD 1.2 is above 1.1"}"#;

#[test]
fn version_1_is_read_as_ever_and_written_with_the_kind() {
    let transition = Transition {
        id: Uuid::from_u128(1),
        alert_id: Uuid::from_u128(2),
        alert_name: "EURUSD above 1.1".to_owned(),
        episode_id: Some(Uuid::from_u128(3)),
        pair: pair("EURUSD"),
        from: State::Pending,
        to: State::Firing,
        source: source("ecb"),
        source_ts: minute(1),
        at: minute(2),
        value: 1.2,
        kind: Some(Kind::Above),
        threshold: 1.1,
        severity: Severity::Warning,
        message: "EURUSD 1.2 is above 1.1".to_owned(),
        measured: None,
        notice: None,
        precision_bp: None,
        derived: None,
        by: None,
        comment: None,
        took_s: None,
    };
    let record = alert_event_record(&transition).expect("encodes");
    assert_eq!(str::from_utf8(&record.payload), Ok(WITH_KIND));
    assert_eq!(record.key.as_deref(), Some("00000000-0000-0000-0000-000000000002"));
    assert_eq!(Transition::decode(WITH_KIND.as_bytes()).expect("is read"), transition);
    let first = Transition { kind: None, ..transition };
    assert_eq!(Transition::decode(VERSION_1.as_bytes()).expect("is read"), first);
}
