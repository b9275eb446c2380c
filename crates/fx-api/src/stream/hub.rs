//! The followers of the log, one per topic, for all readers.

use std::sync::Arc;
use std::time::Duration;

use fx_cache::Latest;
use fx_domain::alert::Transition;
use fx_domain::rate::EnrichedBatch;
use fx_stream::message::Payload;
use fx_stream::{Follower, Log, Message, Start, StreamError, Topic};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio_util::sync::CancellationToken;

use super::attention::Attention;
use super::book::Book;
use super::position::{Position, TOPICS};
use super::update::{Event, Update};
use crate::board::{Board, Boards};
use crate::context::ApiContext;
use crate::feeds::FeedView;
use crate::latest::LatestReader;
use crate::metrics;
use crate::problem::Problem;

/// Beyond so many messages at once the follower is catching up, and no history is asked for the rates of a day before.
const CATCHING_UP: usize = 8;

const RETRY: Duration = Duration::from_secs(1);

/// What goes to all readers.
#[derive(Clone, Debug)]
pub(super) enum Broadcast {
    Update(Arc<Update>),
    /// The log has lost messages: everything has to be read anew.
    Reset,
}

/// Where readers meet what happens.
pub(crate) struct Hub {
    context: ApiContext,
    latest: Arc<LatestReader>,
    boards: Boards,
    sender: broadcast::Sender<Broadcast>,
    /// Behind the last message that was sent; held while one is sent, so that who joins misses none and gets none twice.
    position: Mutex<Position>,
    /// How many of the topics are followed.
    following: watch::Sender<usize>,
    places: Arc<Semaphore>,
}

/// A reader's place among all.
pub(crate) struct Place {
    _permit: OwnedSemaphorePermit,
    _counted: metrics::Reading,
}

impl Hub {
    /// Begins to follow the log.
    pub(crate) fn new(
        context: &ApiContext,
        latest: Arc<LatestReader>,
        boards: Boards,
        stopping: &CancellationToken,
    ) -> Arc<Self> {
        let hub = Arc::new(Self {
            sender: broadcast::Sender::new(context.settings.sse_buffer),
            places: Arc::new(Semaphore::new(context.settings.sse_clients)),
            context: context.clone(),
            latest,
            boards,
            position: Mutex::default(),
            following: watch::Sender::new(0),
        });
        for topic in TOPICS {
            let hub = Arc::clone(&hub);
            let stopping = stopping.clone();
            tokio::spawn(async move { stopping.run_until_cancelled(hub.follow(topic)).await });
        }
        hub
    }

