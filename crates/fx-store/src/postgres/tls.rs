//! TLS by rustls: certificates are always checked.

use std::sync::Arc;

use fx_config::TlsSettings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes TLS connections; `None` where the settings want none. An error is a sentence that names the key.
pub(super) fn from_settings(settings: &TlsSettings) -> Result<Option<MakeRustlsConnect>, String> {
    if !settings.enabled {
        return Ok(None);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?.with_root_certificates(roots(settings)?);
    let config = match (&settings.certificate, &settings.key) {
        (Some(certificate), Some(key)) => {
            let certificate = certificates("certificate_file", certificate)?;
            let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes());
            let key = key.map_err(|error| format!("key_file holds no key as PEM: {error}"))?;
            let mismatch = |error| format!("certificate_file and key_file: {error}");
            builder.with_client_auth_cert(certificate, key).map_err(mismatch)?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(Some(MakeRustlsConnect::new(config)))
}

/// The authorities that may have signed the server's certificate.
fn roots(settings: &TlsSettings) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(authorities) = &settings.ca else {
        let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return if added > 0 { Ok(roots) } else { Err("the system has no certificates, name a ca_file".to_owned()) };
    };
    for certificate in certificates("ca_file", authorities)? {
        roots.add(certificate).map_err(|error| format!("ca_file: {error}"))?;
    }
    Ok(roots)
}

fn certificates(key: &str, pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let read = read.map_err(|error| format!("{key} holds no certificate as PEM: {error}"))?;
    if read.is_empty() { Err(format!("{key} holds no certificate as PEM")) } else { Ok(read) }
}
