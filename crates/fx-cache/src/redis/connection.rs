//! The connection to the server: made when it is needed, given up when it fails, never waited for without a bound.
//!
//! The client's own `ConnectionManager` keeps a connection on which answers do not come (a half-open one), and for good
//! one that failed for another reason than IO, such as a server that is still loading.

use std::fmt::Display;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{
    AsyncConnectionConfig, Client, ClientTlsConfig, ConnectionAddr, ErrorKind, FromRedisValue, IntoConnectionInfo,
    Pipeline, RedisConnectionInfo, RedisError, RedisResult, ServerErrorKind, TlsCertificates,
};
use fx_config::{RedisSettings, Secret};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::scripts;
use crate::CacheError;

/// Connecting on a network that works takes a fraction of this.
const CONNECT: Duration = Duration::from_millis(250);
/// For so long after a failure others fail too without trying: they have waited for it already.
const PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Connection {
    client: Client,
    address: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<MultiplexedConnection>,
    /// How often a connection was opened: the number of the open one.
    number: u64,
    failed: Option<(Instant, CacheError)>,
}

impl Connection {
    pub(super) fn try_new(settings: &RedisSettings) -> Result<Self, CacheError> {
        let address = settings.address();
        let client = client(settings).map_err(|error| unavailable(&address, &error))?;
        Ok(Self { client, address, state: Mutex::default() })
    }

    /// Sends all of it at once and waits for the answers for so long. A connection that turns out to be lost is made anew
    /// once: everything here can be done twice.
    pub(super) async fn query<T: FromRedisValue>(
        &self,
        request: &Pipeline,
        patience: Duration,
    ) -> Result<T, CacheError> {
        let mut is_first = true;
        loop {
            let (number, mut connection) = self.open().await?;
            match timeout(patience, request.query_async(&mut connection)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) if is_first && is_lost(&error) => self.give_up(number, None).await,
                Ok(Err(error)) => {
                    let failed = unavailable(&self.address, &error);
                    if error.is_unrecoverable_error() || is_lost(&error) {
                        self.give_up(number, Some(failed.clone())).await;
                    }
                    return Err(failed);
                }
                Err(_) => {
                    let failed = unavailable(&self.address, &format!("no answer within {} ms", patience.as_millis()));
                    self.give_up(number, Some(failed.clone())).await;
                    return Err(failed);
                }
            }
            is_first = false;
        }
    }

    /// What an answer that makes no sense is told as.
    pub(super) fn unavailable(&self, reason: &dyn Display) -> CacheError {
        unavailable(&self.address, reason)
    }

    /// The open connection, or a new one; one connects, and the others wait for it.
    async fn open(&self) -> Result<(u64, MultiplexedConnection), CacheError> {
        let mut state = self.state.lock().await;
        if let Some(open) = &state.open {
            return Ok((state.number, open.clone()));
        }
        if let Some((at, error)) = &state.failed
            && at.elapsed() < PAUSE
        {
            return Err(error.clone());
        }
        let opened = match timeout(CONNECT, self.connect()).await {
            Ok(opened) => opened.map_err(|error| unavailable(&self.address, &error)),
            Err(_) => Err(unavailable(&self.address, &format!("no connection within {} ms", CONNECT.as_millis()))),
        };
        match opened {
            Ok(open) => {
                *state = State { open: Some(open.clone()), number: state.number + 1, failed: None };
                Ok((state.number, open))
            }
            Err(error) => {
                state.failed = Some((Instant::now(), error.clone()));
                Err(error)
            }
        }
    }

    /// A server knows the scripts until it stops, and with it every connection.
    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        scripts::load().exec_async(&mut connection).await?;
        Ok(connection)
    }

    async fn give_up(&self, number: u64, failed: Option<CacheError>) {
        let mut state = self.state.lock().await;
        if state.number == number {
            state.open = None;
            state.failed = failed.map(|error| (Instant::now(), error));
        }
    }
}

/// Whether the same on another connection may well succeed.
fn is_lost(error: &RedisError) -> bool {
    error.is_connection_dropped() || error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

fn unavailable(address: &str, reason: &dyn Display) -> CacheError {
    CacheError::Unavailable(format!("redis at {address}: {reason}"))
}

fn client(settings: &RedisSettings) -> RedisResult<Client> {
    let (host, port) = (settings.host.clone(), settings.port);
    let address = if host.starts_with('/') {
        ConnectionAddr::Unix(host.into())
    } else if settings.tls.enabled {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    let mut login = RedisConnectionInfo::default().set_db(settings.database.into()).set_lib_name("fx-monitor", "1");
    if let Some(password) = &settings.password {
        login = login.set_password(password.expose());
    }
    if let Some(user) = &settings.user {
        login = login.set_username(user);
    }
    let info = address.into_connection_info()?.set_redis_settings(login);
    if settings.tls.enabled { Client::build_with_tls(info, certificates(settings)) } else { Client::open(info) }
}

fn certificates(settings: &RedisSettings) -> TlsCertificates {
    // Whoever was first has chosen; ring it is in all of this project.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = &settings.tls;
    let bytes = |text: &String| text.clone().into_bytes();
    let key = tls.key.as_ref().map(Secret::expose);
    let client_tls = tls.certificate.as_ref().zip(key).map(|(certificate, key)| ClientTlsConfig {
        client_cert: bytes(certificate),
        client_key: key.as_bytes().to_vec(),
    });
    TlsCertificates { client_tls, root_cert: tls.ca.as_ref().map(bytes) }
}
