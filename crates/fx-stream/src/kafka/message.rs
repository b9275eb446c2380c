//! A message as the log's readers know it.

use bytes::Bytes;
use chrono::DateTime;
use rdkafka::Message as _;
use rdkafka::message::{BorrowedMessage, Headers as _};

use super::group::unsigned;
use crate::{Message, Record};

/// Copies a message out of the client.
pub(super) fn read(native: &BorrowedMessage<'_>) -> Message {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = native.headers().map_or(Vec::new(), |headers| {
        headers.iter().map(|header| (header.key.to_owned(), text(header.value.unwrap_or_default()))).collect()
    });
    let at = native.timestamp().to_millis().and_then(DateTime::from_timestamp_millis);
    Message {
        partition: u32::try_from(native.partition()).unwrap_or(0),
        offset: unsigned(native.offset()),
        at: at.unwrap_or_default(),
        record: Record {
            key: native.key().map(text),
            partition: None,
            headers,
            payload: Bytes::copy_from_slice(native.payload().unwrap_or_default()),
        },
    }
}
