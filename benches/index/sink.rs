//! From the log into the index, and the same requests from a bare loop, in turn.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fx_config::IndexSettings;
use fx_consumer::index;
use fx_stream::{Log, Start, Topic};

use crate::captured::Captured;
use crate::feed::DOCUMENTS;
use crate::figures::{figure, seconds};
use crate::roles;
use crate::server::{self, Server};

const ROUNDS: usize = 5;

pub(crate) async fn measure(log: &Arc<dyn Log>, server: &Server, requests: &[Captured]) {
    // What the server does for the first time is nobody's.
    by_loop(server, requests).await;
    let (mut sink, mut bare) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            sink.push(by_sink(log, server).await);
            bare.push(by_loop(server, requests).await);
        } else {
            bare.push(by_loop(server, requests).await);
            sink.push(by_sink(log, server).await);
        }
    }
    let (sink, bare) = (median(sink), median(bare));
    seconds("index_written", sink);
    let rate = |took: Duration| format!("{:.0}", f64::from(DOCUMENTS) / took.as_secs_f64());
    figure("index_sink_rate", rate(sink), "documents/s");
    figure("index_bare_rate", rate(bare), "documents/s");
    figure("index_sink_of_bare", format_args!("{:.1}", bare.as_secs_f64() / sink.as_secs_f64() * 100.0), "%");
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

async fn by_sink(log: &Arc<dyn Log>, server: &Server) -> Duration {
    let prefix = server::fresh();
    let took = write(log, &server::settings(server.url.clone(), prefix.clone())).await;
    done(server, &prefix).await;
    took
}

async fn by_loop(server: &Server, requests: &[Captured]) -> Duration {
    let (prefix, begun) = (server::fresh(), Instant::now());
    server.replay(requests.iter(), &prefix).await;
    let took = begun.elapsed();
    done(server, &prefix).await;
    took
}

async fn done(server: &Server, prefix: &str) {
    assert_eq!(server.documents(&format!("{prefix}fx-rates")).await, u64::from(DOCUMENTS));
    server.remove(prefix).await;
}

/// Lets the role write all that the log holds; answers how long it took from when it could read until all was committed.
pub(crate) async fn write(log: &Arc<dyn Log>, settings: &IndexSettings) -> Duration {
    let all = roles::indexed() + f64::from(DOCUMENTS);
    let role = roles::index(log, settings);
    role.until_reading().await;
    let begun = Instant::now();
    crate::until("the index", async || roles::indexed() >= all).await;
    let took = begun.elapsed();
    role.stop().await;
    log.move_group(index::GROUP, Topic::RatesEnriched, Start::Beginning).await.expect("nobody is in the group");
    took
}
