//! Listening and serving.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use fx_service::Shutdown;
use salvo::Server;
use salvo::conn::tcp::TcpAcceptor;
use salvo::fuse::FuseConfig;
use tokio::net::TcpListener;

use crate::context::ApiContext;
use crate::error::ApiError;
use crate::routes::service;

/// How long running requests may take once stopping has begun.
const DRAIN: Duration = Duration::from_secs(5);

/// A client that neither reads nor writes for so long is gone.
const STALL: Duration = Duration::from_mins(1);

/// Listens and serves until stopping is asked for; requests that run then are finished.
///
/// # Errors
/// Where the address is in use or cannot be listened on, or serving ends by itself.
pub async fn run(context: ApiContext, shutdown: &Shutdown) -> Result<(), ApiError> {
    let listener = bind(context.settings.listen).await?;
    serve(listener, context, shutdown).await
}

/// Takes the address, so that a mistake shows before anything else is started.
///
/// # Errors
/// Where it is in use or cannot be listened on.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, ApiError> {
    TcpListener::bind(address).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ApiError::InUse(address),
        _ => ApiError::Listen { address, source },
    })
}

/// Serves on `listener` until stopping is asked for.
///
/// # Errors
/// Where serving ends by itself.
pub async fn serve(listener: TcpListener, context: ApiContext, shutdown: &Shutdown) -> Result<(), ApiError> {
    let address = listener.local_addr().unwrap_or(context.settings.listen);
    let failed = |source| ApiError::Serve { address, source };
    let health = context.health.component("api");
    let service = service(context, shutdown.token())?;
    let acceptor = TcpAcceptor::try_from(listener).map_err(failed)?;
    let fuse = FuseConfig::default().with_write_stall_timeout(STALL).with_request_body_timeout(STALL);
    let server = Server::new(acceptor).fuse_config(fuse);
    let handle = server.handle();
    let mut serving = std::pin::pin!(server.try_serve(service));
    health.ok(format!("http://{address}"));
    tracing::info!(%address, "listening");
    tokio::select! {
        ended = &mut serving => return ended.map_err(failed),
        () = shutdown.requested() => handle.stop_graceful(DRAIN),
    }
    shutdown.unless_forced(serving).await.unwrap_or(Ok(())).map_err(failed)
}
