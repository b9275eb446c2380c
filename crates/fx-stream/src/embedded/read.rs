//! What is asked of the tables.

use chrono::DateTime;
use diesel::SqliteConnection;
use diesel::prelude::*;
use fx_domain::clock::Timestamp;

use super::PARTITION;
use super::schema::{log_ends, log_groups, log_records};
use crate::{Message, Record, StreamError, Topic};

/// Messages read at once: at most so many, and no more once they hold so many bytes.
const MOST_MESSAGES: i64 = 256;
const MOST_BYTES: usize = 2 << 20;

#[derive(Queryable, Selectable)]
#[diesel(table_name = log_records)]
struct Row {
    position: i64,
    at: i64,
    key: Option<String>,
    headers: Option<String>,
    payload: Vec<u8>,
}

impl TryFrom<Row> for Message {
    type Error = StreamError;

    fn try_from(row: Row) -> Result<Self, StreamError> {
        let payload = lz4_flex::decompress_size_prepended(&row.payload)
            .map_err(|error| StreamError::Damaged { offset: unsigned(row.position), reason: error.to_string() })?;
        let headers = row.headers.map_or(Ok(Vec::new()), |headers| serde_json::from_str(&headers))?;
        Ok(Self {
            partition: PARTITION,
            offset: unsigned(row.position),
            at: DateTime::from_timestamp_micros(row.at).unwrap_or_default(),
            record: Record { key: row.key, partition: None, headers, payload: payload.into() },
        })
    }
}

pub(super) fn unsigned(position: i64) -> u64 {
    u64::try_from(position).unwrap_or(0)
}

pub(super) fn signed(offset: u64) -> i64 {
    i64::try_from(offset).unwrap_or(i64::MAX)
}

pub(super) fn messages(
    connection: &mut SqliteConnection,
    topic: Topic,
    from: u64,
) -> Result<Vec<Message>, StreamError> {
    let rows = log_records::table
        .filter(log_records::topic.eq(topic.name()).and(log_records::position.ge(signed(from))))
        .order(log_records::position)
        .limit(MOST_MESSAGES)
        .select(Row::as_select())
        .load_iter::<Row, diesel::connection::DefaultLoadingMode>(connection)
        .map_err(query)?;
    let (mut messages, mut bytes) = (Vec::new(), 0);
    for row in rows {
        let message = Message::try_from(row.map_err(query)?)?;
        bytes += message.record.payload.len();
        messages.push(message);
        if bytes >= MOST_BYTES {
            break;
        }
    }
    Ok(messages)
}

pub(super) fn newest(
    connection: &mut SqliteConnection,
    topic: Topic,
    key: &str,
) -> Result<Option<Message>, StreamError> {
    log_records::table
        .filter(log_records::topic.eq(topic.name()).and(log_records::key.eq(key)))
        .order(log_records::position.desc())
        .select(Row::as_select())
        .first(connection)
        .optional()
        .map_err(query)?
        .map(Message::try_from)
        .transpose()
}

pub(super) fn end(connection: &mut SqliteConnection, topic: Topic) -> Result<u64, StreamError> {
    let end: Option<i64> = log_ends::table
        .find(topic.name())
        .select(log_ends::next_position)
        .first(connection)
        .optional()
        .map_err(query)?;
    Ok(end.map_or(0, unsigned))
}

/// The offset of the oldest record that was appended at `at` or later; the end where there is none.
pub(super) fn since(connection: &mut SqliteConnection, topic: Topic, at: Timestamp) -> Result<u64, StreamError> {
    let first: Option<i64> = log_records::table
        .filter(log_records::topic.eq(topic.name()).and(log_records::at.ge(at.timestamp_micros())))
        .order(log_records::position)
        .select(log_records::position)
        .first(connection)
        .optional()
        .map_err(query)?;
    first.map_or_else(|| end(connection, topic), |first| Ok(unsigned(first)))
}

/// The offset of the oldest record; the end where there is none.
pub(super) fn oldest(connection: &mut SqliteConnection, topic: Topic) -> Result<u64, StreamError> {
    let oldest: Option<i64> = log_records::table
        .filter(log_records::topic.eq(topic.name()))
        .order(log_records::position)
        .select(log_records::position)
        .first(connection)
        .optional()
        .map_err(query)?;
    oldest.map_or_else(|| end(connection, topic), |oldest| Ok(unsigned(oldest)))
}

pub(super) fn committed(
    connection: &mut SqliteConnection,
    group: &str,
    topic: Topic,
) -> Result<Option<u64>, StreamError> {
    let committed: Option<i64> = log_groups::table
        .find((group, topic.name()))
        .select(log_groups::next_position)
        .first(connection)
        .optional()
        .map_err(query)?;
    Ok(committed.map(unsigned))
}

pub(super) fn query(error: diesel::result::Error) -> StreamError {
    StreamError::Sqlite(error.into())
}
