//! What people do about alerts.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::Value;

use crate::cli::{AckArgs, OneAlertArgs, SnoozeArgs};
use crate::client::Client;
use crate::commands::body::{json_of, said};

pub(super) async fn acknowledge(client: &Client, args: &AckArgs) -> Result<ExitCode> {
    let body = said([("by", json_of(args.by.as_ref())), ("comment", json_of(args.comment.as_ref()))]);
    act(client, &args.alert, "acknowledge", &body).await
}

pub(super) async fn snooze(client: &Client, args: &SnoozeArgs) -> Result<ExitCode> {
    let body = said([("for", json_of(args.span.as_ref())), ("until", json_of(args.until.as_ref()))]);
    act(client, &args.alert, "snooze", &body).await
}

pub(super) async fn resume(client: &Client, args: &OneAlertArgs) -> Result<ExitCode> {
    act(client, args, "resume", &said([])).await
}

async fn act(client: &Client, args: &OneAlertArgs, what: &str, body: &Value) -> Result<ExitCode> {
    let alert = client.post(&["alerts", &args.id, what], serde_json::to_vec(body)?).await?;
    super::show_one(&alert, args.output)
}
