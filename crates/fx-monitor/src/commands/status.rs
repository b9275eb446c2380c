//! `fx-monitor status`: one service by its API, or all that a configuration names.

mod apart;
mod feeds;
mod groups;
mod services;

use std::process::ExitCode;

use anyhow::{Context, Result};
use fx_config::{Settings, StreamBackend};
use reqwest::Url;
use serde_json::{Value, json};

use super::watch::{self, Answer};
use crate::cli::{OutputArgs, StatusArgs};
use crate::client::Client;
use crate::output::{Column, Table};

const COLUMNS: [Column; 4] =
    [("component", "/component"), ("status", "/status"), ("since", "/since"), ("detail", "/detail")];

/// Where the API listens when nobody says otherwise.
const DEFAULT_URL: &str = "http://127.0.0.1:8000";

pub(crate) async fn run(args: &StatusArgs) -> Result<ExitCode> {
    let Some(file) = &args.config else {
        let url = args.url.clone().map_or_else(|| DEFAULT_URL.parse().context("an address"), Ok)?;
        return of_one(&Client::new(&url, args.key.path())?, args.output).await;
    };
    let settings = Settings::load(Some(file))?;
    let url = args.url.clone().map_or_else(|| url(settings.api.listen), Ok)?;
    match settings.stream.backend {
        StreamBackend::Kafka => apart::run(&settings, &Client::new(&url, args.key.path())?, &url, args.output).await,
        // There is but one process then, and its log is its own.
        StreamBackend::Embedded => of_one(&Client::new(&url, args.key.path())?, args.output).await,
    }
}

async fn of_one(client: &Client, output: OutputArgs) -> Result<ExitCode> {
    watch::show(output, async || {
        let (service, health) = (client.get(&[], &[]).await?, client.health().await?);
        let table = Table::pick(&COLUMNS, &rows(&service, &health));
        let code = code(health["status"] == "down");
        Ok(Answer { document: json!({"service": service, "health": health}), table, code })
    })
    .await
}

/// The service as a whole, then its parts.
fn rows(service: &Value, health: &Value) -> Vec<Value> {
    let version = service["version"].as_str().unwrap_or("unknown");
    let detail = format!("version {version}, up for {} s", service["uptime_s"]);
    let whole = json!({"component": service["name"], "status": health["status"], "detail": detail});
    let parts = health["components"].as_object().into_iter().flatten().map(|(name, part)| {
        let mut row = part.clone();
        row["component"] = json!(name);
        row
    });
    std::iter::once(whole).chain(parts).collect()
}

fn code(is_down: bool) -> ExitCode {
    if is_down { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Where a service that listens there is asked. One that listens everywhere listens on loopback too.
fn url(mut address: std::net::SocketAddr) -> Result<Url> {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            std::net::SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            std::net::SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{address}").parse().with_context(|| format!("{address} is no address to ask"))
}
