//! The services that a configuration names, each asked where it shows its health; how far their groups are; the feeds.

use std::process::ExitCode;

use anyhow::Result;
use fx_config::Settings;
use fx_domain::clock::{Clock, SystemClock};
use fx_stream::kafka::KafkaLog;
use reqwest::Url;
use serde_json::{Value, json};

use super::{code, feeds, groups, services};
use crate::cli::OutputArgs;
use crate::client::Client;
use crate::commands::watch::{self, Answer};
use crate::output::{Column, Table};

const COLUMNS: [Column; 5] =
    [("what", "/what"), ("part", "/part"), ("status", "/status"), ("since", "/since"), ("detail", "/detail")];

pub(super) async fn run(settings: &Settings, client: &Client, api: &Url, output: OutputArgs) -> Result<ExitCode> {
    let log = KafkaLog::connect(&settings.stream.kafka)?;
    watch::show(output, async || {
        let (services, groups, feeds) = tokio::join!(
            services::ask(settings, api),
            groups::ask(&log, settings.index.is_used()),
            feeds::ask(client, SystemClock.now())
        );
        let rows = [services::rows(&services), groups::rows(&groups), feeds::rows(&feeds)].concat();
        let is_down = services.iter().chain(&groups).any(|answer| answer["status"] == "down");
        let document = json!({"services": services, "groups": groups, "feeds": feeds});
        Ok(Answer { document, table: Table::pick(&COLUMNS, &rows), code: code(is_down) })
    })
    .await
}

/// A row of the table.
pub(super) fn row(what: &str, part: &Value, status: &Value, since: &Value, detail: &Value) -> Value {
    json!({"what": what, "part": part, "status": status, "since": since, "detail": detail})
}
