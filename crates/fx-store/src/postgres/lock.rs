use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::aborted::Aborted;

/// Until the end of the transaction, nobody else works on the same `what` of this schema.
pub(crate) async fn one_at_a_time(connection: &mut AsyncPgConnection, what: &str) -> Result<(), Aborted> {
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('fx-monitor ' || $1 || ' ' || current_schema(), 0))";
    diesel::sql_query(lock).bind::<Text, _>(what).execute(connection).await?;
    Ok(())
}
