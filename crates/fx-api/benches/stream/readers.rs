//! The readers, each on a connection of its own.

use std::time::Duration;

use fx_domain::clock::{Clock, SystemClock, Timestamp};
use reqwest::{Client, Response};

use crate::figures::{figure, quantiles};

/// Connections that are made at once.
const AT_ONCE: usize = 50;

/// Reads until each reader has got every batch; says `ready` once all are there to read.
pub(crate) fn run(url: &str) {
    let mut arguments = std::env::args().skip_while(|argument| argument != url).skip(1);
    let mut number = || arguments.next().expect("a number").parse().expect("a number");
    let (readers, batches): (usize, usize) = (number(), number());
    let name = arguments.next().expect("a name");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let took = runtime.block_on(read_all(url, readers, batches));
    figure(&format!("stream_1000_{name}_received"), took.len(), "events");
    assert_eq!(took.len(), readers * batches, "some missed a batch");
    quantiles(&format!("stream_1000_{name}"), took);
}

async fn read_all(url: &str, readers: usize, batches: usize) -> Vec<Duration> {
    let mut reading = tokio::task::JoinSet::new();
    let mut begun = 0;
    while begun < readers {
        let connected = (0..AT_ONCE.min(readers - begun)).map(|_| connect(url));
        let connected = futures::future::join_all(connected).await;
        begun += connected.len();
        for events in connected {
            reading.spawn(events.read(batches));
        }
    }
    println!("ready");
    reading.join_all().await.into_iter().flatten().collect()
}

async fn connect(url: &str) -> Events {
    // A client each: one would share connections.
    let response = Client::builder().http1_only().build().expect("a client").get(url).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    let mut events = Events { response, text: String::new() };
    // The place from which it reads.
    events.event().await;
    events
}

struct Events {
    response: Response,
    text: String,
}

impl Events {
    async fn read(mut self, batches: usize) -> Vec<Duration> {
        let mut took = Vec::with_capacity(batches);
        while took.len() < batches {
            let event = self.event().await;
            let Some((_, rest)) = event.split_once("\"fetched_at\":\"") else { continue };
            let (published, _) = rest.split_once('"').expect("a time");
            let published: Timestamp = published.parse().expect("a time");
            took.push((SystemClock.now() - published).to_std().unwrap_or_default());
        }
        took
    }

    async fn event(&mut self) -> String {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let rest = self.text.split_off(end + 2);
                return std::mem::replace(&mut self.text, rest);
            }
            let chunk = self.response.chunk().await.expect("a whole stream").expect("it goes on");
            self.text.push_str(std::str::from_utf8(&chunk).expect("ASCII"));
        }
    }
}