    /// A place for one reader more; `None` where all are taken.
    pub(crate) fn take_place(&self) -> Option<Place> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Place { _permit: permit, _counted: metrics::Reading::begin() })
    }

    /// Everything from here on, and where "here" is.
    pub(super) async fn join(&self) -> (broadcast::Receiver<Broadcast>, Position) {
        let mut following = self.following.subscribe();
        // The sender lives as long as the hub: this cannot fail.
        let _ = following.wait_for(|&topics| topics == TOPICS.len()).await;
        let position = self.position.lock();
        (self.sender.subscribe(), position.clone())
    }

    async fn follow(self: Arc<Self>, topic: Topic) {
        let mut start = Start::End;
        let mut is_first = true;
        loop {
            let failed = match self.context.log.follow(topic, start).await {
                Ok(follower) => {
                    self.position.lock().set(topic, follower.positions());
                    if is_first {
                        self.following.send_modify(|topics| *topics += 1);
                        is_first = false;
                    }
                    self.read(topic, follower).await
                }
                Err(failed) => failed,
            };
            tracing::warn!(%topic, error = %failed, "the stream's follower broke off, will follow again");
            start = match failed {
                StreamError::Gone { .. } => {
                    let _ = self.sender.send(Broadcast::Reset);
                    Start::End
                }
                _ if is_first => Start::End,
                _ => Start::At(self.position.lock().of(topic).to_vec()),
            };
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Reads until the log fails.
    async fn read(&self, topic: Topic, mut follower: Box<dyn Follower>) -> StreamError {
        let mut attention = Attention::default();
        loop {
            let messages = match follower.next().await {
                Ok(messages) => messages,
                Err(failed) => return failed,
            };
            if self.sender.receiver_count() == 0 {
                attention.keep_unread(&messages);
                let mut position = self.position.lock();
                for message in &messages {
                    position.pass(topic, message.partition, message.offset);
                }
                continue;
            }
            let looked_up = messages.len() <= CATCHING_UP;
            if let Err(problem) = self.wake(&mut attention).await {
                tracing::warn!(?problem, "the stream goes on with what it has read itself");
            }
            for message in messages {
                let events = self.events(topic, &message, attention.book(), looked_up).await;
                self.send(Update { topic, partition: message.partition, offset: message.offset, events });
                // Readers share this thread: a chunk in one go would be more than their buffer holds.
                tokio::task::yield_now().await;
            }
        }
    }

    fn send(&self, update: Update) {
        let mut position = self.position.lock();
        position.pass(update.topic, update.partition, update.offset);
        // Nobody may be listening any more.
        let _ = self.sender.send(Broadcast::Update(Arc::new(update)));
    }

    /// With the first reader, the book is made from the cache and from what came last.
    async fn wake(&self, attention: &mut Attention) -> Result<(), Problem> {
        if attention.is_awake() {
            return Ok(());
        }
        let (latest, feeds) = (self.latest.rates().await?, self.latest.feeds().await);
        attention.wake(Book::new(&latest, feeds));
        Ok(())
    }

    async fn events(&self, topic: Topic, message: &Message, book: &mut Book, looked_up: bool) -> Vec<Event> {
        let events = match topic {
            Topic::AlertEvents => alert_events(message),
            _ => self.rate_events(message, book, looked_up).await,
        };
        readable(topic, message, events)
    }

    async fn rate_events(&self, message: &Message, book: &mut Book, looked_up: bool) -> Result<Vec<Event>, LeftOut> {
        let batch = EnrichedBatch::decode(&message.record.payload)?;
        let news = book.take_in(&batch);
        let believed = self.boards.judge(book.around(&batch), false).await?;
        self.told(&batch, news, &believed, looked_up, book).await
    }

    /// What an earlier message has to say to a reader that missed it: the rates of the feeds that are believed now.
    async fn past_rate_events(&self, message: &Message) -> Result<Vec<Event>, LeftOut> {
        let batch = EnrichedBatch::decode(&message.record.payload)?;
        let mut book = Book::default();
        let news = book.take_in(&batch);
        let believed = self.boards.current().await?;
        self.told(&batch, news, &believed, false, &mut book).await
    }

    /// A batch's news from a feed that is believed, and how that feed is doing.
    async fn told(
        &self,
        batch: &EnrichedBatch,
        mut news: Vec<Latest>,
        believed: &Board,
        looked_up: bool,
        book: &mut Book,
    ) -> Result<Vec<Event>, LeftOut> {
        let is_believed =
            |pair| believed.reading(pair, None).is_none_or(|reading| reading.record.source == batch.source);
        news.retain(|latest| latest.accepted.as_ref().is_some_and(|record| is_believed(record.rate.pair)));
        let board = self.boards.judge(news.into(), looked_up).await?;
        let feed = book.take_in_feed(batch, self.context.clock.now());
        let feed = feed.map(|snapshot| Event::feed(&FeedView::told(&self.context, snapshot)));
        Ok(Event::rates(&board).into_iter().chain(feed).collect())
    }

    /// What an earlier message has to say.
    pub(super) async fn past_events(&self, topic: Topic, message: &Message) -> Vec<Event> {
        let events = match topic {
            Topic::AlertEvents => alert_events(message),
            _ => self.past_rate_events(message).await,
        };
        readable(topic, message, events)
    }

    pub(super) fn log(&self) -> &Arc<dyn Log> {
        &self.context.log
    }
}

/// The events of a message; one that is not understood is counted and left out.
fn readable(topic: Topic, message: &Message, events: Result<Vec<Event>, LeftOut>) -> Vec<Event> {
    events.unwrap_or_else(|problem| {
        tracing::warn!(%topic, offset = message.offset, %problem, "the stream leaves a message out");
        metrics::stream_unreadable(topic.name());
        Vec::new()
    })
}

fn alert_events(message: &Message) -> Result<Vec<Event>, LeftOut> {
    Ok(vec![Event::alert(&Transition::decode(&message.record.payload)?)])
}

/// Why a message is left out.
#[derive(Debug, thiserror::Error)]
enum LeftOut {
    #[error(transparent)]
    Unreadable(#[from] StreamError),
    #[error("what it means cannot be judged")]
    Unjudged(Problem),
}

impl From<Problem> for LeftOut {
    fn from(problem: Problem) -> Self {
        Self::Unjudged(problem)
    }
}
