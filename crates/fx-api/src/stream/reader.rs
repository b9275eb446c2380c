//! One reader: first what it missed, then what happens.

use std::sync::Arc;
use std::time::Duration;

use fx_stream::{Follower, Start, StreamError, Topic};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::hub::{Broadcast, Hub, Place};
use super::position::{Position, TOPICS};
use super::update::{Update, event_text};
use super::wish::Wish;
use crate::board::Boards;
use crate::context::Api;
use crate::metrics;
use crate::problem::Problem;
use crate::rates::{RatesQuery, RatesView};

/// So often something is sent, so that nobody in between takes the line for dead.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A log that cannot be followed within so long is said to be down.
const LOG_ANSWERS: Duration = Duration::from_secs(5);

/// A reader of `/stream`.
pub(super) struct Reader {
    hub: Arc<Hub>,
    boards: Boards,
    wish: Wish,
    /// Behind the last message that it was told of, or did not want.
    position: Position,
    /// To be sent before anything else.
    greeting: Option<String>,
    stage: Stage,
    stopping: CancellationToken,
    _place: Place,
}

enum Stage {
    /// Reading from the log what was missed, up to `target`; then, with `joined`, up to where the others are.
    Behind { followers: Vec<(Topic, Box<dyn Follower>)>, target: Position, joined: Option<Receiver<Broadcast>> },
    /// With all the others.
    Live(Receiver<Broadcast>),
}

impl Reader {
    /// Begins behind the event `last_seen`, or now where that is left out. Where that place is gone, or never was, the
    /// reader is told to begin anew.
    pub(super) async fn begin(api: &Api, wish: Wish, last_seen: Option<&str>, place: Place) -> Result<Self, Problem> {
        let joined = timeout(LOG_ANSWERS, api.hub.join()).await;
        let (receiver, here) =
            joined.map_err(|_| Problem::unavailable("the log does not answer, /health says more"))?;
        let mut reader = Self {
            hub: Arc::clone(&api.hub),
            boards: api.boards.clone(),
            wish,
            greeting: Some(format!("retry: 2000\nid: {here}\n\n")),
            position: here.clone(),
            stage: Stage::Live(receiver),
            stopping: api.stopping.clone(),
            _place: place,
        };
        let Some(last_seen) = last_seen else { return Ok(reader) };
        let position = last_seen.parse::<Position>().ok().filter(|position| is_before(position, &here));
        match position {
            Some(position) => match followers(&reader.hub, &position).await {
                Ok(followers) => {
                    reader.greeting = Some(format!("retry: 2000\nid: {position}\n\n"));
                    reader.position = position;
                    reader.stage = Stage::Behind { followers, target: here, joined: None };
                }
                Err(StreamError::Gone { .. }) => reader.greeting = Some(reader.anew().await?),
                Err(failed) => return Err(failed.into()),
            },
            None => reader.greeting = Some(reader.anew().await?),
        }
        Ok(reader)
    }

    /// What comes next; `None` at the end.
    pub(super) async fn next(&mut self) -> Option<String> {
        if let Some(greeting) = self.greeting.take() {
            return Some(greeting);
        }
        let stopping = self.stopping.clone();
        stopping.run_until_cancelled(self.advance()).await.flatten()
    }

    async fn advance(&mut self) -> Option<String> {
        loop {
            let text = match &mut self.stage {
                Stage::Behind { .. } => self.catch_up().await?,
                Stage::Live(receiver) => match timeout(KEEP_ALIVE, receiver.recv()).await {
                    Err(_) => ": still here\n\n".to_owned(),
                    Ok(Ok(Broadcast::Update(update))) => self.told(&update),
                    Ok(Ok(Broadcast::Reset)) => self.anew().await.ok()?,
                    Ok(Err(RecvError::Lagged(missed))) => self.lagged(missed),
                    Ok(Err(RecvError::Closed)) => return None,
                },
            };
            if !text.is_empty() {
                return Some(text);
            }
        }
    }

    fn told(&mut self, update: &Update) -> String {
        let Update { topic, partition, offset, .. } = *update;
        if self.position.is_past(topic, partition, offset) {
            return String::new();
        }
        self.position.pass(topic, partition, offset);
        update.text(&self.wish, &self.position)
    }

    fn lagged(&self, missed: u64) -> String {
        metrics::stream_lagged(missed);
        event_text("lagged", &self.position, &format!(r#"{{"missed":{missed}}}"#))
    }

    /// One step of catching up: a chunk of the log, or joining the others. `None` where the log fails: the reader will
    /// come again from where it is.
    async fn catch_up(&mut self) -> Option<String> {
        let Stage::Behind { followers, target, joined } = &mut self.stage else { return Some(String::new()) };
        let behind = followers.iter_mut().find(|(topic, _)| !self.position.has_reached(*topic, target));
        if let Some((topic, follower)) = behind {
            let topic = *topic;
            let messages = follower.next().await.ok()?;
            let mut text = String::new();
            for message in messages {
                let events = self.hub.past_events(topic, &message).await;
                text += &self.told(&Update { topic, partition: message.partition, offset: message.offset, events });
            }
            return Some(text);
        }
        if let Some(receiver) = joined.take() {
            self.stage = Stage::Live(receiver);
        } else {
            // Joining only now keeps the buffer free while much is read; what came meanwhile is read in a second round.
            let (receiver, here) = self.hub.join().await;
            (*joined, *target) = (Some(receiver), here);
        }
        Some(String::new())
    }

    /// Tells the reader to forget what it has, and gives it everything.
    async fn anew(&mut self) -> Result<String, Problem> {
        let (receiver, here) = self.hub.join().await;
        self.stage = Stage::Live(receiver);
        self.position = here;
        let query = RatesQuery::of_pairs(self.wish.pairs.clone());
        let view = RatesView::new(&*self.boards.current().await?, &query);
        let snapshot = serde_json::to_string(&view).map_err(|error| Problem::internal(&error))?;
        let reset = event_text("reset", &self.position, "{}");
        Ok(reset + &event_text("snapshot", &self.position, &snapshot))
    }
}

/// A place that lies ahead is of another log.
fn is_before(position: &Position, here: &Position) -> bool {
    TOPICS.into_iter().all(|topic| {
        let known = |partition| here.of(topic).iter().find(|(known, _)| *known == partition);
        position.of(topic).iter().all(|&(partition, next)| known(partition).is_some_and(|&(_, end)| next <= end))
    })
}

async fn followers(hub: &Hub, position: &Position) -> Result<Vec<(Topic, Box<dyn Follower>)>, StreamError> {
    let mut followers = Vec::with_capacity(TOPICS.len());
    for topic in TOPICS {
        followers.push((topic, hub.log().follow(topic, Start::At(position.of(topic).to_vec())).await?));
    }
    Ok(followers)
}
