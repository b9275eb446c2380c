//! `fx-monitor keys`: the file of the API's keys, which the services read again when it changes.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use fx_api::{KeyEntry, KeyFile, KeyWish, Scope};
use fx_config::{Settings, credential_path};
use fx_domain::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::cli::{Format, KeysCommand, KeysFileArgs, NewKeyArgs, ScopeName};
use crate::output::{self, Column, Screen, Table};

const COLUMNS: [Column; 5] =
    [("name", "/name"), ("scope", "/scope"), ("rate", "/rate"), ("burst", "/burst"), ("created_at", "/created_at")];

/// Of a key that is new.
const NEW_COLUMNS: [Column; 3] = [("name", "/name"), ("scope", "/scope"), ("key", "/key")];

pub(crate) fn run(command: KeysCommand) -> Result<ExitCode> {
    match command {
        KeysCommand::New(args) => new(args),
        KeysCommand::List(args) => {
            let file = KeyFile::read(&path(&args.file)?)?;
            let keys: Vec<Value> = file.keys().iter().map(shown).collect();
            let table = Table::pick(&COLUMNS, &keys);
            show(&json!({"count": keys.len(), "keys": keys}), &table, args.output)
        }
        KeysCommand::Revoke(args) => {
            KeyFile::revoke(&path(&args.file)?, &args.name)?;
            output::lines(&[format!("revoked {}", args.name)])?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn new(args: NewKeyArgs) -> Result<ExitCode> {
    let scope = match args.scope {
        ScopeName::Read => Scope::Read,
        ScopeName::Write => Scope::Write,
        ScopeName::Admin => Scope::Admin,
    };
    let wish = KeyWish { name: args.name, scope, rate: args.rate, burst: args.burst };
    let (entry, key) = KeyFile::issue(&path(&args.file)?, wish, SystemClock.now())?;
    let mut document = shown(&entry);
    document["key"] = json!(key.expose());
    let table = Table::pick(&NEW_COLUMNS, std::slice::from_ref(&document));
    show(&document, &table, args.output)
}

fn shown(key: &KeyEntry) -> Value {
    json!({"name": key.name, "scope": key.scope, "rate": key.rate, "burst": key.burst, "created_at": key.created_at})
}

fn show(document: &Value, table: &Table, format: Format) -> Result<ExitCode> {
    Screen::new(format, false).show(document, table)?;
    Ok(ExitCode::SUCCESS)
}

fn path(args: &KeysFileArgs) -> Result<PathBuf> {
    let Some(config) = &args.config else {
        return args.file.clone().context("no file of keys is named; name it by --file");
    };
    let Some(file) = Settings::load(Some(config))?.api.keys_file else {
        bail!("{} names no [api] keys_file; add it, or name the file by --file", config.display());
    };
    credential_path(&file).map_err(anyhow::Error::msg).context("[api] keys_file; name the file itself by --file")
}
