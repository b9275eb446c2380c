//! The arrows of the architecture, as `deny.toml` states them, against what the crates depend on.

use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Rule {
    #[serde(rename = "crate")]
    name: String,
    #[serde(default)]
    wrappers: Vec<String>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn rules() -> Vec<Rule> {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("readable");
    let file: toml::Table = text.parse().expect("TOML");
    file["bans"]["deny"].clone().try_into().expect("rules")
}

/// Every (crate of ours, its direct dependency) that is more than a test's.
fn arrows() -> Vec<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
        .arg(root().join("Cargo.toml"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let name = |value: &Value| value["name"].as_str().expect("a name").to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .flat_map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
            dependencies.filter(|to| to["kind"] != "dev").map(move |to| (name(package), name(to)))
        })
        .collect()
}

#[test]
fn no_arrow_points_the_wrong_way() {
    let rules = rules();
    assert!(rules.len() > 10, "deny.toml states the arrows");
    let wrong: Vec<_> = arrows()
        .into_iter()
        .filter(|(from, to)| rules.iter().any(|rule| rule.name == *to && !rule.wrappers.contains(from)))
        .collect();
    assert!(wrong.is_empty(), "not allowed by deny.toml: {wrong:?}");
}

#[test]
fn the_domain_is_pure_and_the_testkit_is_for_tests() {
    let impure = ["tokio", "reqwest", "diesel", "salvo", "metrics"];
    for (from, to) in arrows() {
        let is_impure = from == "fx-domain" && (to.starts_with("fx-") || impure.contains(&to.as_str()));
        assert!(!is_impure, "fx-domain depends on {to}");
        assert!(to != "fx-testkit", "{from} depends on fx-testkit outside its tests");
    }
}
