//! How a connection is made, and how each of them behaves.

use std::time::Duration;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use fx_config::PostgresqlSettings;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls;
use crate::StoreError;
use crate::aborted::chain;

/// How long making a connection may take, from the first packet to the first answer.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A transaction whose client is silent for so long is rolled back, since others wait for what it holds.
const IDLE_IN_TRANSACTION: Duration = Duration::from_secs(5);

/// A peer that acknowledges nothing for so long is gone.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// Makes connections, cheap to clone.
#[derive(Clone)]
pub(crate) struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    server: String,
    schema: String,
    limits: Limits,
}

/// How long statements may take and wait for locks; no limit where there is none.
#[derive(Clone, Copy)]
struct Limits {
    statement: Option<Duration>,
    lock: Duration,
}

impl Connector {
    pub(crate) fn try_new(settings: &PostgresqlSettings) -> Result<Self, StoreError> {
        let server = format!("{}:{}", settings.host, settings.port);
        let tls = tls::from_settings(&settings.tls);
        let tls = tls.map_err(|reason| StoreError::Postgres { server: server.clone(), reason })?;
        let limits = Limits { statement: Some(settings.statement_timeout), lock: settings.lock_timeout };
        let config = config(settings, tls.is_some());
        Ok(Self { config, tls, server, schema: settings.schema.clone(), limits })
    }

    /// The server as host:port.
    pub(crate) fn server(&self) -> &str {
        &self.server
    }

    /// The schema of all tables, which is also the channel on which changes of rules are told.
    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// The schema's name as it stands in a statement.
    pub(crate) fn quoted_schema(&self) -> String {
        quoted(&self.schema)
    }

    /// The same with time for changes of tables.
    pub(crate) fn patient(&self) -> Self {
        Self { limits: Limits { statement: None, lock: Duration::from_mins(1) }, ..self.clone() }
    }

    pub(crate) async fn connect(&self) -> Result<AsyncPgConnection, StoreError> {
        match tokio::time::timeout(CONNECT_WITHIN, self.establish()).await {
            Ok(connected) => connected.map_err(|reason| self.failed(reason)),
            Err(_) => Err(self.failed(format!("no answer within {} s", CONNECT_WITHIN.as_secs()))),
        }
    }

    /// The error that says where it happened.
    pub(crate) fn failed(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Postgres { server: self.server.clone(), reason: reason.into() }
    }

    async fn establish(&self) -> Result<AsyncPgConnection, String> {
        let reason = |error: tokio_postgres::Error| chain(&error);
        let made = match &self.tls {
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(reason)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await.map_err(reason)?;
                AsyncPgConnection::try_from_client_and_connection(client, connection).await
            }
        };
        let mut connection = made.map_err(|error| chain(&error))?;
        connection.batch_execute(&self.session()).await.map_err(|error| chain(&error))?;
        Ok(connection)
    }

    /// Plans are made once for each connection, since with dozens of partitions making one takes longer than the work, and
    /// never compiled, which takes longer still.
    fn session(&self) -> String {
        format!(
            "SET search_path TO {schema}; SET statement_timeout = {statement}; SET lock_timeout = {lock};
             SET idle_in_transaction_session_timeout = {idle}; SET client_min_messages = warning;
             SET jit = off; SET plan_cache_mode = force_generic_plan",
            schema = self.quoted_schema(),
            statement = self.limits.statement.map_or(0, |limit| limit.as_millis()),
            lock = self.limits.lock.as_millis(),
            idle = IDLE_IN_TRANSACTION.as_millis(),
        )
    }
}

fn config(settings: &PostgresqlSettings, has_tls: bool) -> Config {
    let mut config = Config::new();
    config
        .host(&settings.host)
        .port(settings.port)
        .dbname(&settings.database)
        .user(&settings.user)
        .application_name(application_name())
        .ssl_mode(if has_tls { SslMode::Require } else { SslMode::Disable })
        .connect_timeout(CONNECT_WITHIN)
        .tcp_user_timeout(UNACKNOWLEDGED)
        .keepalives(true)
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(3))
        .keepalives_retries(3);
    if let Some(password) = &settings.password {
        config.password(password.expose());
    }
    config
}

/// The program's name, as `pg_stat_activity` shows it.
fn application_name() -> String {
    let program = std::env::current_exe().ok();
    let name = program.as_deref().and_then(|path| path.file_name()).and_then(|name| name.to_str());
    name.unwrap_or("fx-monitor").to_owned()
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
