//! docs/API.md: every command in it does what it shows, and every operation of the API has one.

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use support::{OFFLINE, Service};

/// A block of commands, and what is shown under it.
#[derive(Debug)]
struct Example {
    /// The section that it stands in.
    heading: String,
    /// The status that refuses, or the exit code of curl; none where all goes well.
    ends: Option<u16>,
    commands: String,
    shown: Option<(String, String)>,
}

#[test]
fn every_command_does_what_it_shows() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md")).expect("readable");
    let examples = examples(&text);
    let folder = tempfile::tempdir().expect("a scratch folder");
    let config = format!("{OFFLINE}[delivery]\nallow_private_targets = [\"127.0.0.1\"]\n");
    let service = Service::start_with(folder.path(), &config, &[]);
    for pair in ["EURUSD", "USDJPY"] {
        let path = format!("/rates/{pair}/history?order=desc&limit=1");
        service.until(&path, |page| page["points"][0]["source_ts"] == "2026-10-30T15:00:00Z");
    }
    let ran = run(folder.path(), service.url(), &examples);
    let mut wrong = Vec::new();
    for (at, example) in examples.iter().enumerate() {
        let told = |what: &str| std::fs::read_to_string(folder.path().join(format!("{at}.{what}"))).unwrap_or_default();
        let (answer, code) = (told("out"), told("code"));
        if !ends_as_said(example, code.trim(), &answer) || !shows_what_is_shown(example, &answer) {
            let answer: String = answer.chars().take(600).collect();
            wrong.push(format!("{example:#?}\nended with {} and answered {answer}", code.trim()));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), String::from_utf8_lossy(&ran.stderr));
    every_operation_has_one(&service.get("/openapi.json"), &examples);
}

fn ends_as_said(example: &Example, code: &str, answer: &str) -> bool {
    let status = serde_json::from_str::<Value>(answer).ok().and_then(|answer| answer["status"].as_u64());
    match example.ends {
        None => code == "0",
        // By --fail-with-body, which every curl here has.
        Some(refused @ 400..) => code == "22" && status == Some(refused.into()),
        Some(exit) => code == exit.to_string(),
    }
}

fn shows_what_is_shown(example: &Example, answer: &str) -> bool {
    let Some((language, shown)) = &example.shown else { return true };
    if language == "text" {
        return shown.lines().all(|line| answer.contains(line.trim()));
    }
    let shown: Value = serde_json::from_str(shown).unwrap_or_else(|error| panic!("{error}: {shown}"));
    let first = serde_json::Deserializer::from_str(answer).into_iter::<Value>().next();
    first.is_some_and(|answer| answer.is_ok_and(|answer| holds(&answer, &shown)))
}

/// Whether all that is `shown` stands in the answer; a text may be part of one, and `…` is anything.
fn holds(answer: &Value, shown: &Value) -> bool {
    match (answer, shown) {
        (_, Value::String(anything)) if anything == "…" => true,
        (Value::String(answer), Value::String(shown)) => answer.contains(shown.as_str()),
        (Value::Object(answer), Value::Object(shown)) => {
            shown.iter().all(|(key, shown)| answer.get(key).is_some_and(|answer| holds(answer, shown)))
        }
        (Value::Array(answer), Value::Array(shown)) => {
            shown.iter().all(|shown| answer.iter().any(|answer| holds(answer, shown)))
                && (!shown.is_empty() || answer.is_empty())
        }
        (answer, shown) => answer == shown,
    }
}

/// Runs all blocks in one shell, so that a later one knows what an earlier one has set.
fn run(folder: &Path, url: &str, examples: &[Example]) -> Output {
    let host = url.trim_start_matches("http://");
    let mut script = String::new();
    for (at, example) in examples.iter().enumerate() {
        let commands = example.commands.replace("localhost:8000", host);
        let _ = write!(script, "{{\n{commands}\n}} >{at}.out\necho $? >{at}.code\n");
    }
    std::fs::write(folder.join(".curlrc"), "fail-with-body\nshow-error\n").expect("written");
    std::fs::write(folder.join("script"), script).expect("written");
    let mut bash = Command::new("bash");
    bash.args(["-o", "pipefail", "script"]).current_dir(folder).env("CURL_HOME", folder);
    bash.output().expect("bash runs")
}

fn examples(text: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut heading = String::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("### ") {
            title.trim_matches('`').clone_into(&mut heading);
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block = lines.by_ref().take_while(|line| *line != "```").collect::<Vec<_>>().join("\n");
        match language.split_once(' ').map_or((language, None), |(name, ends)| (name, ends.parse().ok())) {
            ("sh", ends) => {
                examples.push(Example { heading: heading.clone(), ends, commands: block, shown: None });
            }
            (language @ ("json" | "text"), _) => {
                let example = examples.last_mut().expect("commands stand before what they show");
                example.shown = Some((language.to_owned(), block));
            }
            (other, _) => panic!("what is a block of {other}?"),
        }
    }
    examples
}

/// Each has a section called after it, with a command that asks for it.
fn every_operation_has_one(document: &Value, examples: &[Example]) {
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let heading = format!("{} {path}", method.to_uppercase());
            let fixed: Vec<&str> = path.split(['{', '}']).step_by(2).collect();
            let asks = |example: &&Example| {
                let verb = format!("-X {}", method.to_uppercase());
                let has_verb =
                    if method == "get" { !example.commands.contains("-X") } else { example.commands.contains(&verb) };
                example.heading == heading && has_verb && fixed.iter().all(|part| example.commands.contains(part))
            };
            assert!(examples.iter().any(|example| asks(&example)), "docs/API.md has no command for {heading}");
        }
    }
}
