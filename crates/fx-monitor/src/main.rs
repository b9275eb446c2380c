//! `fx-monitor`: the operator's command. `up` runs everything in one process; the other commands are clients of the
//! REST API, or look at the configuration.

mod alert_file;
mod backends;
mod check_config;
mod cli;
mod client;
mod commands;
mod output;
mod progress;
mod run;
mod up;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match run::run(cli::Cli::parse()) {
        Ok(code) => code,
        Err(error) => output::failure(&error),
    }
}
