//! One connection, from the subscription to its end.

use std::collections::BTreeSet;

use futures::{SinkExt, StreamExt};
use fx_domain::pair::Pair;
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::message::{self, Incoming};
use super::quotes::Quotes;
use super::{Patience, StreamFailure};
use crate::feed::Feed;

/// Kraken's largest message, the snapshot of all tickers, has some kilobytes.
const LONGEST_MESSAGE: usize = 1024 * 1024;

/// A connection that has subscribed.
pub(super) struct Session {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    patience: Patience,
    /// What the feed publishes: what it asked for, but for what was refused.
    publishes: Vec<Pair>,
    /// Symbols whose subscription was not answered yet.
    unanswered: usize,
    subscribed: BTreeSet<String>,
    refused: Vec<String>,
    /// What the exchange says of itself, where that is not `online`.
    system: Option<String>,
}

impl Session {
    pub(super) async fn open(endpoint: &str, symbols: &[Pair], patience: Patience) -> Result<Self, StreamFailure> {
        let config =
            WebSocketConfig::default().max_message_size(Some(LONGEST_MESSAGE)).max_frame_size(Some(LONGEST_MESSAGE));
        let connecting = connect_async_with_config(endpoint, Some(config), true);
        let connected = timeout(patience.connect, connecting).await;
        let (socket, _) =
            connected.map_err(|_| StreamFailure::ConnectTimeout(patience.connect))?.map_err(|e| unreachable(&e))?;
        let unanswered = symbols.len();
        let (subscribed, refused) = (BTreeSet::new(), Vec::new());
        let publishes = symbols.to_vec();
        let mut session = Self { socket, patience, publishes, unanswered, subscribed, refused, system: None };
        let subscription = Message::text(message::subscribe(symbols));
        let sent = timeout(patience.connect, session.socket.send(subscription)).await;
        sent.map_err(|_| StreamFailure::ConnectTimeout(patience.connect))?.map_err(|e| unreachable(&e))?;
        Ok(session)
    }

    /// Reads until the connection ends.
    pub(super) async fn listen(mut self, feed: &mut Feed, quotes: &mut Quotes) -> StreamFailure {
        let every = self.patience.status_every;
        let mut status = interval_at(Instant::now() + every, every);
        status.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut silent_at = Instant::now() + self.patience.silence;
        loop {
            tokio::select! {
                incoming = self.socket.next() => {
                    silent_at = Instant::now() + self.patience.silence;
                    if let Err(failure) = self.received(incoming, feed, quotes) {
                        return failure;
                    }
                }
                _ = status.tick() => feed.tell(),
                () = tokio::time::sleep_until(silent_at) => return StreamFailure::Silence(self.patience.silence),
            }
        }
    }

    fn received(
        &mut self,
        incoming: Option<Result<Message, Error>>,
        feed: &mut Feed,
        quotes: &mut Quotes,
    ) -> Result<(), StreamFailure> {
        match incoming {
            Some(Ok(Message::Text(text))) => self.understood(&text, feed, quotes),
            Some(Ok(Message::Close(frame))) => Err(StreamFailure::Closed(
                frame.map(|frame| format!(": {} {}", frame.code, frame.reason)).unwrap_or_default(),
            )),
            Some(Ok(_)) => Ok(()),
            Some(Err(Error::ConnectionClosed)) | None => Err(StreamFailure::Closed(String::new())),
            Some(Err(error)) => Err(unreachable(&error)),
        }
    }

    fn understood(&mut self, text: &str, feed: &mut Feed, quotes: &mut Quotes) -> Result<(), StreamFailure> {
        match message::read(text) {
            Ok(Incoming::Tickers(tickers)) => {
                self.alive(feed);
                feed.announce(&self.publishes);
                feed.begin_fetch();
                for ticker in tickers {
                    if let Some(batch) = quotes.batch_of(feed, ticker) {
                        feed.send(&batch);
                    }
                }
                feed.end_fetch();
            }
            Ok(Incoming::Subscribed(symbol)) => {
                self.subscribed.insert(symbol);
                self.unanswered = self.unanswered.saturating_sub(1);
                self.alive(feed);
                feed.tell();
            }
            Ok(Incoming::NotSubscribed { symbol, error }) => return self.not_subscribed(symbol, &error, feed),
            Ok(Incoming::System(system)) => {
                self.system =
                    (system != "online").then(|| format!("the exchange is in state `{system}`, expected `online`"));
                self.show_complaints(feed);
            }
            Ok(Incoming::Alive) if self.subscribed.is_empty() => {}
            Ok(Incoming::Alive) => self.alive(feed),
            Err(error) => {
                tracing::debug!(source = %feed.plan.name, %error, "message cannot be read");
                feed.count_refusal("unreadable");
            }
        }
        Ok(())
    }

    fn alive(&self, feed: &mut Feed) {
        feed.answered(feed.clock.now());
        self.show_complaints(feed);
    }

    /// What the provider refuses stays told for as long as the connection lasts.
    fn show_complaints(&self, feed: &mut Feed) {
        if self.system.is_some() || !self.refused.is_empty() {
            let complaints: Vec<&str> = self.system.iter().chain(&self.refused).map(String::as_str).collect();
            feed.status_mut().last_error = Some(complaints.join("; "));
        }
    }

    fn not_subscribed(&mut self, symbol: Option<String>, error: &str, feed: &mut Feed) -> Result<(), StreamFailure> {
        let symbol = symbol.unwrap_or_else(|| "a symbol".to_owned());
        tracing::warn!(source = %feed.plan.name, symbol, error, "symbol not subscribed");
        self.publishes.retain(|&pair| message::symbol_of(pair) != symbol);
        self.refused.push(format!("{symbol} not subscribed: {error}"));
        self.unanswered = self.unanswered.saturating_sub(1);
        self.show_complaints(feed);
        if self.unanswered == 0 && self.subscribed.is_empty() {
            return Err(StreamFailure::Unsubscribed(self.refused.join("; ")));
        }
        Ok(())
    }
}

fn unreachable(error: &Error) -> StreamFailure {
    StreamFailure::Unreachable(error.to_string())
}
