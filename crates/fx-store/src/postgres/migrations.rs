//! The tables, brought to this program's version.

use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use fx_config::PostgresqlSettings;

use super::Connector;
use crate::StoreError;
use crate::aborted::Aborted;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations-postgres");

/// Makes the schema and brings its tables to this program's version. Says what was done; nothing where all is as it should
/// be. Tables that are newer than this program are left alone.
///
/// # Errors
/// The server is not to be reached, the user may not, or a migration fails: that one leaves nothing behind.
pub async fn provision(settings: &PostgresqlSettings) -> Result<Vec<String>, StoreError> {
    let connector = Connector::try_new(settings)?;
    let missing = missing(&connector).await?;
    let done = if missing.migrations.is_empty() { Vec::new() } else { run(&connector).await? };
    Ok(steps((!missing.has_schema).then(|| connector.quoted_schema()), &done).collect())
}

/// Says what [`provision`] makes sure of, and asks nobody.
///
/// # Errors
/// A certificate or key that the settings name cannot be read.
pub fn plan(settings: &PostgresqlSettings) -> Result<Vec<String>, StoreError> {
    let connector = Connector::try_new(settings)?;
    let all = all().map_err(|reason| connector.failed(reason))?;
    let names: Vec<String> = all.iter().map(|migration| migration.name().to_string()).collect();
    Ok(steps(Some(connector.quoted_schema()), &names).collect())
}

fn steps(schema: Option<String>, migrations: &[String]) -> impl Iterator<Item = String> {
    let schema = schema.map(|name| format!("schema {name}")).into_iter();
    schema.chain(migrations.iter().map(|name| format!("tables: {name}")))
}

fn all() -> Result<Vec<Box<dyn Migration<Pg>>>, String> {
    MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(|error| format!("embedded migrations: {error}"))
}

/// Runs what is missing where that is allowed, else says that it is missing.
pub(super) async fn bring_up_to_date(connector: &Connector, may_migrate: bool) -> Result<(), StoreError> {
    let missing = missing(connector).await?.migrations;
    if missing.is_empty() {
        return Ok(());
    }
    if !may_migrate {
        let server = connector.server().to_owned();
        return Err(StoreError::Outdated { server, missing: missing.join(", ") });
    }
    let done = run(connector).await?;
    tracing::info!(server = connector.server(), migrations = ?done, "brought the tables up to date");
    Ok(())
}

struct Missing {
    has_schema: bool,
    migrations: Vec<String>,
}

async fn missing(connector: &Connector) -> Result<Missing, StoreError> {
    let mut connection = connector.connect().await?;
    let look = async {
        let has_schema = exists(&mut connection, "to_regnamespace($1)", &connector.quoted_schema()).await?;
        Ok(Missing { has_schema, migrations: pending(&mut connection, connector).await? })
    };
    look.await.map_err(|aborted: Aborted| aborted.at(connector.server()))
}

/// Whoever comes first does it; the others wait, and find it done.
async fn run(connector: &Connector) -> Result<Vec<String>, StoreError> {
    let mut connection = connector.patient().connect().await?;
    let at = |aborted: Aborted| aborted.at(connector.server());
    let names = lock_and_look(&mut connection, connector).await.map_err(at)?;
    // The lock is the session's: it goes when the connection is closed, at the end of the blocking work.
    let work = move || {
        let mut connection = AsyncConnectionWrapper::<AsyncPgConnection>::from(connection);
        connection.run_pending_migrations(MIGRATIONS).map(|_| ()).map_err(|error| error.to_string())
    };
    let done = tokio::task::spawn_blocking(work).await.map_err(|error| connector.failed(error.to_string()))?;
    done.map_err(|reason| connector.failed(format!("migration: {reason}")))?;
    Ok(names)
}

async fn lock_and_look(connection: &mut AsyncPgConnection, connector: &Connector) -> Result<Vec<String>, Aborted> {
    let lock = "SELECT pg_advisory_lock(hashtextextended('fx-monitor tables ' || $1, 0))";
    diesel::sql_query(lock).bind::<Text, _>(connector.schema()).execute(connection).await?;
    if !exists(connection, "to_regnamespace($1)", &connector.quoted_schema()).await? {
        connection.batch_execute(&format!("CREATE SCHEMA {}", connector.quoted_schema())).await?;
    }
    pending(connection, connector).await
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

/// The names of the migrations that have not been run, oldest first.
async fn pending(connection: &mut AsyncPgConnection, connector: &Connector) -> Result<Vec<String>, Aborted> {
    let table = format!("{}.__diesel_schema_migrations", connector.quoted_schema());
    let mut run: Vec<Version> = Vec::new();
    if exists(connection, "to_regclass($1)", &table).await? {
        run = diesel::sql_query(format!("SELECT version FROM {table}")).load(connection).await?;
    }
    let all = all().map_err(StoreError::Row)?;
    let is_run =
        |migration: &dyn Migration<Pg>| run.iter().any(|row| row.version == migration.name().version().to_string());
    let pending = all.iter().filter(|migration| !is_run(migration.as_ref()));
    Ok(pending.map(|migration| migration.name().to_string()).collect())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

async fn exists(connection: &mut AsyncPgConnection, lookup: &str, name: &str) -> Result<bool, Aborted> {
    let look = format!("SELECT {lookup} IS NOT NULL AS found");
    let found: Found = diesel::sql_query(look).bind::<Text, _>(name).get_result(connection).await?;
    Ok(found.found)
}
