//! What a sink is told, with its messages being read from the moment that they are there.

use std::sync::Arc;

use fx_stream::{Assigned, Delivery, Message, Record, StreamError, dead_letter};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use tokio::task::JoinHandle;

use super::Item;

pub(super) enum News<T> {
    Assigned(Vec<Assigned>),
    Revoked(Vec<u32>),
    Chunk(Chunk<T>),
}

impl<T: Item> From<Delivery> for News<T> {
    fn from(delivery: Delivery) -> Self {
        match delivery {
            Delivery::Assigned(partitions) => Self::Assigned(partitions),
            Delivery::Revoked(partitions) => Self::Revoked(partitions),
            Delivery::Messages(messages) => Self::Chunk(Chunk::read(Arc::new(messages))),
        }
    }
}

/// Messages, and what they say.
pub(super) struct Chunk<T> {
    pub(super) messages: Arc<Vec<Message>>,
    read: JoinHandle<Read<T>>,
}

/// What can be read of messages, and the letters about what cannot.
pub(super) struct Read<T> {
    pub(super) items: Vec<T>,
    /// The place of each item's message.
    pub(super) places: Vec<usize>,
    pub(super) letters: Vec<Record>,
}

impl<T: Item> Chunk<T> {
    /// Reading JSON takes a while: it has threads of its own, so that nobody else waits for it.
    pub(super) fn read(messages: Arc<Vec<Message>>) -> Self {
        let read = Arc::clone(&messages);
        Self { messages, read: tokio::task::spawn_blocking(move || decode(&read)) }
    }

    pub(super) async fn items(self) -> Result<Read<T>, StreamError> {
        self.read.await.map_err(|_| StreamError::Stopped)
    }
}

fn decode<T: Item>(messages: &[Message]) -> Read<T> {
    let decoded: Vec<_> = messages.par_iter().map(|message| T::decode(&message.record.payload)).collect();
    let mut read = Read { items: Vec::new(), places: Vec::new(), letters: Vec::new() };
    for (place, (message, decoded)) in messages.iter().zip(decoded).enumerate() {
        match decoded {
            Ok(item) => {
                read.items.push(item);
                read.places.push(place);
            }
            Err(error) => read.letters.push(dead_letter::of(message, T::TOPIC, &error)),
        }
    }
    read
}
