//! How many connections there are, in all and from one address, and how long each may take.
//!
//! Where there is one too many, one that was silent for a while makes room, the longest silent first: so whoever opens
//! thousands and says nothing holds up nobody. Where none was silent, the new one is closed.

mod files;
mod open;

use std::sync::Arc;

use fx_config::ApiSettings;
use salvo::conn::ConnCtrl;
use salvo::fuse::{ArcConnObserver, ConnObserver, FuseAction, FuseConfig, FuseInfo, FusePolicy};
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};

use crate::access::peer;
use crate::metrics;
use open::{Connection, Open};

/// Lets a connection in, or closes it at once.
pub(crate) struct Connections {
    patience: FuseConfig,
    open: Arc<Open>,
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
        let open = Open::new(files::room_for(settings.connections), settings.connections_per_address);
        Self { patience, open: Arc::new(open) }
    }
}

#[async_trait]
impl FusePolicy for Connections {
    async fn decide(&self, info: &FuseInfo) -> FuseAction {
        match self.open.make_room(peer(&info.remote_addr)) {
            Ok(()) => FuseAction::Accept(self.patience),
            Err(reason) => {
                metrics::connection_refused(reason);
                FuseAction::Reject
            }
        }
    }

    /// Called for each that was let in, before the next one is asked about.
    fn observe(&self, info: &FuseInfo, control: &ConnCtrl) -> Option<ArcConnObserver> {
        Some(Arc::new(Connection::begin(&self.open, peer(&info.remote_addr), control.clone())))
    }
}

impl ConnObserver for Connection {
    fn on_read(&self, _bytes: usize) {
        self.speaks();
    }

    fn on_write(&self, _bytes: usize) {
        self.speaks();
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
