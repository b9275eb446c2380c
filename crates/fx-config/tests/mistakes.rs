//! Every mistake is found at once, and each says where it stands and what would be right.

use std::path::Path;

use fx_config::{Origin, Overrides, Settings};

fn mistakes(text: &str) -> String {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("fx.toml");
    std::fs::write(&path, text).expect("written");
    let errors = Settings::load(Some(&path)).expect_err("mistakes");
    errors.to_string().replace(&format!("{}/", directory.path().display()), "")
}

#[test]
fn all_mistakes_of_a_file_are_said_at_once() {
    let text = r#"
        data_dri = "/srv"
        [currencies]
        tracked = ["EUR", "EURO", "USD"]
        [feeds]
        order = ["kraken", "kraken", "krakn", "open-exchange-rates", "Nope!"]
        interval = 30
        request_timeout = "soon"
        body_limit_bytes = 12
        [feeds.kraken]
        url = "https://example.org"
        base = "EUR"
        [feeds.ecb]
        intervall = "1h"
        [stream]
        backend = "kafka"
        retention = "1h"
        [store]
        retentoin = "1d"
        [enrich]
        state_every_batches = -1
        [api]
        listen = "0.0.0.0:8000"
        cors_origins = ["*"]
        [telemetry]
        log = "infoo"
        format = "xml"
        [web]
    "#;
    insta::assert_snapshot!(mistakes(text));
}

#[test]
fn a_file_that_is_no_toml_is_said_to_be_so_with_its_line() {
    insta::assert_snapshot!(mistakes("[api]\nlisten = 127.0.0.1:8000\n"), @"fx.toml: line 2, column 15 is no TOML: invalid float, expected nothing");
}

#[test]
fn a_table_for_a_value_and_a_value_for_a_table_are_told_apart() {
    insta::assert_snapshot!(mistakes("api = 5\n[telemetry]\nlog = { level = \"info\" }\n[feeds]\nkraken = \"on\"\n"), @r#"
    fx.toml: api = 5: must be a table: write [api] and its keys below it
    fx.toml: feeds.kraken: unknown key kraken; one of order, interval, request_timeout, connect_timeout, body_limit_bytes, bundled_history
    fx.toml: telemetry.log = a table: is a table, must be a text in quotes
    "#);
}

#[test]
fn an_absent_file_is_named() {
    let errors = Settings::load(Some(Path::new("/nonexistent/fx.toml"))).expect_err("absent");
    assert!(errors.to_string().starts_with("/nonexistent/fx.toml: cannot be read: "), "{errors}");
}

#[test]
fn a_missing_key_file_is_said_without_reading_further() {
    let text = "[feeds]\norder = [\"open-exchange-rates\"]\n[feeds.open-exchange-rates]\napi_key_file = \"/nonexistent/key\"\n";
    insta::assert_snapshot!(mistakes(text), @r#"fx.toml: feeds.open-exchange-rates.api_key_file = "/nonexistent/key": /nonexistent/key cannot be read: No such file or directory (os error 2)"#);
}

#[test]
fn a_flag_is_named_as_it_was_typed() {
    let listen = Some("192.0.2.1:80".parse().expect("an address"));
    let errors = Settings::load_with(None, &Overrides { data_dir: None, listen }).expect_err("not loopback");
    assert_eq!(errors.mistakes()[0].origin, Origin::Flag("--listen".to_owned()));
}
