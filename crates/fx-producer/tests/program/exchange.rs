//! A streaming provider on loopback whose every quote is numbered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use fx_domain::batch::{Batch, Price};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Between two quotes.
const EVERY: Duration = Duration::from_millis(5);

/// Sends quotes to whoever connects, and goes on counting with the next connection.
pub(crate) struct Exchange {
    pub(crate) url: String,
    sent: Arc<AtomicU64>,
    /// The first quote of the newest connection.
    began: Arc<AtomicU64>,
    serving: JoinHandle<()>,
}

impl Exchange {
    pub(crate) async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/v2", listener.local_addr().expect("bound"));
        let sent = Arc::new(AtomicU64::new(0));
        let began = Arc::new(AtomicU64::new(0));
        let serving = tokio::spawn(serve(listener, Arc::clone(&sent), Arc::clone(&began)));
        Self { url, sent, began, serving }
    }

    /// How many quotes were sent.
    pub(crate) fn sent(&self) -> u64 {
        self.sent.load(Ordering::SeqCst)
    }

    /// With which quote the newest connection began.
    pub(crate) fn began(&self) -> u64 {
        self.began.load(Ordering::SeqCst)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The number of the quote in a batch.
pub(crate) fn number(batch: &Batch) -> Option<u64> {
    let Price::BidAsk { bid, .. } = &batch.quotes.first()?.price else { panic!("a stream has bid and ask") };
    let bid = bid.to_string();
    Some(bid.split_once('.').expect("decimals").1.parse().expect("a number"))
}

async fn serve(listener: TcpListener, sent: Arc<AtomicU64>, began: Arc<AtomicU64>) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        // It ends when the producer is killed.
        let _ = quote(stream, &sent, &began).await;
    }
}

async fn quote(stream: TcpStream, sent: &AtomicU64, began: &AtomicU64) -> Result<(), Error> {
    let mut socket: WebSocketStream<TcpStream> = tokio_tungstenite::accept_async(stream).await?;
    socket.next().await;
    let accepted = r#"{"channel":"ticker","snapshot":true,"symbol":"USD/JPY","event_trigger":"bbo"}"#;
    let accepted = format!(r#"{{"method":"subscribe","result":{accepted},"success":true,"time_in":"t"}}"#);
    socket.send(Message::text(accepted)).await?;
    began.store(sent.load(Ordering::SeqCst) + 1, Ordering::SeqCst);
    loop {
        let number = sent.load(Ordering::SeqCst) + 1;
        let data = format!(
            r#"{{"symbol":"USD/JPY","bid":150.{number:06},"bid_qty":1,"ask":151,"ask_qty":1,"last":1,"volume":1}}"#
        );
        socket.send(Message::text(format!(r#"{{"channel":"ticker","type":"update","data":[{data}]}}"#))).await?;
        sent.store(number, Ordering::SeqCst);
        tokio::time::sleep(EVERY).await;
    }
}
