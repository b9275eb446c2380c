use std::net::SocketAddr;

use crate::access::KeyFileError;

/// Why the API cannot serve.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Something else listens there.
    #[error("address {0} is in use, stop the other program or choose another address by [api] listen or --listen")]
    InUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// Listening ended by itself.
    #[error("serving {address} failed: {source}")]
    Serve {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The file of keys is handed over by nobody.
    #[error("[api] keys_file: {0}")]
    Credential(String),
    /// The file of keys cannot be used.
    #[error(transparent)]
    Keys(#[from] KeyFileError),
    /// A mistake of this program.
    #[error("the description of the api cannot be made")]
    Document,
}
