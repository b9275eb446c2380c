//! Listening and serving.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use fx_service::Shutdown;
use salvo::Server;
use salvo::conn::tcp::TcpAcceptor;
use tokio::net::{TcpListener, TcpSocket};

use crate::connections::Connections;
use crate::context::ApiContext;
use crate::error::ApiError;
use crate::routes::service;

/// How long running requests may take once stopping has begun.
const DRAIN: Duration = Duration::from_secs(5);

/// The most that the head of a request may have.
const HEAD_BYTES: u32 = 16 * 1024;

/// The most headers that a request may have.
const HEADERS: usize = 64;

/// What an HTTP/2 connection may send before it is read, and what may wait to be sent on each of its streams.
const WINDOW: u32 = 128 * 1024;

/// The most requests that one HTTP/2 connection may have under way.
const STREAMS: u32 = 128;

/// Connections that wait to be accepted; the system may allow fewer. Whoever finds no room tries again after a second.
const WAITING: u32 = 4096;

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
    listening(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => ApiError::InUse(address),
        _ => ApiError::Listen { address, source },
    })
}

/// Connections inherit what is set here: the end of a long answer, or an event behind another, would otherwise wait up to
/// 40 ms for the client to confirm what came before.
fn listening(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves on `listener` until stopping is asked for.
///
/// # Errors
/// Where serving ends by itself.
pub async fn serve(listener: TcpListener, context: ApiContext, shutdown: &Shutdown) -> Result<(), ApiError> {
    let address = listener.local_addr().unwrap_or(context.settings.listen);
    let failed = |source| ApiError::Serve { address, source };
    let health = context.health.component("api");
    let connections = Connections::new(&context.settings);
    let service = service(context, shutdown.token())?;
    let acceptor = TcpAcceptor::try_from(listener).map_err(failed)?;
    let server = server(acceptor, connections);
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

/// A server that no client can make hold much.
fn server(acceptor: TcpAcceptor, connections: Connections) -> Server<TcpAcceptor> {
    let mut server = Server::new(acceptor).fuse_policy(connections);
    server.http1_mut().max_buf_size(HEAD_BYTES as usize).max_headers(HEADERS);
    let http2 = server.http2_mut();
    http2.max_header_list_size(HEAD_BYTES).max_concurrent_streams(STREAMS);
    http2
        .initial_connection_window_size(WINDOW)
        .initial_stream_window_size(WINDOW / 2)
        .max_send_buf_size(WINDOW as usize);
    server
}
