//! Who may ask: API keys, what each may do, and how much.
//!
//! Without a file of keys everybody may do everything, and the API listens on this machine alone (`[api] listen`). With one,
//! a request brings its key as `Authorization: Bearer …`; what it needs follows from its route ([`scope::needed`]). The file
//! is looked at every second, and what a key that was revoked still reads ends.

mod addresses;
mod audit;
mod bearer;
mod door;
mod key;
mod key_file;
mod keyring;
mod peer;
mod rate;
mod refusal;
mod scope;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use fx_config::{ApiSettings, credential_path};
use fx_service::HealthRegistry;
use salvo::http::ResBody;
use salvo::http::body::BytesFrame;
use salvo::{Depot, FlowCtrl, Handler, Request, Response, async_trait};
use tokio_util::sync::CancellationToken;

pub use key_file::{KeyEntry, KeyFile, KeyFileError, KeyName, KeyWish, NoKeyName};
pub(crate) use peer::peer;
pub use rate::{NoRate, Rate};
pub use scope::Scope;
pub(crate) use scope::needed;

use crate::error::ApiError;
use door::{Door, Verdict};
use keyring::Key;

/// How often the file is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Lets in who may, and tells everybody else why not.
pub(crate) struct Access(Option<Arc<Door>>);

impl Access {
    /// As the settings want it. The file is followed until `stopping`.
    pub(crate) fn open(
        settings: &ApiSettings,
        health: &HealthRegistry,
        stopping: CancellationToken,
    ) -> Result<Self, ApiError> {
        let Some(file) = &settings.keys_file else { return Ok(Self(None)) };
        let path = credential_path(file).map_err(ApiError::Credential)?;
        let door = Arc::new(Door::open(path, health.component("keys"), settings.requests_per_address)?);
        tokio::spawn(follow(Arc::clone(&door), stopping));
        Ok(Self(Some(door)))
    }
}

/// Sees what changes in the file, and forgets addresses.
async fn follow(door: Arc<Door>, stopping: CancellationToken) {
    let mut times = tokio::time::interval(LOOK_EVERY);
    while stopping.run_until_cancelled(times.tick()).await.is_some() {
        let door = Arc::clone(&door);
        let looked = tokio::task::spawn_blocking(move || door.refresh());
        if let Err(error) = looked.await {
            tracing::error!(%error, "looking at the file of keys failed");
        }
    }
}

#[async_trait]
impl Handler for Access {
    async fn handle(&self, req: &mut Request, depot: &mut Depot, res: &mut Response, ctrl: &mut FlowCtrl) {
        // A request without a route has its error already: it gets nothing, and needs nothing.
        let route = res.status_code.is_none().then(|| req.matched_path());
        // Whoever watches over the service is always told.
        if route.is_some_and(|route| route.split('/').next() == Some("health")) {
            return;
        }
        let needed = route.and_then(|route| needed(req.method(), route));
        let verdict = self.0.as_ref().map_or_else(Verdict::default, |door| door.judge(req, needed));
        match (&verdict.refusal, &verdict.key) {
            (Some(refusal), _) => {
                refusal.answer(req, res);
                ctrl.skip_rest();
            }
            (None, key) => {
                ctrl.call_next(req, depot, res).await;
                if let Some(key) = key {
                    end_when_revoked(key, res);
                }
            }
        }
        if needed.is_some_and(|scope| scope > Scope::Read) {
            audit::record(&verdict, req, res);
        }
    }
}

/// What goes on without an end, or for long, goes on for as long as its key is valid.
fn end_when_revoked(key: &Key, res: &mut Response) {
    if matches!(res.body, ResBody::Stream(_) | ResBody::Boxed(_) | ResBody::Channel(_)) {
        let rest = res.take_body().map(|frame| frame.map(BytesFrame));
        res.stream(rest.take_until(key.revoked.clone().cancelled_owned()));
    }
}
