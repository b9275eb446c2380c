use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::fixture::{Answer, Fixture};

/// What an answer of that status has to be.
fn described(document: &Value, operation: &str, status: &str) -> Validator {
    let pointer = format!("{operation}/responses/{status}/content/application~1json/schema");
    let schema = document.pointer(&pointer).unwrap_or_else(|| panic!("nothing at {pointer}"));
    validator(document, schema)
}

fn validator(document: &Value, schema: &Value) -> Validator {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    jsonschema::validator_for(&schema).expect("a schema")
}

fn must_fit(validator: &Validator, value: &Value, what: &str) {
    let errors: Vec<String> = validator.iter_errors(value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:?}");
}

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap_or_else(|| panic!("no object: {value}")).keys().cloned().collect()
}

/// The properties of a schema among the components.
fn properties(document: &Value, name: &str) -> BTreeSet<String> {
    keys(&document["components"]["schemas"][name]["properties"])
}

#[tokio::test]
async fn every_path_is_described() {
    let answer = Fixture::empty().get("/openapi.json").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    let document = answer.json();
    assert!(document["openapi"].as_str().expect("a version").starts_with("3.1"));
    let (mut operations, mut ids) = (Vec::new(), BTreeSet::new());
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            assert!(operation["summary"].is_string() || operation["description"].is_string(), "{method} {path}");
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            assert!(ids.insert(id), "{method} {path} has the id of another");
            for status in ["400", "406", "421", "500", "default"] {
                assert!(operation["responses"][status].is_object(), "{method} {path} says nothing of {status}");
            }
            let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            let names: Vec<&str> = parameters.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
            operations.push(format!("{method} {path} {}", names.join(" ")).trim_end().to_owned());
        }
    }
    insta::assert_snapshot!(operations.join("\n"));
}

#[tokio::test]
async fn answers_are_what_is_described() {
    let fixture = Fixture::recorded().await;
    let document = fixture.get("/openapi.json").await.json();
    for (path, asked, name) in [
        ("/", "/", "About"),
        ("/rates", "/rates", "Rates"),
        ("/rates/{pair}", "/rates/EURUSD", "Rate"),
        ("/rates/{pair}/history", "/rates/EURUSD/history", "History"),
        ("/rates/{pair}/candles", "/rates/EURUSD/candles", "Candles"),
        ("/currencies", "/currencies", "Currencies"),
        ("/convert", "/convert?from=EUR&to=USD&amount=1", "Conversion"),
        ("/feeds", "/feeds", "Feeds"),
        ("/health", "/health", "Health"),
        ("/alerts", "/alerts", "Alerts"),
        ("/alerts/history", "/alerts/history", "Transitions"),
    ] {
        let answer: Answer = fixture.get(asked).await;
        let operation = format!("/paths/{}/get", path.replace('/', "~1"));
        must_fit(&described(&document, &operation, "200"), &answer.json(), path);
        assert_eq!(keys(&answer.json()), properties(&document, name), "{path}");
    }
}

#[tokio::test]
async fn alerts_are_what_is_described() {
    let fixture = Fixture::with(|context| context.max_alerts = 100);
    let document = fixture.get("/openapi.json").await.json();
    let wanted = validator(&document, &json!({"$ref": "#/components/schemas/NewAlert"}));
    let set = described(&document, "/paths/~1alerts/post", "201");
    for condition in [
        json!({"kind": "above", "threshold": 1.1}),
        json!({"kind": "crosses_down", "threshold": 1.1}),
        json!({"kind": "leaves_channel", "low": 1.1, "high": 1.2}),
        json!({"kind": "change_abs", "delta": 0.01, "window": "1h"}),
        json!({"kind": "change_pct", "percent": 1, "window": "1d", "direction": "down"}),
        json!({"kind": "volatility_above", "measure": "ewma_vol", "threshold": 0.1}),
        json!({"kind": "zscore", "updates": 100, "threshold": 3}),
        json!({"kind": "stale", "factor": 2}),
        json!({"kind": "divergence", "sources": ["ecb", "kraken"], "bp": 20}),
    ] {
        let alert = json!({"pairs": ["EURUSD"], "condition": condition});
        must_fit(&wanted, &alert, "what is asked for");
        let answer = fixture.post_to("/alerts", &alert.to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        must_fit(&set, &answer.json(), "what was set");
        assert_eq!(keys(&answer.json()), properties(&document, "Alert"));
    }
    for wrong in [
        json!({"pairs": ["EURUSD"]}),
        json!({"pair": "EUREUR", "condition": "above", "threshold": 1}),
        json!({"pair": "EURUSD", "condition": "above"}),
        json!({"pair": "EURUSD", "condition": {"kind": "above", "threshold": 1, "low": 1}}),
        json!({"pair": "EURUSD", "condition": "above", "threshold": 1, "colour": "red"}),
    ] {
        assert!(!wanted.is_valid(&wrong), "{wrong}");
        assert_eq!(fixture.post_to("/alerts", &wrong.to_string()).await.status, 422, "{wrong}");
    }
}
