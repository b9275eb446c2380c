//! From the log into the index, and the same requests from a bare loop, in turn.

use std::sync::Arc;
use std::time::Instant;

use fx_config::IndexSettings;
use fx_consumer::index;
use fx_stream::{Log, Start, Topic};

use crate::captured::Captured;
use crate::feed::DOCUMENTS;
use crate::figures::figure;
use crate::roles;
use crate::server::{self, Server};

const ROUNDS: usize = 7;

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
    figure("index_sink_rate", format_args!("{sink:.0}"), "documents/s");
    figure("index_bare_rate", format_args!("{bare:.0}"), "documents/s");
    figure("index_sink_of_bare", format_args!("{:.1}", sink / bare * 100.0), "%");
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_unstable_by(f64::total_cmp);
    rates[rates.len() / 2]
}

async fn by_sink(log: &Arc<dyn Log>, server: &Server) -> f64 {
    let prefix = server::fresh();
    let rate = write(log, &server::settings(server.url.clone(), prefix.clone())).await;
    done(server, &prefix).await;
    rate
}

/// Documents a second, without the making of the index.
async fn by_loop(server: &Server, requests: &[Captured]) -> f64 {
    let prefix = server::fresh();
    server.replay(requests.iter().filter(|request| !request.is_bulk()), &prefix).await;
    let begun = Instant::now();
    server.replay(requests.iter().filter(|request| request.is_bulk()), &prefix).await;
    let rate = f64::from(DOCUMENTS) / begun.elapsed().as_secs_f64();
    done(server, &prefix).await;
    rate
}

async fn done(server: &Server, prefix: &str) {
    assert_eq!(server.documents(&format!("{prefix}fx-rates")).await, u64::from(DOCUMENTS));
    server.remove(prefix).await;
}

/// Lets the role write all that the log holds. Answers the documents a second after its first chunk, until the last is
/// committed: joining the group and making the index happen once.
pub(crate) async fn write(log: &Arc<dyn Log>, settings: &IndexSettings) -> f64 {
    let before = roles::indexed();
    let all = before + f64::from(DOCUMENTS);
    let role = roles::index(log, settings);
    crate::until("the first chunk", async || roles::indexed() > before).await;
    let (begun, rest) = (Instant::now(), all - roles::indexed());
    crate::until("the index", async || roles::indexed() >= all).await;
    let rate = rest / begun.elapsed().as_secs_f64();
    role.stop().await;
    log.move_group(index::Part::Rates.group(), Topic::RatesEnriched, Start::Beginning)
        .await
        .expect("nobody is in the group");
    rate
}
