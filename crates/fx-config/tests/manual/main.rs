//! `docs/CONFIGURATION.md` is made from the settings types: their documentation, their types and their defaults. Where it
//! lacks something, or has aged, `UPDATE=1 cargo test -p fx-config --test manual` writes it anew.

mod kinds;
mod source;

use std::fmt::Write as _;
use std::path::Path;

use figment::value::{Dict, Value};
use fx_config::{FeedSettings, Settings};
use serde::Serialize;

use kinds::Kind;
use source::{Field, Types};

const INTRODUCTION: &str = "\
# Configuration

<!-- Made from the settings types of crates/fx-config. To change it, change their documentation, then run
UPDATE=1 cargo test -p fx-config --test manual -->

Every key of the TOML file, with its type, its default, and what it means. `config/embedded.toml` and
`config/production.toml` have them as files to begin with. A file need only name what differs from the defaults; without
one, `fx-monitor up` runs on the defaults alone. `fx-monitor check-config --config FILE` says what would run, or every
mistake at once.

- Defaults, then the file, then the environment, then flags: what comes later goes over what came before. The variable of
  a key is `FX_MONITOR__SECTION__KEY`, such as `FX_MONITOR__API__LISTEN=127.0.0.1:9000` or
  `FX_MONITOR__STORE__POSTGRESQL__PORT=5433`. A list is written in brackets: `FX_MONITOR__FEEDS__ORDER='[\"ecb\"]'`.
- A key that is not known is an error, never ignored.
- A duration is a text of a number and its unit: `\"250ms\"`, `\"90s\"`, `\"10m\"`, `\"6h\"`, `\"1d\"`.
- A secret never stands in the file: a key that ends in `_file` names the file whose first line it is. The name may begin
  with `$CREDENTIALS_DIRECTORY/`, the directory of the credentials that systemd hands to a service.
- A key without a default may be left out.
";

#[test]
fn the_manual_is_what_the_types_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CONFIGURATION.md");
    let made = manual();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &made).expect("written");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let lost = made.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert!(written == made, "docs/CONFIGURATION.md has aged, UPDATE=1 writes it anew; first difference: {lost:?}");
}

fn manual() -> String {
    let types = Types::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let mut text = INTRODUCTION.to_owned();
    section(&mut text, &types, "", "Settings", &defaults(&Settings::default()));
    text
}

fn defaults(settings: &impl Serialize) -> Dict {
    Value::serialize(settings).expect("serialises").into_dict().expect("a table")
}

/// The keys of a section, then the sections in it.
fn section(text: &mut String, types: &Types, name: &str, type_name: &str, defaults: &Dict) {
    let about = types.structs.get(type_name).unwrap_or_else(|| panic!("there is no struct {type_name}"));
    let (sections, keys): (Vec<&Field>, Vec<&Field>) = about.fields.iter().partition(|field| field.kind.is_section());
    if !keys.is_empty() {
        let title = if name.is_empty() { "Above every section".to_owned() } else { format!("`[{name}]`") };
        let _ = write!(text, "\n## {title}\n\n");
        if let Some(said) = about.said() {
            let (first, rest) = said.split_at(1);
            let _ = write!(text, "{}{rest}\n\n", first.to_uppercase());
        }
        text.push_str("| key | type | default | meaning |\n|---|---|---|---|\n");
        for field in keys {
            row(text, types, field, defaults.get(&field.name));
        }
    }
    for field in sections {
        let within = if name.is_empty() { field.name.clone() } else { format!("{name}.{}", field.name) };
        let Kind::Section(type_name) = &field.kind else { continue };
        let defaults = defaults.get(&field.name).and_then(Value::as_dict).cloned().unwrap_or_default();
        section(text, types, &within, type_name, &defaults);
        if within == "feeds" {
            section(text, types, "feeds.NAME", "FeedSettings", &self::defaults(&FeedSettings::default()));
        }
    }
}

fn row(text: &mut String, types: &Types, field: &Field, default: Option<&Value>) {
    let default = match (field.name.as_str(), default) {
        // It depends on who runs the test.
        ("data_dir", _) => "see there".to_owned(),
        (_, None | Some(Value::Empty(..))) => String::new(),
        (_, Some(value)) => format!("`{}`", shown(value)),
    };
    let mut meaning = field.doc.clone();
    for (name, doc) in types.variants_of(&field.kind) {
        let _ = write!(meaning, "<br>`{name}`: {doc}");
    }
    let _ = writeln!(text, "| `{}` | {} | {default} | {} |", field.name, field.kind, meaning.replace('|', "\\|"));
}

/// As it is written in TOML.
fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Array(_, items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Bool(_, is_so) => is_so.to_string(),
        Value::Num(..) => value.to_i128().or_else(|| value.to_u128()?.try_into().ok()).expect("whole").to_string(),
        other => panic!("no default is {other:?}"),
    }
}
