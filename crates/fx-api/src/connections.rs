//! How many connections there are, in all and from one address, and how long each may take.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use fx_config::ApiSettings;
use parking_lot::Mutex;
use salvo::conn::ConnCtrl;
use salvo::fuse::{ArcConnObserver, ConnObserver, FuseAction, FuseConfig, FuseInfo, FusePolicy};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::access::peer;
use crate::metrics;

/// Open files that are left to everything else: the store, the log, the feeds.
const SPARE_FILES: u64 = 256;

/// Lets a connection in, or closes it at once.
pub(crate) struct Connections {
    most: usize,
    most_per_address: usize,
    patience: FuseConfig,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

impl Connections {
    pub(crate) fn new(settings: &ApiSettings) -> Self {
        let timeout = settings.request_timeout;
        // `/stream` writes every 15 s, and what computes for long says so.
        let patience = FuseConfig::default()
            .with_http1_header_timeout(timeout)
            .with_request_body_timeout(timeout)
            .with_write_stall_timeout(timeout * 2)
            .with_connection_idle_timeout(timeout * 2);
        let most = possible(settings.connections);
        Self { most, most_per_address: settings.connections_per_address, patience, open: Arc::default() }
    }

    /// Why one from there is one too many. Those of this machine are of whoever owns it, or of a proxy for many.
    fn refusal(&self, address: Option<IpAddr>) -> Option<&'static str> {
        let open = self.open.lock();
        let is_here = address.is_none_or(|address| address.is_loopback());
        let from_there = address.and_then(|address| open.by_address.get(&address)).copied().unwrap_or_default();
        match () {
            () if open.all >= self.most => Some("all"),
            () if !is_here && from_there >= self.most_per_address => Some("address"),
            () => None,
        }
    }
}

#[async_trait]
impl FusePolicy for Connections {
    async fn decide(&self, info: &FuseInfo) -> FuseAction {
        match self.refusal(peer(&info.remote_addr)) {
            None => FuseAction::Accept(self.patience),
            Some(reason) => {
                metrics::connection_refused(reason);
                FuseAction::Reject
            }
        }
    }

    /// Called for each that was let in, before the next one is asked about.
    fn observe(&self, info: &FuseInfo, _ctrl: &ConnCtrl) -> Option<ArcConnObserver> {
        Some(Arc::new(Connection::begin(&self.open, peer(&info.remote_addr))))
    }
}

/// One connection, until this is dropped.
struct Connection {
    open: Arc<Mutex<Open>>,
    address: Option<IpAddr>,
}

impl Connection {
    fn begin(open: &Arc<Mutex<Open>>, address: Option<IpAddr>) -> Self {
        let mut counts = open.lock();
        counts.all += 1;
        if let Some(address) = address {
            *counts.by_address.entry(address).or_default() += 1;
        }
        metrics::connections(counts.all);
        Self { open: Arc::clone(open), address }
    }
}

impl ConnObserver for Connection {}

impl Drop for Connection {
    fn drop(&mut self) {
        let mut counts = self.open.lock();
        counts.all -= 1;
        metrics::connections(counts.all);
        let Some(address) = self.address else { return };
        if let Some(count) = counts.by_address.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&address);
            }
        }
    }
}

/// For what computes for long before it says anything: whoever waits for it is not idle.
pub(crate) struct Unhurried;

#[async_trait]
impl Handler for Unhurried {
    async fn handle(&self, req: &mut Request, _depot: &mut Depot, _res: &mut Response, _ctrl: &mut FlowCtrl) {
        if let Some(connection) = req.extensions().get::<ConnCtrl>() {
            connection.relax_timeouts();
        }
    }
}

/// How many there can be with the files that the process may open, after asking for as many as it may ask for.
fn possible(wanted: usize) -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = u64::try_from(wanted).unwrap_or(u64::MAX).saturating_add(SPARE_FILES);
    let limit = getrlimit(Resource::Nofile);
    let Some(now) = limit.current.filter(|now| *now < needed) else { return wanted };
    let raised = limit.maximum.map_or(needed, |most| most.min(needed));
    let granted = match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum }) {
        Ok(()) => raised,
        Err(_) => now,
    };
    if granted >= needed {
        return wanted;
    }
    let most = granted.saturating_sub(SPARE_FILES).max(granted / 2).max(1);
    tracing::warn!(
        wanted,
        most,
        granted,
        "the limit of open files leaves room for fewer connections, raise LimitNOFILE="
    );
    usize::try_from(most).unwrap_or(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(address: &str) -> FuseInfo {
        let address: std::net::SocketAddr = address.parse().expect("an address");
        let trans_proto = salvo::fuse::TransProto::Tcp;
        FuseInfo { trans_proto, remote_addr: address.into(), local_addr: address.into() }
    }

    async fn connect(connections: &Connections, address: &str) -> Option<ArcConnObserver> {
        let info = info(address);
        match connections.decide(&info).await {
            FuseAction::Accept(_) => connections.observe(&info, &ConnCtrl::new()),
            FuseAction::Reject => None,
        }
    }

    #[tokio::test]
    async fn one_address_has_its_share_and_all_have_an_end() {
        let settings = ApiSettings { connections: 5, connections_per_address: 2, ..Default::default() };
        let connections = Connections::new(&settings);
        let mut open = Vec::new();
        for (address, is_let_in) in [
            ("192.0.2.1:1", true),
            ("192.0.2.1:2", true),
            ("192.0.2.1:3", false),
            ("127.0.0.1:1", true),
            ("127.0.0.1:2", true),
            ("127.0.0.1:3", true),
            ("192.0.2.2:1", false),
        ] {
            let connection = connect(&connections, address).await;
            assert_eq!(connection.is_some(), is_let_in, "{address}");
            open.extend(connection);
        }
        open.clear();
        assert_eq!(connections.open.lock().all, 0);
        assert!(connections.open.lock().by_address.is_empty(), "an address is remembered for ever");
        assert!(connect(&connections, "192.0.2.1:4").await.is_some());
    }
}
