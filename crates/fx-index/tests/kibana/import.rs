//! Putting the dashboards there.

use std::sync::Mutex;
use std::time::Duration;

use fx_config::{KibanaSettings, Secret};
use fx_index::kibana::{KibanaError, provision};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::decoded::file;
use super::played::{Behaviour, Kibana};

const OURS: [&str; 5] = ["fx-monitor-alerts", "fx-monitor-rates", "fx-alerts", "fx-deliveries", "fx-rates"];

pub(super) fn settings(url: String) -> KibanaSettings {
    KibanaSettings { enabled: true, url, patience: Duration::from_secs(30), ..KibanaSettings::default() }
}

async fn refused(behaviour: Behaviour) -> KibanaError {
    let kibana = Kibana::start(behaviour).await;
    let mut settings = settings(kibana.url());
    settings.patience = Duration::ZERO;
    let error = provision(&settings, "", &|_| ()).await.expect_err("refused");
    assert!(kibana.ids().is_empty());
    error
}

#[tokio::test]
async fn it_is_waited_for_and_then_everything_is_there() {
    let kibana = Kibana::start(Behaviour { starting: 1, version: Some("8.15.3"), ..Behaviour::default() }).await;
    let heard = Mutex::new(Vec::new());
    let hear = |why: &str| heard.lock().expect("not poisoned").push(why.to_owned());
    let said = provision(&settings(kibana.url()), "", &hear).await.expect("imported");
    assert_eq!(*heard.lock().expect("not poisoned"), ["it says that it is unavailable"]);
    assert_eq!(
        said,
        [
            "data view fx-rates: created",
            "data view fx-alerts: created",
            "data view fx-deliveries: created",
            "dashboard fx-monitor-rates: created",
            "dashboard fx-monitor-alerts: created",
        ]
    );
    assert_eq!(kibana.ids(), OURS);
}

#[tokio::test]
async fn again_there_are_no_doubles_and_what_people_saved_stays() {
    let kibana = Kibana::start(Behaviour::default()).await;
    let settings = settings(kibana.url());
    provision(&settings, "", &|_| ()).await.expect("imported");
    let copy = json!({"type": "dashboard", "id": "my-rates", "attributes": {"title": "FX rates"}, "references": []});
    let changed = json!({"type": "dashboard", "id": "fx-monitor-rates", "attributes": {"title": "?"}});
    for object in [&copy, &changed] {
        kibana.stored.lock().expect("not poisoned").put("default", object.clone());
    }
    let said = provision(&settings, "", &|_| ()).await.expect("imported");
    assert!(said.iter().all(|line| line.ends_with(": replaced")), "{said:?}");
    assert_eq!(kibana.ids().len(), OURS.len() + 1);
    let stored = kibana.stored.lock().expect("not poisoned");
    assert_eq!(stored.get("dashboard", "my-rates"), Some(&copy));
    assert_eq!(stored.get("dashboard", "fx-monitor-rates").expect("is there")["attributes"]["title"], "FX rates");
}

#[tokio::test]
async fn a_space_has_objects_of_its_own() {
    let kibana = Kibana::start(Behaviour::default()).await;
    provision(&settings(kibana.url()), "", &|_| ()).await.expect("imported");
    let desk = KibanaSettings { space: "desk".to_owned(), ..settings(kibana.url()) };
    let said = provision(&desk, "", &|_| ()).await.expect("imported");
    assert!(said.contains(&"dashboard fx-monitor-rates-desk: created".to_owned()), "{said:?}");
    assert_eq!(kibana.ids().len(), 2 * OURS.len());
    let unknown = KibanaSettings { space: "nowhere".to_owned(), ..settings(kibana.url()) };
    let error = provision(&unknown, "", &|_| ()).await.expect_err("no such space").to_string();
    assert!(error.ends_with("refuses the dashboards (404): Not Found"), "{error}");
}

#[tokio::test]
async fn it_says_who_it_is() {
    let key: &str = "ApiKey c2VzYW1l";
    let kibana = Kibana::start(Behaviour { access: Some(key), ..Behaviour::default() }).await;
    let secret = |text: &str| Some(Secret::from(text.to_owned()));
    let right = KibanaSettings { api_key: secret("c2VzYW1l"), ..settings(kibana.url()) };
    provision(&right, "", &|_| ()).await.expect("imported");
    let wrong = KibanaSettings { api_key: secret("b3RoZXI="), ..settings(kibana.url()) };
    let error = provision(&wrong, "", &|_| ()).await.expect_err("another key").to_string();
    assert!(error.contains("refuses this user (401)") && !error.contains("b3RoZXI="), "{error}");
    let garbled = KibanaSettings { api_key: secret("c2Vz\u{7}YW1l"), ..settings(kibana.url()) };
    let error = provision(&garbled, "", &|_| ()).await.expect_err("no key").to_string();
    assert!(error.starts_with("kibana.api_key_file: holds no API key"), "{error}");
    let nobody = provision(&settings(kibana.url()), "", &|_| ()).await.expect_err("no key");
    assert!(matches!(nobody, KibanaError::Forbidden { status: 401, .. }), "{nobody}");

    let basic = Some("Basic Zng6c2VzYW1l");
    let kibana = Kibana::start(Behaviour { access: basic, version: Some("8.14.0"), ..Behaviour::default() }).await;
    let user = Some("fx".to_owned());
    let right = KibanaSettings { user, password: secret("sesame"), ..settings(kibana.url()) };
    provision(&right, "", &|_| ()).await.expect("imported");
}

