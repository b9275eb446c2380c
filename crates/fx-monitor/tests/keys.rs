//! `fx-monitor keys`, and the key that a command brings.

mod client {
    pub(crate) mod service;
}

use std::path::Path;

use client::service::{self, Service, fx_monitor};
use serde_json::Value;

async fn keys(file: &Path, arguments: &[&str]) -> client::service::Ran {
    fx_monitor(&[&["keys"], arguments, &["--file", file.to_str().expect("UTF-8")]].concat()).await
}

#[tokio::test]
async fn a_key_is_made_listed_and_revoked() {
    let folder = tempfile::tempdir().expect("temporary directory");
    let file = folder.path().join("keys.toml");
    let made = keys(&file, &["new", "--name", "desk", "--scope", "write", "--rate", "600/m", "-o", "json"]).await;
    let made: Value = serde_json::from_str(&made.success()).expect("JSON");
    let key = made["key"].as_str().expect("a key");
    assert!(key.starts_with("fxk_") && key.len() == 47, "{key}");
    let listed = keys(&file, &["list", "--output", "csv"]).await.success();
    assert!(listed.starts_with("name,scope,rate,burst,created_at\ndesk,write,600/m,600,20"), "{listed}");
    let twice = keys(&file, &["new", "--name", "desk"]).await;
    assert_eq!(twice.failure(1), "fx-monitor: there is a key `desk` already, take another name or revoke it first\n");
    let table = keys(&file, &["new", "--name", "page"]).await.success();
    assert!(table.starts_with("NAME") && table.contains("page  read   fxk_"), "{table}");
    let text = std::fs::read_to_string(&file).expect("readable");
    assert!(!text.contains(key) && text.starts_with("# The keys of the API"), "{text}");
    assert_eq!(keys(&file, &["revoke", "desk"]).await.success(), "revoked desk\n");
    let gone = keys(&file, &["revoke", "desk"]).await;
    assert_eq!(gone.failure(1), "fx-monitor: there is no key `desk`, there are: page\n");
}

#[tokio::test]
async fn a_configuration_names_the_file() {
    let folder = tempfile::tempdir().expect("temporary directory");
    let (config, file) = (folder.path().join("fx.toml"), folder.path().join("keys.toml"));
    std::fs::write(&config, "[api]\nlisten = \"127.0.0.1:8000\"\n").expect("written");
    let arguments = ["keys", "new", "--name", "desk", "--config", config.to_str().expect("UTF-8")];
    let none = fx_monitor(&arguments).await;
    assert!(none.failure(1).ends_with("names no [api] keys_file; add it, or name the file by --file\n"));
    std::fs::write(&config, format!("[api]\nlisten = \"0.0.0.0:8000\"\nkeys_file = {file:?}\n")).expect("written");
    fx_monitor(&arguments).await.success();
    assert!(file.exists());
    assert_eq!(fx_monitor(&["keys", "list"]).await.code, Some(2), "one of the two must be named");
}

#[tokio::test]
async fn a_key_is_sent_as_it_stands_in_its_file_and_not_in_the_clear() {
    let folder = tempfile::tempdir().expect("temporary directory");
    let file = folder.path().join("key");
    std::fs::write(&file, "fxk_sesame\n").expect("written");
    let file = file.to_str().expect("UTF-8");
    let service = Service::start().await;
    service.answers("GET", "/feeds", 200, &service::feeds()).await;
    service.run(&["feeds", "--key-file", file]).await.success();
    service.run(&["feeds"]).await.success();
    assert_eq!(service.headers("authorization").await, [Some("Bearer fxk_sesame".to_owned()), None]);
    let far = fx_monitor(&["feeds", "--key-file", file, "--url", "http://192.0.2.1"]).await;
    let told = far.failure(1);
    assert_eq!(told, "fx-monitor: http://192.0.2.1/ would be sent the key in the clear; use https\n");
    let absent = service.run(&["feeds", "--key-file", "/nonexistent"]).await;
    let told = absent.failure(1);
    assert!(told.starts_with("fx-monitor: --key-file: /nonexistent cannot be read: "), "{told}");
}
