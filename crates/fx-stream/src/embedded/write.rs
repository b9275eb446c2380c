//! What is written to the tables.

use diesel::SqliteConnection;
use diesel::prelude::*;
use fx_domain::clock::Timestamp;

use super::read::{end, query, signed};
use super::schema::{log_ends, log_groups, log_records};
use crate::{Record, StreamError, Topic};

/// Records removed in one transaction, so that nobody waits long for the writer.
const MOST_REMOVED: i64 = 10_000;

/// Appends and answers the new end.
pub(super) fn append(
    connection: &mut SqliteConnection,
    topic: Topic,
    at: Timestamp,
    records: &[Record],
) -> Result<u64, StreamError> {
    let mut next = end(connection, topic)?;
    for record in records {
        if let Some(key) = record.key.as_deref().filter(|_| topic.is_compacted()) {
            compact(connection, topic, key)?;
        }
        insert(connection, topic, next, at, record)?;
        next += 1;
    }
    diesel::insert_into(log_ends::table)
        .values((log_ends::topic.eq(topic.name()), log_ends::next_position.eq(signed(next))))
        .on_conflict(log_ends::topic)
        .do_update()
        .set(log_ends::next_position.eq(signed(next)))
        .execute(connection)
        .map_err(query)?;
    Ok(next)
}

fn insert(
    connection: &mut SqliteConnection,
    topic: Topic,
    offset: u64,
    at: Timestamp,
    record: &Record,
) -> Result<(), StreamError> {
    let headers = if record.headers.is_empty() { None } else { Some(serde_json::to_string(&record.headers)?) };
    diesel::insert_into(log_records::table)
        .values((
            log_records::topic.eq(topic.name()),
            log_records::position.eq(signed(offset)),
            log_records::at.eq(at.timestamp_micros()),
            log_records::key.eq(record.key.as_deref()),
            log_records::headers.eq(headers),
            log_records::payload.eq(lz4_flex::compress_prepend_size(&record.payload)),
        ))
        .execute(connection)
        .map(|_| ())
        .map_err(query)
}

fn compact(connection: &mut SqliteConnection, topic: Topic, key: &str) -> Result<(), StreamError> {
    let older = log_records::topic.eq(topic.name()).and(log_records::key.eq(key));
    diesel::delete(log_records::table.filter(older)).execute(connection).map(|_| ()).map_err(query)
}

/// The position from which a group goes on.
pub(super) fn commit(
    connection: &mut SqliteConnection,
    group: &str,
    topic: Topic,
    offset: u64,
) -> Result<(), StreamError> {
    diesel::insert_into(log_groups::table)
        .values((
            log_groups::group_name.eq(group),
            log_groups::topic.eq(topic.name()),
            log_groups::next_position.eq(signed(offset)),
        ))
        .on_conflict((log_groups::group_name, log_groups::topic))
        .do_update()
        .set(log_groups::next_position.eq(signed(offset)))
        .execute(connection)
        .map(|_| ())
        .map_err(query)
}

pub(super) fn prune(connection: &mut SqliteConnection, topic: Topic, before: Timestamp) -> Result<usize, StreamError> {
    let slowest: Option<i64> = log_groups::table
        .filter(log_groups::topic.eq(topic.name()))
        .select(diesel::dsl::min(log_groups::next_position))
        .first(connection)
        .map_err(query)?;
    let Some(slowest) = slowest else { return Ok(0) };
    let old: Vec<i64> = log_records::table
        .filter(log_records::topic.eq(topic.name()).and(log_records::position.lt(slowest)))
        .order(log_records::position)
        .limit(MOST_REMOVED)
        .select((log_records::position, log_records::at))
        .load_iter::<(i64, i64), diesel::connection::DefaultLoadingMode>(connection)
        .map_err(query)?
        .take_while(|row| row.as_ref().is_ok_and(|(_, at)| *at < before.timestamp_micros()))
        .map(|row| row.map(|(position, _)| position))
        .collect::<Result<_, _>>()
        .map_err(query)?;
    let Some(&last) = old.last() else { return Ok(0) };
    let gone = log_records::topic.eq(topic.name()).and(log_records::position.le(last));
    diesel::delete(log_records::table.filter(gone)).execute(connection).map_err(query)
}
