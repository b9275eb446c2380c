//! What the command line says of itself, and of a wrong configuration or usage.

use std::process::{Command, Output};

fn fx_monitor(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fx-monitor"));
    command.args(arguments).env("XDG_DATA_HOME", "/data").output().expect("fx-monitor runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

#[test]
fn check_config_says_what_would_run() {
    let output = fx_monitor(&["check-config"]);
    assert_eq!(output.status.code(), Some(0));
    let said = text(&output.stdout);
    assert!(said.starts_with("data        /data/fx-monitor\n"), "{said}");
    assert!(said.ends_with("processes   one: fx-monitor up\n"), "{said}");
}

#[test]
fn check_config_says_on_which_servers() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/production.toml");
    let output = fx_monitor(&["check-config", "--config", file]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    for part in
        ["Kafka at 127.0.0.1:9092, ", "PostgreSQL at /run/postgresql as fx-monitor, ", "Redis at 127.0.0.1:6379, "]
    {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
}

#[test]
fn check_config_says_every_mistake_on_a_line_of_its_own() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let file = directory.path().join("fx.toml");
    std::fs::write(&file, "[api]\nlisen = \"127.0.0.1:80\"\n[stream]\nbackend = \"kafak\"\n").expect("written");
    let output = fx_monitor(&["check-config", "--config", file.to_str().expect("UTF-8")]);
    assert_eq!(output.status.code(), Some(1));
    let expected = format!(
        "fx-monitor: {0}: api.lisen: unknown key lisen; did you mean listen?\n\
         fx-monitor: {0}: stream.backend = \"kafak\": is not known; did you mean kafka?\n",
        file.display()
    );
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), expected));
}

#[test]
fn wrong_usage_ends_with_2() {
    let wrong: [&[&str]; 8] = [
        &[],
        &["ratse"],
        &["rates", "EURXXX"],
        &["rates", "--url", "ftp://example.org"],
        &["rates", "--output", "xml"],
        &["up", "--speed", "max"],
        &["up", "--replay", "a.zip", "--speed", "-1"],
        &["alerts", "create", "--pair", "EURUSD"],
    ];
    for arguments in wrong {
        let output = fx_monitor(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_version_and_completions_go_to_stdout() {
    for arguments in [&["--help"][..], &["--version"], &["completions", "bash"], &["alerts", "create", "--help"]] {
        let output = fx_monitor(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(text(&output.stdout).contains("fx-monitor"), "{arguments:?}");
    }
}
