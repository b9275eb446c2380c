//! Kraken's WebSocket v2: the best bid and offer of each pair, at every change.

mod message;
mod quotes;
mod session;

use std::time::Duration;

use fx_config::FeedPlan;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use crate::backoff::{Backoff, jitter};
use crate::feed::Feed;
use quotes::Quotes;
use session::Session;

const ENDPOINT: &str = "wss://ws.kraken.com/v2";
const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_mins(1) };
/// How often the feed tells how it is doing.
const STATUS_EVERY: Duration = Duration::from_secs(10);

/// How long the stream waits for what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a connection.
    pub(crate) connect: Duration,
    /// For any message at all; Kraken's heartbeat comes every second.
    pub(crate) silence: Duration,
    /// Between a lost connection and the next try.
    pub(crate) backoff: Backoff,
    /// Between two messages of status.
    pub(crate) status_every: Duration,
}

impl Patience {
    pub(crate) fn of(connect: Duration, plan: &FeedPlan) -> Self {
        Self { connect, silence: plan.silence, backoff: BACKOFF, status_every: STATUS_EVERY }
    }
}

/// Why a connection ended, or none came to be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StreamFailure {
    #[error("no connection within {0:?}")]
    ConnectTimeout(Duration),
    #[error("cannot reach the provider: {0}")]
    Unreachable(String),
    #[error("silent for {0:?}, expected at least a heartbeat every second")]
    Silence(Duration),
    #[error("the provider closed the connection{0}")]
    Closed(String),
    #[error("no subscription was accepted: {0}")]
    Unsubscribed(String),
}

impl StreamFailure {
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::ConnectTimeout(_) => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Silence(_) => "silence",
            Self::Closed(_) => "closed",
            Self::Unsubscribed(_) => "unsubscribed",
        }
    }
}

/// The stream of one feed.
pub(crate) struct Stream {
    feed: Feed,
    quotes: Quotes,
    patience: Patience,
}

impl Stream {
    pub(crate) fn new(feed: Feed, patience: Patience) -> Self {
        let quotes = Quotes::new(&feed.plan.symbols, feed.newest());
        Self { feed, quotes, patience }
    }

    /// Listens until shutdown, and connects again whenever the connection is lost.
    pub(crate) async fn run(mut self, shutdown: CancellationToken) {
        let listening = async {
            // A connection that is lost at once, again and again, is waited for like one that does not come to be.
            let mut short_lived = 0;
            loop {
                let began = Instant::now();
                let failure = self.listen().await;
                crate::metrics::poll_failed(&self.feed.plan.name, failure.reason());
                self.feed.failed(&failure.to_string(), matches!(failure, StreamFailure::Unsubscribed(_)));
                short_lived = if began.elapsed() > self.patience.backoff.longest { 1 } else { short_lived + 1 };
                self.wait(self.patience.backoff.after(short_lived, jitter())).await;
            }
        };
        shutdown.run_until_cancelled(listening).await;
    }

    async fn listen(&mut self) -> StreamFailure {
        let endpoint = self.feed.plan.url.clone().unwrap_or_else(|| ENDPOINT.to_owned());
        crate::metrics::polled(&self.feed.plan.name);
        match Box::pin(Session::open(&endpoint, &self.feed.plan.symbols, self.patience)).await {
            Ok(session) => {
                crate::metrics::connected(&self.feed.plan.name);
                session.listen(&mut self.feed, &mut self.quotes).await
            }
            Err(failure) => failure,
        }
    }

    /// Waits, and goes on telling how the feed is doing: its status is also the log's clock.
    async fn wait(&mut self, wait: Duration) {
        let until = Instant::now() + wait;
        self.feed.tell();
        let mut status = interval_at(Instant::now() + self.patience.status_every, self.patience.status_every);
        status.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return,
                _ = status.tick() => self.feed.tell(),
            }
        }
    }
}
