//! TLS by rustls: certificates are always checked.

use std::path::Path;
use std::sync::Arc;

use fx_config::TlsSettings;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What makes TLS connections; `None` where the settings want none. An error is a sentence that names the file.
pub(super) fn from_settings(settings: &TlsSettings) -> Result<Option<MakeRustlsConnect>, String> {
    if !settings.enabled {
        return Ok(None);
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| error.to_string())?.with_root_certificates(roots(settings)?);
    let config = match (&settings.certificate_file, &settings.key_file) {
        (Some(certificate), Some(key)) => {
            let mismatch = |error| format!("{} and {}: {error}", certificate.display(), key.display());
            builder.with_client_auth_cert(certificates(certificate)?, private_key(key)?).map_err(mismatch)?
        }
        (None, None) => builder.with_no_client_auth(),
        _ => return Err("tls: certificate_file and key_file belong together, only one of them is set".to_owned()),
    };
    Ok(Some(MakeRustlsConnect::new(config)))
}

/// The authorities that may have signed the server's certificate.
fn roots(settings: &TlsSettings) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(file) = &settings.ca_file else {
        let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return if added > 0 { Ok(roots) } else { Err("the system has no certificates, name a ca_file".to_owned()) };
    };
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let unreadable = |error| format!("{} holds no certificate as PEM: {error}", file.display());
    let read = CertificateDer::pem_file_iter(file).map_err(unreadable)?;
    let read: Vec<_> = read.collect::<Result<_, _>>().map_err(unreadable)?;
    if read.is_empty() {
        return Err(format!("{} holds no certificate as PEM", file.display()));
    }
    Ok(read)
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| format!("{} holds no key as PEM: {error}", file.display()))
}
