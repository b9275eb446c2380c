//! Connections that are encrypted and checked.

use std::path::{Path, PathBuf};
use std::process::Command;

use fx_config::{PostgresqlSettings, TlsSettings};
use fx_testkit::postgres::{Postgres, Schema};

use super::{connect, settings};

/// An authority, and what it has signed for the server.
struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    fn new() -> Self {
        let it = Self { folder: tempfile::tempdir().expect("a folder") };
        it.openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority");
        it.openssl("req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost");
        std::fs::write(it.path("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").expect("written");
        it.openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.crt",
        );
        it
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(&self.folder).output();
        let output = output.expect("openssl runs");
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn encrypted(schema: &Schema, ca_file: &Path) -> PostgresqlSettings {
    let tls = TlsSettings { enabled: true, ca_file: Some(ca_file.to_owned()), ..TlsSettings::default() };
    PostgresqlSettings { tls, ..settings(schema) }
}

#[tokio::test]
async fn a_certificate_is_checked() {
    let (ours, others) = (Certificates::new(), Certificates::new());
    let files = [ours.path("server.crt"), ours.path("server.key")];
    let server = Postgres::start_with_files(&["ssl=on"], &[&files[0], &files[1]]);
    let schema = Schema::new(server.address());
    let store = connect(&encrypted(&schema, &ours.path("ca.pem")));
    store.check().await.expect("is trusted");
    let encrypted_sessions = "SELECT count(*) > 0 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl";
    assert_eq!(schema.run(encrypted_sessions), "t");
    let refused = connect(&encrypted(&schema, &others.path("ca.pem"))).check().await.expect_err("is not trusted");
    assert!(refused.to_string().contains("certificate"), "{refused}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let schema = super::schema();
    let refused = fx_store::PostgresStore::connect(&encrypted(&schema, Path::new("/nowhere/ca.pem"))).map(|_| ());
    assert!(refused.expect_err("is not there").to_string().contains("/nowhere/ca.pem"));
    let plain = connect(&PostgresqlSettings {
        tls: encrypted(&schema, Path::new("/etc/ssl/certs/ca-certificates.crt")).tls,
        ..settings(&schema)
    });
    let refused = plain.check().await.expect_err("the server speaks no TLS");
    assert!(refused.to_string().contains("TLS"), "{refused}");
}