#[tokio::test]
async fn what_is_wrong_is_said() {
    let starting = Behaviour { starting: usize::MAX, ..Behaviour::default() };
    let error = refused(starting).await.to_string();
    assert!(error.contains("is not available after 0s: it says that it is unavailable"), "{error}");

    let error = refused(Behaviour { level: Some("degraded"), ..Behaviour::default() }).await.to_string();
    assert!(error.contains("it says that it is degraded") && error.contains("set kibana.enabled = false"), "{error}");

    let error = refused(Behaviour { version: Some("8.13.4"), ..Behaviour::default() }).await.to_string();
    assert_eq!(error, "kibana 8.13.4 is too old for these dashboards, which need 8.14 or newer");

    let nobody = KibanaSettings { patience: Duration::ZERO, ..settings("http://127.0.0.1:1".to_owned()) };
    let error = provision(&nobody, "", &|_| ()).await.expect_err("nobody is there").to_string();
    assert!(error.contains("http://127.0.0.1:1 is not available") && error.contains("refused"), "{error}");
}

/// 200 says nothing.
#[tokio::test]
async fn every_answer_is_read() {
    let failed = json!({"success": false, "successCount": 1, "errors": [
        {"type": "dashboard", "id": "a", "error": {"type": "conflict"}},
        {"type": "dashboard", "id": "b", "error": {"type": "missing_references", "references": [{"type": "index-pattern", "id": "fx-rates"}]}},
        {"type": "dashboard", "id": "c", "error": {"type": "unknown", "message": "no room", "statusCode": 500}},
        {"type": "index-pattern", "id": "d", "error": {"type": "unsupported_type"}},
    ]});
    let error = refused(Behaviour { outcome: Some(failed), ..Behaviour::default() }).await.to_string();
    for part in [
        "dashboard a: another object has its place; ",
        "dashboard b: it needs fx-rates, which is not there; ",
        "dashboard c: no room; ",
        "data view d: this kibana does not know such objects",
    ] {
        assert!(error.contains(part), "{part} is missing in {error}");
    }
    let fewer = json!({"success": true, "successCount": 3});
    let error = refused(Behaviour { outcome: Some(fewer), ..Behaviour::default() }).await.to_string();
    assert!(error.contains("3 of 5 objects were imported"), "{error}");
    let other = refused(Behaviour { outcome: Some(json!({"hello": "world"})), ..Behaviour::default() }).await;
    assert!(matches!(other, KibanaError::NotKibana { .. }), "{other}");
}

#[tokio::test]
async fn what_leads_elsewhere_is_no_kibana() {
    let server = wiremock::MockServer::start().await;
    let elsewhere = wiremock::ResponseTemplate::new(302).insert_header("location", "/kibana/api/status");
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(elsewhere).mount(&server).await;
    let error = provision(&settings(server.uri()), "", &|_| ()).await.expect_err("elsewhere").to_string();
    assert!(error.contains("is no kibana") && error.contains("leads to /kibana/api/status"), "{error}");
}

/// The double is worth something only where it refuses what Kibana refuses.
#[tokio::test]
async fn the_played_kibana_refuses_what_kibana_refuses() {
    let kibana = Kibana::start(Behaviour::default()).await;
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let send = async |header: &str, name: &str, file: String| -> (u16, Value) {
        let form = Form::new().part("file", Part::text(file).file_name(name.to_owned()));
        let url = format!("{}/api/saved_objects/_import", kibana.url());
        let response = http.post(url).header(header, "1").multipart(form).send().await.expect("sent");
        (response.status().as_u16(), response.json().await.expect("JSON"))
    };
    let message = |(status, body): (u16, Value)| (status, body["message"].as_str().unwrap_or_default().to_owned());
    let told = message(send("x-other", "a.ndjson", file()).await);
    assert_eq!(told, (400, "Request must contain a kbn-xsrf header.".to_owned()));
    assert_eq!(message(send("kbn-xsrf", "a.json", file()).await), (400, "Invalid file extension .json".to_owned()));
    assert_eq!(message(send("kbn-version", "a.ndjson", file()).await).0, 400);
    let newer = file().replace("10.2.0", "10.3.0");
    assert_eq!(message(send("kbn-xsrf", "a.ndjson", newer).await).0, 422);
    let twice = format!("{}{}", file(), file());
    assert_eq!(message(send("kbn-xsrf", "a.ndjson", twice).await).0, 400);
    let without_views = file().lines().skip(2).collect::<Vec<_>>().join("\n");
    let (status, outcome) = send("kbn-xsrf", "a.ndjson", without_views).await;
    assert_eq!((status, &outcome["success"]), (200, &json!(false)));
    assert_eq!(outcome["errors"][0]["error"]["type"], "missing_references");
    assert!(kibana.ids().is_empty());
    assert_eq!(send("kbn-xsrf", "a.ndjson", file()).await.1["successCount"], 5);
    let again = send("kbn-xsrf", "a.ndjson", file()).await.1;
    assert_eq!(again["errors"][0]["error"]["type"], "conflict");
}
