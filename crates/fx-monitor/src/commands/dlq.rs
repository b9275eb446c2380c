//! `fx-monitor dlq`: the messages that could not be processed.

use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use fx_stream::letters::{self, Letter};
use fx_stream::{Log, Topic};
use serde_json::{Value, json};

use super::watch::{self, Answer};
use crate::backends;
use crate::cli::{DlqCommand, DlqListArgs, DlqRetryArgs, DlqShowArgs};
use crate::output::{self, Column, Table};

const COLUMNS: [Column; 8] = [
    ("id", "/id"),
    ("at", "/at"),
    ("topic", "/topic"),
    ("offset", "/offset"),
    ("reason", "/reason"),
    ("bytes", "/bytes"),
    ("retried", "/retried"),
    ("error", "/error"),
];

/// What has readers that put aside what they cannot process.
const READ: [Topic; 4] = [Topic::Rates, Topic::RatesEnriched, Topic::AlertEvents, Topic::Deliveries];

pub(crate) async fn run(command: &DlqCommand) -> Result<ExitCode> {
    match command {
        DlqCommand::List(args) => list(args).await,
        DlqCommand::Show(args) => show(args).await,
        DlqCommand::Retry(args) => retry(args).await,
    }
}

async fn list(args: &DlqListArgs) -> Result<ExitCode> {
    let log = backends::log(args.config.path())?;
    watch::show(args.output, async || {
        let letters = letters::all(log.as_ref()).await?;
        let is_wanted = |letter: &&Letter| {
            args.reason.as_ref().is_none_or(|reason| letter.header("fx-reason") == reason)
                && args.topic.as_ref().is_none_or(|topic| letter.header("fx-topic") == topic)
        };
        let items: Vec<Value> = letters.iter().filter(is_wanted).map(item).collect();
        let table = Table::pick(&COLUMNS, &items);
        Ok(Answer::new(json!({"count": items.len(), "letters": items}), table))
    })
    .await
}

fn item(letter: &Letter) -> Value {
    json!({
        "id": letter.id(),
        "at": letter.message.at,
        "topic": letter.header("fx-topic"),
        "partition": letter.header("fx-partition"),
        "offset": letter.header("fx-offset"),
        "reason": letter.header("fx-reason"),
        "error": letter.header("fx-error"),
        "bytes": letter.bytes,
        "retried": letter.is_retried,
    })
}

async fn show(args: &DlqShowArgs) -> Result<ExitCode> {
    let log = backends::log(args.config.path())?;
    let record = letters::open(log.as_ref(), &found(log.as_ref(), &args.id).await?).await?.record;
    if args.raw {
        output::raw(&record.payload)?;
        return Ok(ExitCode::SUCCESS);
    }
    let key = record.key.iter().map(|key| format!("key: {key}"));
    let headers = record.headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let text = String::from_utf8_lossy(&record.payload);
    let lines = key.chain(headers).chain([String::new()]).chain(text.lines().map(str::to_owned));
    output::lines(&lines.map(|line| plain(&line)).collect::<Vec<_>>())?;
    Ok(ExitCode::SUCCESS)
}

/// What somebody else wrote must not steer the terminal.
fn plain(line: &str) -> String {
    line.chars().map(|c| if c.is_control() && c != '\t' { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

async fn retry(args: &DlqRetryArgs) -> Result<ExitCode> {
    let log = backends::log(args.config.path())?;
    let letters = match &args.id {
        Some(id) => vec![found(log.as_ref(), id).await?],
        None => letters::all(log.as_ref()).await?.into_iter().filter(|letter| !letter.is_retried).collect(),
    };
    for letter in &letters {
        let is_read = |topic: &Topic| READ.contains(topic);
        let topic = letter.topic().filter(is_read).with_context(|| {
            let (id, from, read) = (letter.id(), letter.header("fx-topic"), READ.map(Topic::name).join(", "));
            format!("letter {id} came from {from:?}; only what came from one of {read} can be sent again")
        })?;
        letters::send_again(log.as_ref(), letter, topic).await?;
        output::lines(&[format!("{} sent again to {topic}", letter.id())])?;
    }
    if letters.is_empty() {
        output::lines(&["nothing to send again".to_owned()])?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn found(log: &dyn Log, id: &str) -> Result<Letter> {
    let letters = letters::all(log).await?;
    let found = letters.into_iter().find(|letter| letter.id() == id);
    found.ok_or_else(|| anyhow!("there is no letter {id}, `fx-monitor dlq list` shows which there are"))
}
