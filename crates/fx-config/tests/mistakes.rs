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
        backend = "kafak"
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
fn the_mistakes_about_servers_say_what_would_be_right() {
    let text = r#"
        [feeds]
        spool_max_bytes = 1000
        [stream]
        backend = "kafka"
        [stream.kafka]
        brokers = ["kafka", "kafka:9092", "kafka:9092", "fx:sesame@kafka:9092"]
        prefix = "fx monitor"
        rates_partitions = 0
        enriched_partitions = 1001
        replication = 1
        min_insync_replicas = 2
        session_timeout = "5s"
        sasl = "plain"
        prefixx = "x"
        [stream.kafka.tls]
        ca_file = "/nonexistent/ca.pem"
        [store]
        backend = "postgresql"
        [store.postgresql]
        host = "postgres://fx:sesame@db.example/fx"
        port = 0
        user = ""
        schema = "Fx"
        connections = 0
        statement_timeout = "1s"
        password_file = "/nonexistent/password"
        [store.postgresql.tls]
        enabled = true
        certificate_file = "/nonexistent/client.pem"
        [cache]
        backend = "redis"
        [cache.redis]
        host = "/run/redis.sock"
        prefix = "f x"
        user = "fx"
        [cache.redis.tls]
        enabled = true
        key_file = "$CREDENTIALS_DIRECTORY/key"
        [index]
        backend = "elasticsearch"
        period = "week"
        [index.elasticsearch]
        url = "http://es.example:9200"
        user = "fx"
        password_file = "/nonexistent/password"
        bulk_documents = 0
        bulk_bytes = 1000
        prefix = "FX"
        [kibana]
        enabled = true
        url = "https://fx:sesame@kibana.example"
        user = "fx"
        api_key_file = "/nonexistent/key"
        [kibana.tls]
        ca_file = "/nonexistent/ca.pem"
        [consumer]
        roles = ["cache", "cache", "index"]
        [telemetry]
        otlp_endpoint = "http://fx:sesame@otlp.example"
        [telemetry.metrics]
        producer = "127.0.0.1:9102"
        consumer = "localhost:9102"
    "#;
    let mistakes = mistakes(text);
    assert!(!mistakes.contains("sesame"), "a secret is shown: {mistakes}");
    insta::assert_snapshot!(mistakes);
}

#[test]
fn a_process_without_a_role_is_refused() {
    insta::assert_snapshot!(mistakes("[consumer]\nroles = []\n"), @"fx.toml: consumer.roles = []: must name at least one role; a process without one would do nothing");
}

#[test]
fn the_role_index_needs_an_index_and_an_index_has_its_role() {
    insta::assert_snapshot!(mistakes("[consumer]\nroles = [\"index\"]\n"), @r#"fx.toml: consumer.roles = "index": needs an index: set [index] backend = "elasticsearch", or leave the role out"#);
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("fx.toml");
    std::fs::write(&path, "[index]\nbackend = \"elasticsearch\"\n").expect("written");
    let roles = Settings::load(Some(&path)).expect("right").consumer.roles;
    assert!(roles.contains(&fx_config::ConsumerRole::Index) && roles.len() == 4);
}

#[test]
fn a_mechanism_needs_its_user_and_a_user_a_mechanism() {
    let kafka = "[stream]\nbackend = \"kafka\"\n[stream.kafka]\n";
    insta::assert_snapshot!(mistakes(&format!("{kafka}sasl = \"scram-sha-512\"\n")), @r#"
    fx.toml: stream.kafka.password_file: is missing; sasl = "scram-sha-512" needs a password, and this key names the file that holds it
    fx.toml: stream.kafka.user: is missing; sasl = "scram-sha-512" needs a user
    "#);
    insta::assert_snapshot!(mistakes(&format!("{kafka}user = \"fx\"\n")), @r#"fx.toml: stream.kafka.user: is of no use while sasl is "none"; choose a mechanism, or remove the key"#);
    insta::assert_snapshot!(mistakes(&format!("{kafka}sasl = \"gssapi\"\n")), @r#"fx.toml: stream.kafka.sasl = "gssapi": is not known; one of none, plain, scram-sha-256, scram-sha-512"#);
}

#[test]
fn nothing_is_demanded_of_a_server_that_is_not_used() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("fx.toml");
    let text = "[stream.kafka]\nsasl = \"plain\"\n[store.postgresql]\npassword_file = \"/nonexistent\"\n[cache.redis]\nuser = \"fx\"\n[kibana]\nuser = \"fx\"\n";
    std::fs::write(&path, text).expect("written");
    Settings::load(Some(&path)).expect("no backend of these is chosen");
}

#[test]
fn a_file_that_is_no_toml_is_said_to_be_so_with_its_line() {
    insta::assert_snapshot!(mistakes("[api]\nlisten = 127.0.0.1:8000\n"), @"fx.toml: line 2, column 15 is no TOML: invalid float, expected nothing");
}

#[test]
fn a_table_for_a_value_and_a_value_for_a_table_are_told_apart() {
    insta::assert_snapshot!(mistakes("api = 5\n[telemetry]\nlog = { level = \"info\" }\n[feeds]\nkraken = \"on\"\n"), @r#"
    fx.toml: api = 5: must be a table: write [api] and its keys below it
    fx.toml: feeds.kraken: unknown key kraken; one of order, interval, request_timeout, connect_timeout, body_limit_bytes, spool_max_bytes, bundled_history
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

#[test]
fn each_network_that_is_none_is_said() {
    let text = r#"
        [delivery]
        allow_private_targets = ["10.1.2.0/24", "10.1.2.3/24", "intranet", "::1"]
    "#;
    insta::assert_snapshot!(mistakes(text), @r#"
    fx.toml: delivery.allow_private_targets = "10.1.2.3/24": names an address within its network; write 10.1.2.0/24 or 10.1.2.3
    fx.toml: delivery.allow_private_targets = "intranet": is no network; write one such as 10.1.2.0/24 or fd00::/8
    "#);
}
