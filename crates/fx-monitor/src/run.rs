//! From the command line to what does it.

use std::future::Future;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::CommandFactory;
use tokio::runtime;

use crate::cli::{Cli, ClientArgs, Command};
use crate::client::Client;
use crate::commands::{alerts, backtest, channels, deliveries, dlq, feeds, keys, provision, rates, replay, status};
use crate::{check_config, output, up};

/// Does what was asked for. An error is one that was not yet told.
pub(crate) fn run(cli: Cli) -> Result<ExitCode> {
    match cli.command {
        Command::Up(args) => service_runtime()?.block_on(up::run(args)),
        Command::CheckConfig(args) => check_config::run(args.path()),
        Command::Provision(args) => command_runtime()?.block_on(provision::run(&args)),
        Command::Replay(args) => command_runtime()?.block_on(replay::run(&args)),
        Command::Backtest(args) => backtest::run(&args),
        Command::Dlq { command } => command_runtime()?.block_on(dlq::run(&command)),
        Command::Rates(args) => ask(&args.client, async |client| rates::run(&client, &args).await),
        Command::Alerts { command } => ask(command.client(), async |client| alerts::run(&client, &command).await),
        Command::Channels { command } => ask(command.client(), async |client| channels::run(&client, &command).await),
        Command::Deliveries { command } => {
            ask(command.client(), async |client| deliveries::run(&client, &command).await)
        }
        Command::Keys { command } => keys::run(command),
        Command::Feeds(args) => ask(&args.client, async |client| feeds::run(&client, &args).await),
        Command::Status(args) => command_runtime()?.block_on(status::run(&args)),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "fx-monitor", &mut script);
            output::raw(&script)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Threads for what blocks are few: reading the one file in more of them at once makes nothing faster, and each keeps
/// memory of its own.
fn service_runtime() -> Result<runtime::Runtime> {
    runtime::Builder::new_multi_thread().max_blocking_threads(6).enable_all().build().context("no runtime")
}

/// For what works on the log and the stores; migrations need a second thread.
fn command_runtime() -> Result<runtime::Runtime> {
    runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().context("no runtime")
}

/// A client needs no second thread.
pub(crate) fn ask<W: Future<Output = Result<ExitCode>>>(
    args: &ClientArgs,
    work: impl FnOnce(Client) -> W,
) -> Result<ExitCode> {
    let client = Client::new(&args.url, args.key.path())?;
    runtime::Builder::new_current_thread().enable_all().build().context("no runtime")?.block_on(work(client))
}
