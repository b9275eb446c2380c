//! SQL, HTML and worse in every text: kept and given back as it was written, or refused; never more than a text.

use serde_json::{Value, json};

use crate::fixture::{Answer, Fixture};

const TEXTS: [&str; 9] = [
    "'; DROP TABLE alerts; --",
    "\" OR \"\"=\"",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\r\nSet-Cookie: a=b\r\n\r\n<html>",
    "{{7*7}} ${7*7} %s %n %x",
    "../../../../etc/passwd",
    "\u{202e}\u{feff}\u{1f4b6} ﷽",
    "\\u0000 \\x00 %00",
];

/// What no store keeps the same.
const NUL: &str = "before\0after";

fn must_be_text(answer: &Answer) {
    assert!(answer.header("content-type").starts_with("application/"), "{:?}", answer.headers);
    assert!(answer.header("content-type").contains("json"), "{:?}", answer.headers);
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("set-cookie"), "");
}

async fn set(fixture: &Fixture, field: &str, text: &str) -> Answer {
    let mut alert = json!({"pair": "EURUSD", "condition": "above", "threshold": 1.1});
    alert[field] = text.into();
    fixture.post_to("/alerts", &alert.to_string()).await
}

#[tokio::test]
async fn names_and_notes_come_back_as_they_were_written() {
    let fixture = Fixture::with(|context| context.max_alerts = 1000);
    for text in TEXTS {
        for field in ["name", "note"] {
            let answer = set(&fixture, field, text).await;
            assert_eq!(answer.status, 201, "{}", answer.body);
            must_be_text(&answer);
            let shown = fixture.get(answer.header("location")).await;
            must_be_text(&shown);
            assert_eq!(shown.json()[field], text);
        }
    }
    for field in ["name", "note"] {
        assert!(set(&fixture, field, NUL).await.problem(422).contains("U+0000"));
    }
    let count = fixture.get("/alerts").await.json()["count"].clone();
    assert_eq!(count, 2 * TEXTS.len());
}

#[tokio::test]
async fn every_other_field_refuses_what_it_cannot_be() {
    let fixture = Fixture::empty();
    for text in TEXTS.into_iter().chain([NUL, &"A".repeat(60_000)]) {
        for field in ["pair", "condition", "for", "cooldown", "repeat_every", "expires_at", "severity", "source"] {
            let answer = set(&fixture, field, text).await;
            must_be_text(&answer);
            let told = answer.problem(422);
            assert!(told.len() < 1000, "{field}: {told}");
        }
        let channel = json!({"name": text, "kind": "file", "path": "alerts.jsonl"});
        must_be_text(&fixture.post_to("/channels", &channel.to_string()).await);
        let channel = json!({"name": "ops", "kind": "webhook", "url": text});
        fixture.post_to("/channels", &channel.to_string()).await.problem(422);
        let unknown: Value = json!({"pair": "EURUSD", "condition": "above", "threshold": 1.1, text: 1});
        fixture.post_to("/alerts", &unknown.to_string()).await.problem(422);
    }
    assert_eq!(fixture.get("/alerts").await.json()["count"], 0);
}

#[tokio::test]
async fn who_acknowledges_is_shown_as_they_write_themselves() {
    let fixture = Fixture::empty();
    let at = set(&fixture, "note", "a").await.header("location").to_owned();
    for text in TEXTS {
        let body = json!({"by": text, "comment": text}).to_string();
        let answer = fixture.post_to(&format!("{at}/acknowledge"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        must_be_text(&answer);
        for field in ["until", "for"] {
            fixture.post_to(&format!("{at}/snooze"), &json!({field: text}).to_string()).await.problem(422);
        }
    }
    for field in ["by", "comment"] {
        let told = fixture.post_to(&format!("{at}/acknowledge"), &json!({field: NUL}).to_string()).await.problem(422);
        assert!(told.contains("U+0000"), "{told}");
    }
}

#[tokio::test]
async fn queries_are_refused_as_text() {
    let fixture = Fixture::recorded().await;
    for text in TEXTS.into_iter().chain([NUL]) {
        let text: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for question in ["rates?pairs", "rates?base", "rates?source", "rates/EURUSD/history?cursor", "alerts?state"] {
            let answer = fixture.get(&format!("/{question}={text}")).await;
            must_be_text(&answer);
            answer.problem(400);
        }
        fixture.get(&format!("/rates?{text}=1")).await.problem(400);
        let convert = fixture.get(&format!("/convert?from=EUR&to=USD&amount={text}")).await;
        assert_eq!(convert.status, 422, "{}", convert.body);
    }
}
