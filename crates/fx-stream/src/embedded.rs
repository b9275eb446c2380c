//! The embedded log: tables in the one SQLite file, one partition a topic, for the one process that has the file open.

mod members;
mod read;
mod schema;
mod write;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use diesel::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use fx_domain::clock::{Clock, Timestamp};
use fx_sqlite::Sqlite;
use members::{Member, Members};
use tokio::sync::watch;

use crate::{
    Assigned, Consumer, Delivery, Follower, Log, Message, PartitionPosition, Record, Start, StreamError, Topic,
};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The only partition.
const PARTITION: u32 = 0;

/// A log in the SQLite file, cheap to clone.
#[derive(Clone)]
pub struct EmbeddedLog {
    file: Sqlite,
    clock: Arc<dyn Clock>,
    /// The end of each topic, for those who wait for more.
    ends: Arc<HashMap<Topic, watch::Sender<u64>>>,
    members: Members,
}

impl EmbeddedLog {
    /// The log in `file`, its tables made where they are missing.
    pub fn try_new(file: Sqlite, clock: Arc<dyn Clock>) -> Result<Self, StreamError> {
        file.migrate(MIGRATIONS)?;
        let ends = file.write_blocking(|connection| {
            Topic::ALL.into_iter().map(|topic| Ok((topic, watch::Sender::new(read::end(connection, topic)?)))).collect()
        });
        ends.map(|ends: HashMap<_, _>| Self { file, clock, ends: Arc::new(ends), members: Members::default() })
    }

    /// Removes what was appended before `before` and what every group has read; answers how many records.
    pub async fn prune(&self, topic: Topic, before: Timestamp) -> Result<usize, StreamError> {
        self.file.write(move |connection| write::prune(connection, topic, before)).await
    }

    fn end(&self, topic: Topic) -> watch::Receiver<u64> {
        self.ends[&topic].subscribe()
    }

    fn cursor(&self, topic: Topic, next: u64) -> Cursor {
        Cursor { file: self.file.clone(), topic, next, end: self.end(topic) }
    }
}

#[async_trait]
impl Log for EmbeddedLog {
    async fn publish(&self, topic: Topic, records: Vec<Record>) -> Result<(), StreamError> {
        if records.is_empty() {
            return Ok(());
        }
        if let Some(partition) = records.iter().filter_map(|record| record.partition).find(|at| *at != PARTITION) {
            return Err(StreamError::NoPartition { topic, partition, partitions: 1 });
        }
        let at = self.clock.now();
        let end = self.file.write(move |connection| write::append(connection, topic, at, &records)).await?;
        // Two writers may come here in the other order; the end only grows.
        self.ends[&topic].send_if_modified(|known| end > std::mem::replace(known, end.max(*known)));
        self.members.appended(topic, end);
        Ok(())
    }

    async fn subscribe(&self, group: &str, topic: Topic) -> Result<Box<dyn Consumer>, StreamError> {
        let name = group.to_owned();
        let committed = self.file.read(move |connection| read::committed(connection, &name, topic)).await?;
        let cursor = self.cursor(topic, committed.unwrap_or(0));
        let end = *cursor.end.borrow();
        Ok(Box::new(GroupMember {
            member: self.members.join(group, topic, committed.unwrap_or(0), end),
            cursor,
            news: Some(Assigned { partition: PARTITION, committed }),
        }))
    }

    async fn follow(&self, topic: Topic, start: Start) -> Result<Box<dyn Follower>, StreamError> {
        let work = move |connection: &mut SqliteConnection| {
            Ok::<_, StreamError>((read::oldest(connection, topic)?, offset_of(connection, topic, &start)?))
        };
        let (oldest, next) = self.file.read(work).await?;
        if next < oldest {
            return Err(StreamError::Gone { topic, wanted: next, oldest });
        }
        Ok(Box::new(Reader(self.cursor(topic, next))))
    }

    async fn newest(&self, topic: Topic, key: &str) -> Result<Option<Message>, StreamError> {
        let key = key.to_owned();
        self.file.read(move |connection| read::newest(connection, topic, &key)).await
    }

