//! Kraken's stream against a real WebSocket server on loopback.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use fx_config::Provider;
use fx_domain::batch::Batch;
use fx_domain::feed::FeedState;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::stage::{Stage, last_error, shown, soon};

/// The provider's side.
pub(crate) struct Exchange(TcpListener);

/// A connection whose subscription was read.
pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
    subscription: serde_json::Value,
}

impl Exchange {
    pub(crate) async fn open() -> (Self, Stage) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/v2", listener.local_addr().expect("bound"));
        let mut stage = Stage::new().with("kraken", Provider::Kraken, url);
        let symbols = ["EURUSD", "USDJPY"].map(|id| id.parse().expect("a pair"));
        stage.feed("kraken").symbols = Some(symbols.to_vec());
        (Self(listener), stage)
    }

    pub(crate) async fn accept(&self) -> Client {
        soon("a subscription", async {
            let (stream, _) = self.0.accept().await.expect("a connection");
            let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a handshake");
            let text = socket.next().await.expect("a message").expect("a message").into_text().expect("text");
            Client { socket, subscription: serde_json::from_str(&text).expect("json") }
        })
        .await
    }
}

impl Client {
    async fn send(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.expect("the feed listens");
    }

    pub(crate) async fn accept_symbols(&mut self) {
        for symbol in ["EUR/USD", "USD/JPY"] {
            let result = format!(r#"{{"channel":"ticker","snapshot":true,"symbol":"{symbol}","event_trigger":"bbo"}}"#);
            self.send(format!(r#"{{"method":"subscribe","result":{result},"success":true,"time_in":"t"}}"#)).await;
        }
    }

    pub(crate) async fn tick(&mut self, symbol: &str, bid: &str, ask: &str, timestamp: Option<&str>) {
        let time = timestamp.map(|time| format!(r#","timestamp":"{time}""#)).unwrap_or_default();
        let data = format!(
            r#"{{"symbol":"{symbol}","bid":{bid},"bid_qty":1.5,"ask":{ask},"ask_qty":2,"last":1,"volume":1{time}}}"#
        );
        self.send(format!(r#"{{"channel":"ticker","type":"update","data":[{data}]}}"#)).await;
    }
}

const T1: Option<&str> = Some("2023-09-25T09:04:31.742648Z");

fn told(batch: &Batch) -> String {
    format!("{} {} {}", batch.source_ts.format("%S%.6f"), batch.base, shown(batch))
}

#[tokio::test]
async fn quotes_keep_their_figures_order_and_times() {
    let (exchange, mut stage) = Exchange::open().await;
    let mut watch = stage.watch().await;
    stage.start();
    let mut client = exchange.accept().await;
    assert_eq!(client.subscription["params"]["symbol"], serde_json::json!(["EUR/USD", "USD/JPY"]));
    client.send(r#"{"channel":"status","type":"update","data":[{"system":"online","version":"2.0.0"}]}"#).await;
    client.accept_symbols().await;
    client.tick("EUR/USD", "1.08420", "1.0843", T1).await;
    client.tick("USD/JPY", "150", "150.010", T1).await;
    client.tick("EUR/USD", "1.08421", "1.0843", T1).await;
    client.tick("EUR/USD", "1.0845", "1.0844", Some("2023-09-25T09:04:32Z")).await;
    client.tick("GBP/USD", "1.2", "1.3", T1).await;
    client.send("{not json").await;
    client.tick("USD/JPY", "150.1", "150.2", None).await;

    let announced = watch.next("the pairs", |batch| !batch.publishes.is_empty()).await;
    assert_eq!((announced.publishes.len(), announced.quotes.len()), (2, 0));
    assert_eq!(told(&watch.quotes().await), "31.742648 EUR USD 1.08420/1.0843");
    assert_eq!(told(&watch.quotes().await), "31.742649 USD JPY 150/150.010", "one microsecond more");
    assert_eq!(told(&watch.quotes().await), "31.742650 EUR USD 1.08421/1.0843");
    let undated = watch.quotes().await;
    assert_eq!((shown(&undated).as_str(), undated.source_ts), ("JPY 150.1/150.2", undated.fetched_at));
    stage.stop().await;
}

#[tokio::test]
async fn a_lost_connection_is_made_again_and_subscribed_again() {
    let (exchange, mut stage) = Exchange::open().await;
    let mut watch = stage.watch().await;
    stage.start();
    let mut client = exchange.accept().await;
    client.accept_symbols().await;
    client.tick("EUR/USD", "1.0842", "1.0843", T1).await;
    watch.quotes().await;
    drop(client);
    let lost = watch.next("the loss", |batch| last_error(batch).is_some()).await;
    assert_eq!(lost.status.expect("a status").state, FeedState::Backoff);

    let mut client = exchange.accept().await;
    assert_eq!(client.subscription["method"], "subscribe");
    client.accept_symbols().await;
    // The snapshot repeats what is known, then something new follows.
    client.tick("EUR/USD", "1.0842", "1.0843", T1).await;
    client.tick("EUR/USD", "1.0850", "1.0851", Some("2023-09-25T09:05:00Z")).await;
    let fresh = watch.quotes().await;
    assert_eq!(told(&fresh), "00.000000 EUR USD 1.0850/1.0851");
    stage.stop().await;
}

#[tokio::test]
async fn silence_is_a_lost_connection() {
    let (exchange, mut stage) = Exchange::open().await;
    stage.feed("kraken").silence = Some(Duration::from_millis(300));
    let mut watch = stage.watch().await;
    stage.start();
    let mut client = exchange.accept().await;
    client.accept_symbols().await;
    watch.error("silent for 300ms, expected at least a heartbeat").await;
    let mut again = exchange.accept().await;
    again.accept_symbols().await;
    let live = |batch: &Batch| batch.status.as_ref().is_some_and(|status| status.state == FeedState::Live);
    watch.next("the feed to be live again", live).await;
    stage.stop().await;
}

#[tokio::test]
async fn a_refused_symbol_is_named_and_the_others_go_on() {
    let (exchange, mut stage) = Exchange::open().await;
    let mut watch = stage.watch().await;
    stage.start();
    let mut client = exchange.accept().await;
    client.send(r#"{"method":"subscribe","result":{"channel":"ticker","symbol":"EUR/USD"},"success":true}"#).await;
    let refusal =
        r#"{"error":"Currency pair not supported USD/JPY","method":"subscribe","success":false,"symbol":"USD/JPY"}"#;
    client.send(refusal).await;
    client.tick("EUR/USD", "1.0842", "1.0843", T1).await;
    let announced = watch.next("the pairs", |batch| !batch.publishes.is_empty()).await;
    let error = "USD/JPY not subscribed: Currency pair not supported USD/JPY";
    assert_eq!((announced.publishes.len(), last_error(&announced)), (1, Some(error)));
    assert_eq!(shown(&watch.quotes().await), "USD 1.0842/1.0843");
    stage.stop().await;
}

#[tokio::test]
async fn where_every_symbol_is_refused_the_feed_is_down() {
    let (exchange, mut stage) = Exchange::open().await;
    let mut watch = stage.watch().await;
    stage.start();
    let mut client = exchange.accept().await;
    for symbol in ["EUR/USD", "USD/JPY"] {
        client
            .send(format!(r#"{{"error":"not supported","method":"subscribe","success":false,"symbol":"{symbol}"}}"#))
            .await;
    }
    let down = watch.error("no subscription was accepted").await;
    assert_eq!(down.status.expect("a status").state, FeedState::Down);
    stage.stop().await;
}

#[tokio::test]
async fn an_exchange_that_is_not_there_or_speaks_something_else_is_told() {
    let http = wiremock::MockServer::start().await;
    let at = |scheme: &str| http.uri().replace("http", scheme);
    // The last speaks no TLS, where the feed does.
    let endpoints = [("absent", "ws://127.0.0.1:1/v2".to_owned()), ("other", at("ws")), ("plain", at("wss"))];
    for (name, url) in endpoints {
        let mut stage = Stage::new().with(name, Provider::Kraken, url);
        let mut watch = stage.watch().await;
        stage.start();
        watch.error("cannot reach the provider").await;
        stage.stop().await;
    }
}
