//! Connections that are encrypted and checked, and users who must say who they are.

use std::path::PathBuf;
use std::process::Command;

use fx_config::{PostgresqlSettings, Secret, TlsSettings};
use fx_store::PostgresStore;
use fx_testkit::postgres::{Postgres, Schema};

use super::{connect, settings};

/// Who may come how.
const ACCESS: &str = "host all password all scram-sha-256\nhostssl all certified all cert\nhost all all all trust\n";

/// An authority, and what it has signed for the server and for a client.
struct Certificates {
    folder: tempfile::TempDir,
}

impl Certificates {
    fn new() -> Self {
        let it = Self { folder: tempfile::tempdir().expect("a folder") };
        it.openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority");
        std::fs::write(it.path("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n").expect("written");
        it.sign("server", "localhost");
        it.sign("client", "certified");
        it
    }

    fn sign(&self, file: &str, name: &str) {
        self.openssl(&format!("req -newkey rsa:2048 -nodes -keyout {file}.key -out {file}.csr -subj /CN={name}"));
        let by = "-CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names";
        self.openssl(&format!("x509 -req -in {file}.csr {by} -out {file}.crt"));
    }

    fn openssl(&self, arguments: &str) {
        let output = Command::new("openssl").args(arguments.split(' ')).current_dir(&self.folder).output();
        let output = output.expect("openssl runs");
        assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("is there")
    }

    fn trusted(&self) -> TlsSettings {
        TlsSettings { enabled: true, ca: Some(self.text("ca.pem")), ..TlsSettings::default() }
    }

    /// A server that has these.
    fn server(&self) -> Postgres {
        std::fs::write(self.path("access.conf"), ACCESS).expect("written");
        let files = ["server.crt", "server.key", "ca.pem", "access.conf"].map(|name| self.path(name));
        let settings = ["ssl=on", "ssl_ca_file=ca.pem", "hba_file=access.conf"];
        Postgres::start_with_files(&settings, &files.each_ref().map(PathBuf::as_path))
    }
}

#[tokio::test]
async fn certificates_and_passwords_are_checked() {
    let (ours, others) = (Certificates::new(), Certificates::new());
    let server = ours.server();
    let schema = Schema::new(server.address());
    let encrypted = PostgresqlSettings { tls: ours.trusted(), ..settings(&schema) };
    connect(&encrypted).check().await.expect("is trusted");

    let distrustful = PostgresqlSettings { tls: others.trusted(), ..settings(&schema) };
    let refused = connect(&distrustful).check().await.expect_err("is signed by somebody else");
    assert!(refused.to_string().contains("certificate"), "{refused}");

    schema.run("CREATE ROLE certified LOGIN SUPERUSER; CREATE ROLE password LOGIN SUPERUSER PASSWORD 'sesame'");
    let anonymous = PostgresqlSettings { user: "certified".to_owned(), ..encrypted.clone() };
    connect(&anonymous).check().await.expect_err("shows no certificate");
    let mut certified = anonymous;
    certified.tls.certificate = Some(ours.text("client.crt"));
    certified.tls.key = Some(Secret::from(ours.text("client.key")));
    let store = connect(&certified);
    store.check().await.expect("shows its certificate");
    let sessions =
        "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'certified'";
    assert_eq!(schema.run(sessions), "t");

    let with = |password: &str| {
        let password = Some(Secret::from(password.to_owned()));
        PostgresqlSettings { user: "password".to_owned(), password, ..settings(&schema) }
    };
    connect(&with("sesame")).check().await.expect("knows the password");
    let refused = connect(&with("mustard")).check().await.expect_err("does not");
    let shown = refused.to_string();
    assert!(shown.contains("password authentication failed") && !shown.contains("mustard"), "{shown}");
}

#[tokio::test]
async fn what_stands_in_the_way_of_tls_is_named() {
    let schema = super::schema();
    let rubbish = "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n".to_owned();
    let tls = TlsSettings { enabled: true, ca: Some(rubbish), ..TlsSettings::default() };
    let refused = PostgresStore::connect(&PostgresqlSettings { tls, ..settings(&schema) }).map(|_| ());
    assert!(refused.expect_err("is no certificate").to_string().contains("ca_file"));
    let tls = TlsSettings { enabled: true, ca: Some(Certificates::new().text("ca.pem")), ..TlsSettings::default() };
    let refused = connect(&PostgresqlSettings { tls, ..settings(&schema) }).check().await;
    let refused = refused.expect_err("the server speaks no TLS");
    assert!(refused.to_string().contains("TLS"), "{refused}");
}
