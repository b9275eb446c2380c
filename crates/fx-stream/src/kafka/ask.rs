//! Questions to the brokers. They block: each is asked on a thread for that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fx_config::KafkaSettings;
use rdkafka::client::{Client, ClientContext};
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::Producer as _;
use rdkafka::{Offset, TopicPartitionList};

use super::client;
use super::group::{signed, unsigned};
use super::producer::Producer;
use crate::{PartitionPosition, Start, StreamError};

/// How long an answer may take, with everything that is tried again.
const PATIENCE: Duration = Duration::from_secs(10);
const ONE_ANSWER: Duration = Duration::from_secs(5);
const TRY_AGAIN: Duration = Duration::from_millis(50);
/// The group of clients that belong to none.
const NO_GROUP: &str = "fx-reader";

/// From where to where a partition has messages: the oldest, and the offset that the next will have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) partition: u32,
    pub(super) oldest: u64,
    pub(super) end: u64,
}

/// Runs a question where it may block.
pub(super) async fn off_thread<T: Send + 'static>(
    question: impl FnOnce() -> Result<T, StreamError> + Send + 'static,
) -> Result<T, StreamError> {
    match tokio::task::spawn_blocking(question).await {
        Ok(answer) => answer,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StreamError::Stopped),
        },
    }
}

/// Asks again what fails while a topic's leader or a group's coordinator moves.
fn patiently<T>(doing: &str, ask: impl Fn() -> Result<T, KafkaError>) -> Result<T, StreamError> {
    let begun = Instant::now();
    loop {
        match ask() {
            Ok(answer) => return Ok(answer),
            Err(error) if begun.elapsed() < PATIENCE && may_pass(&error) => std::thread::sleep(TRY_AGAIN),
            Err(error) => return Err(StreamError::kafka(doing, &error)),
        }
    }
}

fn may_pass(error: &KafkaError) -> bool {
    use RDKafkaErrorCode as Code;
    let lasting = [
        Code::Authentication,
        Code::SaslAuthenticationFailed,
        Code::TopicAuthorizationFailed,
        Code::GroupAuthorizationFailed,
        Code::ClusterAuthorizationFailed,
        Code::UnknownTopic,
        Code::UnknownPartition,
        Code::UnknownMemberId,
    ];
    error.rdkafka_error_code().is_some_and(|code| !lasting.contains(&code))
}

