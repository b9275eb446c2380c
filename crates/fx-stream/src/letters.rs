//! What lies in `fx-rates-dlq`, for an operator: to list it, to look into it, and to send it again.

use std::collections::HashSet;

use crate::{Log, Message, Record, Start, StreamError, Topic, read_to_end};

/// Names the letter that was sent again, in a record without a payload that is put behind it.
const RETRIED: &str = "fx-retried";

/// A message that could not be processed, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The message as it lies there, its payload left out.
    pub message: Message,
    /// How long the payload is.
    pub bytes: usize,
    /// Whether it was sent again already.
    pub is_retried: bool,
}

impl Letter {
    /// Its partition and offset in the DLQ.
    pub fn id(&self) -> String {
        id(&self.message)
    }

    /// A header of the letter, such as `fx-error`; empty where it has none.
    pub fn header(&self, name: &str) -> &str {
        self.message.record.header(name).unwrap_or_default()
    }

    /// Where it came from; `None` where that is no topic of ours.
    pub fn topic(&self) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.name() == self.header("fx-topic"))
    }
}

fn id(message: &Message) -> String {
    format!("{}-{}", message.partition, message.offset)
}

/// All letters, the oldest first.
pub async fn all(log: &dyn Log) -> Result<Vec<Letter>, StreamError> {
    let (mut letters, mut retried) = (Vec::new(), HashSet::new());
    read_to_end(log, Topic::RatesDlq, |mut message| {
        if let Some(id) = message.record.header(RETRIED) {
            retried.insert(id.to_owned());
            return;
        }
        let payload = std::mem::take(&mut message.record.payload);
        letters.push(Letter { message, bytes: payload.len(), is_retried: false });
    })
    .await?;
    for letter in &mut letters {
        letter.is_retried = retried.contains(&letter.id());
    }
    Ok(letters)
}

/// The letter with its bytes.
pub async fn open(log: &dyn Log, letter: &Letter) -> Result<Message, StreamError> {
    let at = Start::At(vec![(letter.message.partition, letter.message.offset)]);
    let mut follower = log.follow(Topic::RatesDlq, at).await?;
    loop {
        let found = follower.next().await?.into_iter().find(|message| id(message) == letter.id());
        if let Some(message) = found {
            return Ok(message);
        }
    }
}

/// Puts the letter's bytes back where they came from, with the key that they had, and notes that this was done.
pub async fn send_again(log: &dyn Log, letter: &Letter, topic: Topic) -> Result<(), StreamError> {
    let Message { record: Record { key, payload, .. }, .. } = open(log, letter).await?;
    // Where a topic is split by pair, only the partition says where the message belongs.
    let partition = letter.header("fx-partition").parse().ok().filter(|_| topic == Topic::RatesEnriched);
    log.publish(topic, vec![Record { key, partition, headers: Vec::new(), payload }]).await?;
    let note = Record { headers: vec![(RETRIED.to_owned(), letter.id())], ..Record::default() };
    log.publish(Topic::RatesDlq, vec![note]).await
}