    async fn positions(&self, group: &str, topic: Topic) -> Result<Vec<PartitionPosition>, StreamError> {
        let (group, end) = (group.to_owned(), *self.end(topic).borrow());
        let committed = self.file.read(move |connection| read::committed(connection, &group, topic)).await?;
        Ok(vec![PartitionPosition { partition: PARTITION, committed, end }])
    }

    async fn partitions(&self, _topic: Topic) -> Result<u32, StreamError> {
        Ok(1)
    }

    async fn move_group(&self, group: &str, topic: Topic, to: Start) -> Result<Vec<PartitionPosition>, StreamError> {
        let members = self.members.count(group, topic);
        if members > 0 {
            return Err(StreamError::GroupActive { group: group.to_owned(), members });
        }
        let name = group.to_owned();
        self.file
            .write(move |connection| {
                if matches!(&to, Start::At(offsets) if offsets.iter().all(|(partition, _)| *partition != PARTITION)) {
                    return Ok(());
                }
                let offset = offset_of(connection, topic, &to)?;
                write::commit(connection, &name, topic, offset)
            })
            .await?;
        self.positions(group, topic).await
    }

    async fn check(&self) -> Result<(), StreamError> {
        self.file.read(move |connection| read::end(connection, Topic::Rates)).await.map(|_| ())
    }
}

fn offset_of(connection: &mut SqliteConnection, topic: Topic, start: &Start) -> Result<u64, StreamError> {
    match start {
        Start::Beginning => read::oldest(connection, topic),
        Start::End => read::end(connection, topic),
        Start::Since(at) => read::since(connection, topic, *at),
        Start::At(offsets) => match offsets.iter().find(|(partition, _)| *partition == PARTITION) {
            Some((_, offset)) => Ok(*offset),
            None => read::end(connection, topic),
        },
    }
}

/// A place in one topic.
struct Cursor {
    file: Sqlite,
    topic: Topic,
    next: u64,
    end: watch::Receiver<u64>,
}

impl Cursor {
    async fn next(&mut self) -> Result<Vec<Message>, StreamError> {
        loop {
            let (topic, from) = (self.topic, self.next);
            // The sender lives as long as the log; without it nothing more will come.
            if self.end.wait_for(|end| *end > from).await.is_err() {
                std::future::pending::<()>().await;
            }
            let messages = self.file.read(move |connection| read::messages(connection, topic, from)).await?;
            if let Some(last) = messages.last() {
                self.next = last.offset + 1;
                return Ok(messages);
            }
            // The rest of the topic was compacted away.
            self.next = *self.end.borrow();
        }
    }
}

struct GroupMember {
    member: Member,
    cursor: Cursor,
    news: Option<Assigned>,
}

#[async_trait]
impl Consumer for GroupMember {
    async fn next(&mut self) -> Result<Delivery, StreamError> {
        match self.news.take() {
            Some(assigned) => Ok(Delivery::Assigned(vec![assigned])),
            None => self.cursor.next().await.map(Delivery::Messages),
        }
    }

    async fn commit(&mut self, _partition: u32, offset: u64) -> Result<(), StreamError> {
        let (group, topic) = (self.member.group().to_owned(), self.cursor.topic);
        self.cursor.file.write(move |connection| write::commit(connection, &group, topic, offset)).await?;
        self.member.committed(offset);
        Ok(())
    }

    async fn seek(&mut self, _partition: u32, offset: u64) -> Result<(), StreamError> {
        self.cursor.next = offset;
        Ok(())
    }

    async fn close(self: Box<Self>) -> Result<(), StreamError> {
        Ok(())
    }
}

struct Reader(Cursor);

#[async_trait]
impl Follower for Reader {
    async fn next(&mut self) -> Result<Vec<Message>, StreamError> {
        let (topic, wanted) = (self.0.topic, self.0.next);
        let messages = self.0.next().await?;
        match messages.first() {
            // Of a compacted topic older messages are gone by design.
            Some(first) if first.offset > wanted && !topic.is_compacted() => {
                Err(StreamError::Gone { topic, wanted, oldest: first.offset })
            }
            _ => Ok(messages),
        }
    }

    fn positions(&self) -> Vec<(u32, u64)> {
        vec![(PARTITION, self.0.next)]
    }
}
