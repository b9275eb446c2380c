//! How the way to a server is secured.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// TLS to a server: `tls = true` and the files below. Certificates are always checked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsSettings {
    /// Whether the connection is encrypted. Default false.
    pub enabled: bool,
    /// The certificates, as PEM, of the authorities that may have signed the server's. Default: those of the system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// The certificate, as PEM, by which the server knows this client. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_file: Option<PathBuf>,
    /// The key of that certificate, as PEM; may begin with `$CREDENTIALS_DIRECTORY/`. Default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
}
