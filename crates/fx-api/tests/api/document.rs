use std::collections::BTreeSet;

use serde_json::Value;

use crate::fixture::{Answer, Fixture};

/// The properties that the schema of a 200 answer has.
fn described(document: &Value, path: &str) -> BTreeSet<String> {
    let schema = &document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
    properties(document, schema)
}

fn properties(document: &Value, schema: &Value) -> BTreeSet<String> {
    let name = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    let schema = name.map_or(schema, |name| &document["components"]["schemas"][name]);
    let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("no object: {schema}"));
    properties.keys().cloned().collect()
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().cloned().collect()
}

#[tokio::test]
async fn every_path_is_described() {
    let answer = Fixture::empty().get("/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let document = answer.json();
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
            assert!(operation["responses"]["default"].is_object(), "{method} {path} says nothing of errors");
            let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            let names: Vec<&str> = parameters.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
            operations.push(format!("{method} {path} {}", names.join(" ")).trim_end().to_owned());
        }
    }
    insta::assert_snapshot!(operations.join("\n"));
}

#[tokio::test]
async fn answers_have_the_fields_that_are_described() {
    let fixture = Fixture::recorded().await;
    let document = fixture.get("/openapi.json").await.json();
    for (path, asked) in [
        ("/", "/"),
        ("/rates", "/rates"),
        ("/rates/{pair}", "/rates/EURUSD"),
        ("/rates/{pair}/history", "/rates/EURUSD/history"),
        ("/rates/{pair}/candles", "/rates/EURUSD/candles"),
        ("/currencies", "/currencies"),
        ("/convert", "/convert?from=EUR&to=USD&amount=1"),
        ("/feeds", "/feeds"),
        ("/health", "/health"),
        ("/alerts", "/alerts"),
        ("/alerts/history", "/alerts/history"),
    ] {
        let answer: Answer = fixture.get(asked).await;
        assert_eq!(keys(&answer.json()), described(&document, path), "{path}");
    }
}

#[tokio::test]
async fn an_alert_has_the_fields_that_are_described() {
    let fixture = Fixture::empty();
    let document = fixture.get("/openapi.json").await.json();
    let request = salvo::test::TestClient::post(crate::fixture::address("/alerts"))
        .add_header("content-type", "application/json", true)
        .body(r#"{"pair":"EURUSD","condition":"above","threshold":1.1}"#);
    let alert = fixture.send(request).await.json();
    let schemas = &document["components"]["schemas"];
    assert_eq!(keys(&alert), properties(&document, &schemas["Alert"]));
    assert!(keys(&alert["condition"]).is_subset(&properties(&document, &schemas["Condition"])));
    assert_eq!(keys(&alert["states"][0]), properties(&document, &schemas["PairState"]));
}
