//! Runs a command beside Kafka, PostgreSQL, Redis and Elasticsearch, which are gone when it has ended: see `tests/servers/with.sh`.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, ExitStatus};
use std::thread;

use fx_testkit::elasticsearch::Elasticsearch;
use fx_testkit::kafka::Kafka;
use fx_testkit::postgres::Postgres;
use fx_testkit::redis::Redis;

fn main() -> ExitCode {
    let Some(status) = run(std::env::args_os().skip(1).collect()) else { return ExitCode::from(2) };
    // As a shell tells a signal.
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

fn run(command: Vec<std::ffi::OsString>) -> Option<ExitStatus> {
    if command.is_empty() {
        let _ = writeln!(std::io::stderr(), "usage: with-servers COMMAND…");
        return None;
    }
    let (kafka, redis) = (thread::spawn(Kafka::start), thread::spawn(Redis::start));
    let elasticsearch = thread::spawn(Elasticsearch::start);
    let mut postgres = Postgres::start_careless();
    let (kafka, redis) = (kafka.join().expect("kafka starts"), redis.join().expect("redis starts"));
    let elasticsearch = elasticsearch.join().expect("elasticsearch starts");
    // Nothing of the command is to go on where this is killed, and with it the servers.
    let mut child = Command::new("setpriv");
    child.args(["--pdeathsig", "TERM"]).args(command);
    child.env("FX_TEST_KAFKA", &kafka.brokers()[0]);
    child.env("FX_TEST_POSTGRES", postgres.address().to_string());
    child.env("FX_TEST_REDIS", redis.address().to_string());
    child.env("FX_TEST_ELASTICSEARCH", elasticsearch.address().to_string());
    let status = child.status().expect("setpriv, of util-linux, is installed");
    postgres.stop();
    Some(status)
}
