//! What the programs of the services have in common: arguments, settings, telemetry, health, and how they end.
//!
//! ```no_run
//! use std::process::ExitCode;
//! use fx_service::program::{self, NoArguments, Program, Service};
//!
//! const SERVICE: Service =
//!     Service { name: "fx-example", about: "Shows how it is done", address: |metrics| Some(metrics.consumer) };
//!
//! fn main() -> ExitCode {
//!     program::main(&SERVICE, async |program: Program, _: NoArguments| {
//!         program.health.component("part").ok("nothing to do");
//!         program.shutdown.requested().await;
//!         Ok(())
//!     })
//! }
//! ```

mod drain;
mod pages;
mod reload;

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory, FromArgMatches, Parser};
use fx_config::{ConfigErrors, MetricsSettings, Settings};
use fx_domain::clock::{Clock, SystemClock};
use tokio::runtime;
use tokio::task::JoinSet;

use self::reload::Reload;
use crate::metrics::Recorder;
use crate::{HealthRegistry, Shutdown, notify, telemetry};

/// As many threads for what blocks; more of them make nothing faster, and each keeps memory of its own.
const BLOCKING_THREADS: usize = 8;
/// So long may what blocks take once everything else has ended.
const LEFT_OVER: Duration = Duration::from_secs(1);
/// `EX_CONFIG` of sysexits(3), which systemd shows as `CONFIG`.
const WRONG_SETTINGS: u8 = 78;

/// A program's name, and what distinguishes it.
pub struct Service {
    /// As it is called: `fx-consumer`.
    pub name: &'static str,
    /// What it does, for `--help`.
    pub about: &'static str,
    /// Where `/metrics` and `/health` are shown; `None` where the service does so itself.
    pub address: fn(&MetricsSettings) -> Option<SocketAddr>,
}

/// What every service has.
pub struct Program {
    /// All settings.
    pub settings: Settings,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where each part says how it is doing. Register every part before the first of them says anything: the program is
    /// ready once all that are registered are.
    pub health: HealthRegistry,
    /// The wish to stop.
    pub shutdown: Shutdown,
    /// The metrics of the process.
    pub recorder: Recorder,
}

/// For a service without arguments of its own.
#[derive(Debug, Clone, Args)]
pub struct NoArguments {}

#[derive(Debug, Parser)]
#[command(max_term_width = 100)]
struct CommandLine<A: Args> {
    /// The configuration file; without it the defaults
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    own: A,
}

/// The `main` of a service: runs `work` until it ends, or until it has drained after a signal. What went wrong is one
/// line on stderr and exit code 1, or one for each mistake of the settings and exit code 78, which says that trying again
/// is of no use.
pub fn main<A: Args, W: Future<Output = Result<()>>>(
    service: &Service,
    work: impl FnOnce(Program, A) -> W,
) -> ExitCode {
    match run(service, std::env::args_os(), work) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in format!("{error:#}").lines() {
                // Without a stderr there is nobody to tell.
                let _ = writeln!(std::io::stderr(), "{}: {line}", service.name);
            }
            if error.is::<ConfigErrors>() { ExitCode::from(WRONG_SETTINGS) } else { ExitCode::FAILURE }
        }
    }
}

/// The same with these arguments, the name of the program first. Wrong usage, `--help` and `--version` end the process.
///
/// # Errors
/// What is wrong with the settings, what keeps the service from starting, what `work` ends with, and a stop that was
/// forced.
pub fn run<A: Args, W: Future<Output = Result<()>>>(
    service: &Service,
    arguments: impl IntoIterator<Item = OsString>,
    work: impl FnOnce(Program, A) -> W,
) -> Result<()> {
    let command = CommandLine::<A>::command().name(service.name).about(service.about);
    let command = command.version(env!("CARGO_PKG_VERSION"));
    let matches = command.clone().get_matches_from(arguments);
    let line =
        CommandLine::<A>::from_arg_matches(&matches).unwrap_or_else(|error| error.format(&mut { command }).exit());
    let CommandLine { config, own } = line;
    let load = move || Settings::load(config.as_deref());
    let runtime = runtime::Builder::new_multi_thread().max_blocking_threads(BLOCKING_THREADS).enable_all().build();
    let runtime = runtime.context("no runtime")?;
    let ended = runtime.block_on(live(service, load, |program| work(program, own)));
    runtime.shutdown_timeout(LEFT_OVER);
    ended
}

/// The life of a service whose arguments are read already, on a runtime that is there. `load` reads the settings, at start
/// and again at each SIGHUP.
///
/// # Errors
/// What is wrong with the settings, what keeps it from starting, what `work` ends with, and a stop that was forced.
pub async fn live<W: Future<Output = Result<()>>>(
    service: &Service,
    load: impl Fn() -> Result<Settings, ConfigErrors> + Send + 'static,
    work: impl FnOnce(Program) -> W,
) -> Result<()> {
    let settings = load()?;
    let telemetry = telemetry::init(service.name, &settings.telemetry)?;
    let recorder = Recorder::install()?;
    let shutdown = Shutdown::on_signals().context("signals cannot be listened to")?;
    let hangups = reload::hangups().context("SIGHUP cannot be listened to")?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let health = HealthRegistry::new(Arc::clone(&clock));
    let mut beside = JoinSet::new();
    if let Some(address) = (service.address)(&settings.telemetry.metrics) {
        let listener = pages::bind(address).await?;
        beside.spawn(pages::serve(listener, health.clone(), recorder.clone(), shutdown.clone()));
    }
    beside.spawn(recorder.clone().keep_up(shutdown.clone()));
    beside.spawn(notify::watchdog(health.clone(), shutdown.clone()));
    beside.spawn(notify::report(health.clone(), shutdown.clone()));
    if let Some(hangups) = hangups {
        let reload = Reload { load, settings: settings.clone(), log: telemetry.log_filter() };
        beside.spawn(reload.at(hangups, health.clone(), shutdown.clone()));
    }
    tracing::info!(service = service.name, version = env!("CARGO_PKG_VERSION"), "starting");
    let program = Program { settings, clock, health, shutdown: shutdown.clone(), recorder };
    let ended = drain::until_drained(Box::pin(work(program)), &shutdown).await;
    shutdown.request();
    notify::stopping();
    tracing::info!(service = service.name, clean = ended.is_ok(), "stopped");
    ended
}
