//! What a sink is told, with its messages being read from the moment that they are there.

use std::sync::Arc;

use fx_domain::rate::EnrichedBatch;
use fx_stream::message::Payload;
use fx_stream::{Assigned, Delivery, Message, Record, StreamError, dead_letter};
use rayon::iter::{Either, IntoParallelRefIterator, ParallelIterator};
use tokio::task::JoinHandle;

use super::TOPIC;

pub(super) enum News {
    Assigned(Vec<Assigned>),
    Revoked(Vec<u32>),
    Chunk(Chunk),
}

impl From<Delivery> for News {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Assigned(partitions) => Self::Assigned(partitions),
            Delivery::Revoked(partitions) => Self::Revoked(partitions),
            Delivery::Messages(messages) => Self::Chunk(Chunk::read(Arc::new(messages))),
        }
    }
}

/// Messages, and what they say.
pub(super) struct Chunk {
    pub(super) messages: Arc<Vec<Message>>,
    batches: JoinHandle<Batches>,
}

/// What can be read of messages, and the letters about what cannot.
type Batches = (Vec<EnrichedBatch>, Vec<Record>);

impl Chunk {
    /// Reading JSON takes a while: it has threads of its own, so that nobody else waits for it.
    pub(super) fn read(messages: Arc<Vec<Message>>) -> Self {
        let read = Arc::clone(&messages);
        Self { messages, batches: tokio::task::spawn_blocking(move || decode(&read)) }
    }

    pub(super) async fn batches(self) -> Result<Batches, StreamError> {
        self.batches.await.map_err(|_| StreamError::Stopped)
    }
}

fn decode(messages: &[Message]) -> Batches {
    messages.par_iter().partition_map(|message| match EnrichedBatch::decode(&message.record.payload) {
        Ok(batch) => Either::Left(batch),
        Err(error) => Either::Right(dead_letter::of(message, TOPIC, &error)),
    })
}
