//! What is too old, out of the history.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use fx_domain::clock::Timestamp;
use parking_lot::Mutex;

use super::Known;
use super::partition::{self, Partition};
use crate::aborted::Aborted;
use crate::rates::Day;

/// Rates removed one by one in one go.
const MOST_REMOVED: i64 = 10_000;

/// Dropping a partition waits for those who read the history, and whoever comes after them waits for it: not for long.
const DROP_WAITS: &str = "SET LOCAL lock_timeout = '2s'";

/// Drops the partitions that end at or before `before`, and removes a bounded number of what else is older.
pub(super) async fn prune(
    connection: &mut AsyncPgConnection,
    known: &Mutex<Known>,
    before: Timestamp,
) -> Result<usize, Aborted> {
    let before = before.timestamp_micros();
    let mut removed = 0;
    let mut straddling = None;
    for partition in partition::all(connection).await? {
        if partition.end().is_some_and(|end| end <= before) {
            removed += drop_whole(connection, partition).await?;
            known.lock().partitions.remove(&partition);
        } else {
            straddling = Some(partition);
            break;
        }
    }
    match straddling {
        Some(partition) => Ok(removed + remove_from(connection, partition, before).await?),
        None => Ok(removed),
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Nothing where another process has been quicker.
async fn drop_whole(connection: &mut AsyncPgConnection, partition: Partition) -> Result<usize, Aborted> {
    let table = partition.table();
    let work = async |connection: &mut AsyncPgConnection| {
        connection.batch_execute(partition::ONE_AT_A_TIME).await?;
        if !partition::all(connection).await?.contains(&partition) {
            return Ok(0);
        }
        let counted: Count = diesel::sql_query(format!("SELECT count(*) FROM {table}")).get_result(connection).await?;
        connection.batch_execute(&format!("{DROP_WAITS}; DROP TABLE {table}")).await?;
        connection.batch_execute(&format!("DELETE FROM rate_days WHERE {}", days(partition, partition.end()))).await?;
        Ok::<_, Aborted>(usize::try_from(counted.count).unwrap_or(0))
    };
    connection.transaction(work).await
}

/// Triggers stand on the whole table: here the days are noted by hand.
async fn remove_from(connection: &mut AsyncPgConnection, partition: Partition, before: i64) -> Result<usize, Aborted> {
    let table = partition.table();
    let sql =
        format!("DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE source_ts < $1 LIMIT $2))");
    let removal = diesel::sql_query(sql).bind::<BigInt, _>(before).bind::<BigInt, _>(MOST_REMOVED);
    let changed = format!("UPDATE rate_days SET stamp = txid_current() WHERE {}", days(partition, Some(before)));
    let work = async |connection: &mut AsyncPgConnection| {
        let removed = removal.execute(connection).await?;
        if removed > 0 {
            connection.batch_execute(&changed).await?;
        }
        Ok::<_, Aborted>(removed)
    };
    connection.transaction(work).await
}

/// Of `rate_days`: the days of a partition until that of `end`, in microseconds.
fn days(partition: Partition, end: Option<i64>) -> String {
    let begin = partition.begin().unwrap_or(i64::MIN);
    let end = end.unwrap_or(i64::MAX);
    format!("day BETWEEN {} AND {}", Day::of_micros(begin).0, Day::of_micros(end - 1).0)
}
