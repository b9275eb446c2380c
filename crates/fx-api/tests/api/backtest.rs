//! Rules, tried on the history.

use serde_json::{Value, json};

use crate::fixture::Fixture;
use crate::recording::{mid, quote, suspect, table};

/// A table a day, and a stream that is far off.
async fn recorded() -> Fixture {
    let fixture = Fixture::empty();
    for (day, figure) in [("26", "1.08"), ("27", "1.12"), ("28", "1.15"), ("29", "1.09"), ("30", "1.11")] {
        let rates = vec![mid("EURUSD", figure), mid("EURJPY", "160.00")];
        fixture.take_in(table("ecb", &format!("2026-10-{day}T15:00:00Z"), rates)).await;
    }
    fixture.take_in(quote("2026-10-30T15:59:50Z", "1.30000", "1.30002")).await;
    fixture
}

fn body(more: &Value) -> String {
    let mut body = json!({"pair": "EURUSD", "condition": {"kind": "above", "threshold": 1.1}, "source": "ecb", "from": "2026-10-01"});
    let fields = body.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    fields.retain(|_, value| !value.is_null());
    body.to_string()
}

#[tokio::test]
async fn episodes_are_those_that_there_would_have_been() {
    let fixture = recorded().await;
    let answer = fixture.post_to("/alerts/backtest", &body(&json!({}))).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    insta::assert_snapshot!(answer.lines());
    assert_eq!(fixture.get("/alerts").await.json()["count"], 0);
}

#[tokio::test]
async fn only_the_time_that_is_asked_for_counts() {
    let fixture = recorded().await;
    let told = async |more| {
        let answer = fixture.post_to("/alerts/backtest", &body(&more)).await.json();
        let count = answer["episodes"].as_array().expect("episodes").len();
        (answer["updates_read"].as_u64().expect("a number"), count)
    };
    // It begins with the rate of then, as a rule that is created then does.
    assert_eq!(told(json!({"from": "2026-10-29"})).await, (2, 2));
    assert_eq!(told(json!({"to": "2026-10-30"})).await, (4, 1));
    assert_eq!(told(json!({"from": "2026-10-27", "to": "2026-10-28"})).await, (1, 1));
    assert_eq!(told(json!({"from": "2020-01-01", "to": "2020-02-01"})).await, (0, 0));
}

#[tokio::test]
async fn every_pair_and_every_feed_is_read_where_the_rule_says_so() {
    let fixture = recorded().await;
    let told = async |more| fixture.post_to("/alerts/backtest", &body(&more)).await.json();
    let all = told(json!({"pair": null, "pairs": ["*"], "condition": {"kind": "below", "threshold": 500}})).await;
    // EURUSD, EURJPY and the cross of the two.
    assert_eq!((all["updates_read"].as_u64(), all["episodes"].as_array().map(Vec::len)), (Some(15), Some(3)));
    let both = told(json!({"source": null})).await;
    assert_eq!(both["updates_read"], 6);
    let apart = told(json!({
        "source": null, "condition": {"kind": "divergence", "sources": ["ecb", "kraken"], "bp": 100},
        "from": "2026-10-30"
    }))
    .await;
    assert_eq!(
        (&apart["episodes"][0]["fired_at"], &apart["episodes"][0]["cleared_at"]),
        (&"2026-10-30T15:59:50Z".into(), &Value::Null)
    );
}

#[tokio::test]
async fn a_held_rate_fires_nothing() {
    let fixture = Fixture::empty();
    let rates = |figure| vec![mid("EURUSD", figure), mid("EURJPY", "160.00")];
    fixture.take_in(table("ecb", "2026-10-28T15:00:00Z", rates("1.08"))).await;
    let held = vec![suspect(mid("EURUSD", "10.8")), mid("EURJPY", "160.00")];
    fixture.take_in(table("ecb", "2026-10-29T15:00:00Z", held)).await;
    let answer = fixture.post_to("/alerts/backtest", &body(&json!({}))).await.json();
    assert_eq!((&answer["updates_read"], &answer["episodes"]), (&2.into(), &json!([])));
}

#[tokio::test]
async fn what_cannot_be_tried_is_refused_with_its_place() {
    let fixture = Fixture::empty();
    for (more, pointer) in [
        (json!({"from": null}), "/from"),
        (json!({"from": "soon"}), "/from"),
        (json!({"from": 7}), "/from"),
        (json!({"to": "2026-09-30"}), "/from"),
        (json!({"to": "later"}), "/to"),
        (json!({"condition": {"kind": "above", "threshold": -1}}), "/condition/threshold"),
        (json!({"until": "2026-10-30"}), "/until"),
    ] {
        let refused = fixture.post_to("/alerts/backtest", &body(&more)).await;
        refused.problem(422);
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{more}: {}", refused.body);
    }
    fixture.post_to("/alerts/backtest", "[]").await.problem(400);
}