/// How many partitions a topic has.
pub(super) fn partitions<C: ClientContext>(client: &Client<C>, name: &str) -> Result<u32, StreamError> {
    let metadata = patiently(&format!("ask for topic {name}"), || client.fetch_metadata(Some(name), ONE_ANSWER))?;
    let found = metadata.topics().iter().find(|topic| topic.name() == name);
    let count = found.filter(|topic| topic.error().is_none()).map_or(0, |topic| topic.partitions().len());
    if count == 0 {
        return Err(StreamError::NoTopic { name: name.to_owned() });
    }
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

pub(super) fn extents<C: ClientContext>(client: &Client<C>, name: &str) -> Result<Vec<Extent>, StreamError> {
    (0..partitions(client, name)?).map(|partition| extent(client, name, partition)).collect()
}

pub(super) fn extent<C: ClientContext>(client: &Client<C>, name: &str, partition: u32) -> Result<Extent, StreamError> {
    let doing = format!("ask for the ends of {name}");
    let ask = || client.fetch_watermarks(name, signed(partition), ONE_ANSWER);
    let (oldest, end) = patiently(&doing, ask)?;
    Ok(Extent { partition, oldest: unsigned(oldest), end: unsigned(end) })
}

/// A client that reads for a group without being a member, or for none.
pub(super) fn onlooker(settings: &KafkaSettings, group: Option<&str>) -> Result<BaseConsumer, StreamError> {
    client::reader(settings, group.unwrap_or(NO_GROUP))
        .create()
        .map_err(|error| StreamError::kafka("make a reader", &error))
}

/// Where each partition is begun. Partitions that are not named are left out where `are_all` is false, else begin at
/// their end.
pub(super) fn starts(
    settings: &KafkaSettings,
    name: &str,
    extents: &[Extent],
    start: &Start,
) -> Result<Vec<(u32, u64)>, StreamError> {
    let all = |of: fn(&Extent) -> u64| extents.iter().map(|extent| (extent.partition, of(extent))).collect();
    match start {
        Start::Beginning => Ok(all(|extent| extent.oldest)),
        Start::End => Ok(all(|extent| extent.end)),
        Start::At(offsets) => Ok(offsets.clone()),
        Start::Since(at) => since(settings, name, extents, at.timestamp_millis()),
    }
}

fn since(
    settings: &KafkaSettings,
    name: &str,
    extents: &[Extent],
    millis: i64,
) -> Result<Vec<(u32, u64)>, StreamError> {
    let reader = onlooker(settings, None)?;
    let mut list = TopicPartitionList::new();
    for extent in extents {
        list.add_partition_offset(name, signed(extent.partition), Offset::Offset(millis))
            .map_err(|error| StreamError::kafka("name a partition", &error))?;
    }
    let doing = format!("ask {name} for a time");
    let found = patiently(&doing, || reader.offsets_for_times(list.clone(), ONE_ANSWER))?;
    let elements = found.elements();
    let of = |(element, extent): (&rdkafka::topic_partition_list::TopicPartitionListElem<'_>, &Extent)| {
        let offset = match element.offset() {
            Offset::Offset(offset) => unsigned(offset),
            _ => extent.end,
        };
        (extent.partition, offset)
    };
    Ok(elements.iter().zip(extents).map(of).collect())
}

/// How far a group is. An empty name is that of no group.
pub(super) fn positions(
    settings: &KafkaSettings,
    producer: &Producer,
    group: &str,
    name: &str,
) -> Result<Vec<PartitionPosition>, StreamError> {
    let extents = extents(producer.native().client(), name)?;
    let mut positions: Vec<_> = extents
        .iter()
        .map(|extent| PartitionPosition { partition: extent.partition, committed: None, end: extent.end })
        .collect();
    if group.is_empty() {
        return Ok(positions);
    }
    let reader = onlooker(settings, Some(group))?;
    let mut list = TopicPartitionList::new();
    for extent in &extents {
        list.add_partition(name, signed(extent.partition));
    }
    let committed = patiently(&format!("ask where group {group} is"), || {
        let answer = reader.committed_offsets(list.clone(), ONE_ANSWER)?;
        answer.elements().iter().try_for_each(rdkafka::topic_partition_list::TopicPartitionListElem::error)?;
        Ok(answer)
    })?;
    for (position, element) in positions.iter_mut().zip(committed.elements()) {
        if let Offset::Offset(offset) = element.offset() {
            position.committed = Some(unsigned(offset));
        }
    }
    Ok(positions)
}

/// Puts a group elsewhere, if it has no members.
pub(super) fn move_group(
    settings: &KafkaSettings,
    producer: &Arc<Producer>,
    group: &str,
    name: &str,
    to: &Start,
) -> Result<(), StreamError> {
    let full = format!("{}{group}", settings.prefix);
    let groups = patiently(&format!("ask who is in group {group}"), || {
        producer.native().client().fetch_group_list(Some(&full), ONE_ANSWER)
    })?;
    let members = groups.groups().iter().find(|found| found.name() == full).map_or(0, |found| found.members().len());
    if members > 0 {
        return Err(StreamError::GroupActive { group: group.to_owned(), members });
    }
    let extents = extents(producer.native().client(), name)?;
    let mut list = TopicPartitionList::new();
    for (partition, offset) in starts(settings, name, &extents, to)? {
        let offset = Offset::Offset(i64::try_from(offset).unwrap_or(i64::MAX));
        list.add_partition_offset(name, signed(partition), offset)
            .map_err(|error| StreamError::kafka("name a partition", &error))?;
    }
    if list.count() == 0 {
        return Ok(());
    }
    let reader = onlooker(settings, Some(group))?;
    patiently(&format!("move group {group}"), || reader.commit(&list, rdkafka::consumer::CommitMode::Sync))
}
