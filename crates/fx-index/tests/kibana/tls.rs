//! The way to Kibana, encrypted.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use fx_config::KibanaSettings;
use fx_index::kibana::{KibanaError, provision};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::import::settings;
use super::played::{Behaviour, Kibana};

#[tokio::test]
async fn the_certificate_is_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, issuer) in [("ca", None), ("other-ca", None), ("kibana", Some("ca"))] {
        certificate(folder.path(), name, issuer);
    }
    let kibana = Kibana::start(Behaviour::default()).await;
    let port = encrypted(folder.path(), kibana.url().trim_start_matches("http://").to_owned()).await;
    let trusting = |name: &str, host: &str| {
        let ca = std::fs::read_to_string(folder.path().join(name)).expect("readable");
        let mut settings: KibanaSettings = settings(format!("https://{host}:{port}"));
        settings.tls.ca = Some(ca);
        settings
    };
    provision(&trusting("ca.pem", "localhost"), "", &|_| ()).await.expect("imported");
    assert_eq!(kibana.ids().len(), 5);
    // Waiting makes no certificate better: this is said at once.
    let unknown = provision(&trusting("other-ca.pem", "localhost"), "", &|_| ()).await.expect_err("not trusted");
    assert!(matches!(unknown, KibanaError::NotTrusted { .. }), "{unknown}");
    assert!(unknown.to_string().contains("UnknownIssuer; name the authority"), "{unknown}");
    let other_name = provision(&trusting("ca.pem", "127.0.0.1"), "", &|_| ()).await.expect_err("another name");
    assert!(matches!(other_name, KibanaError::NotTrusted { .. }), "{other_name}");
    let system = settings(format!("https://localhost:{port}"));
    let unknown = provision(&system, "", &|_| ()).await.expect_err("not trusted");
    assert!(matches!(unknown, KibanaError::NotTrusted { .. }), "{unknown}");
}

/// A port at which `to` is reached through TLS with the certificate of `kibana`.
async fn encrypted(folder: &Path, to: String) -> u16 {
    let chain = CertificateDer::pem_file_iter(folder.join("kibana.pem")).expect("readable");
    let chain = chain.collect::<Result<Vec<_>, _>>().expect("certificates");
    let key = PrivateKeyDer::from_pem_file(folder.join("kibana.key")).expect("a key");
    let config =
        ServerConfig::builder_with_provider(Arc::new(default_provider())).with_safe_default_protocol_versions();
    let config = config.expect("versions").with_no_client_auth().with_single_cert(chain, key).expect("a pair");
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await);
    let listener = listener.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                // Whoever does not trust the certificate is gone by now.
                let Ok(mut inside) = acceptor.accept(stream).await else { return };
                let mut outside = TcpStream::connect(to).await.expect("is there");
                let _ = copy_bidirectional(&mut inside, &mut outside).await;
            });
        }
    });
    port
}

/// `NAME.pem` and `NAME.key`, signed by itself or by another.
fn certificate(folder: &Path, name: &str, issuer: Option<&str>) {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder).args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]);
    openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem"), "-subj", &format!("/CN={name}")]);
    if let Some(issuer) = issuer {
        openssl.args(["-CA", &format!("{issuer}.pem"), "-CAkey", &format!("{issuer}.key")]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let done = openssl.output().expect("openssl runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
