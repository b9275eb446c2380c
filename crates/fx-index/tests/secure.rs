//! A node that wants to know who one is, and shows who it is itself.

mod support;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use fx_config::{IndexBackend, IndexSettings};
use fx_index::{Index, Pending};
use fx_testkit::elasticsearch::Elasticsearch;
use serde_json::{Value, json};

use support::{PAIRS, days};

const PATIENCE: Duration = Duration::from_mins(1);

const SETTINGS: &str = "xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.certificate: CONFIG/node.pem
xpack.security.http.ssl.key: CONFIG/node.key
xpack.security.authc.api_key.enabled: true
";

/// What the crate's documentation says that is needed, and a key of one's own.
const ROLES: &str = "writer:
  cluster: [manage_index_templates, manage_own_api_key]
  indices:
    - names: ['fx-rates*', 'fx-alerts*']
      privileges: [manage, create_doc, index, read]
reader:
  indices:
    - names: ['fx-rates*']
      privileges: [read]
";

/// The hash of `sesame`.
const HASH: &str = "$2a$04$5yXWhJ93Rf7GWe71O9dajea40vc6kUVNi9q8nrf0eUjMD7pQyBBlS";

struct Secure {
    _node: Elasticsearch,
    url: String,
    ca: String,
}

impl Secure {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        certificate(folder.path(), "ca", None);
        certificate(folder.path(), "node", Some("ca"));
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("readable");
        let files = vec![
            ("node.pem", read("node.pem")),
            ("node.key", read("node.key")),
            ("users", format!("fx:{HASH}\nguest:{HASH}\n")),
            ("users_roles", "writer:fx\nreader:guest\n".to_owned()),
            ("roles.yml", ROLES.to_owned()),
        ];
        let node = Elasticsearch::start_secure(SETTINGS, files);
        let url = format!("https://localhost:{}", node.address().port());
        Self { _node: node, url, ca: read("ca.pem") }
    }

    fn settings(&self) -> IndexSettings {
        let mut settings = IndexSettings { backend: IndexBackend::Elasticsearch, ..IndexSettings::default() };
        settings.elasticsearch.url.clone_from(&self.url);
        settings.elasticsearch.tls.ca = Some(self.ca.clone());
        settings
    }

    fn index_of(&self, user: &str, password: &str) -> Index {
        let mut settings = self.settings();
        settings.elasticsearch.user = Some(user.to_owned());
        settings.elasticsearch.password = Some(password.to_owned().into());
        Index::connect(&settings).expect("settings of Elasticsearch")
    }

    async fn own_key(&self) -> String {
        let ca = reqwest::Certificate::from_pem(self.ca.as_bytes()).expect("a certificate");
        let client = reqwest::Client::builder().add_root_certificate(ca).build().expect("a client");
        let request = client.post(format!("{}/_security/api_key", self.url)).basic_auth("fx", Some("sesame"));
        let answer = request.json(&json!({"name": "fx-monitor"})).send().await.expect("it answers");
        let answer: Value = answer.json().await.expect("JSON");
        answer["encoded"].as_str().unwrap_or_else(|| panic!("a key, not {answer}")).to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_says_who_one_is_and_trusts_only_who_is_known() {
    let server = tokio::task::block_in_place(Secure::start);
    let index = server.index_of("fx", "sesame");
    until_provisioned(&index).await;
    must_work(&index).await;

    let mut settings = server.settings();
    settings.elasticsearch.api_key = Some(server.own_key().await.into());
    must_work(&Index::connect(&settings).expect("settings of Elasticsearch")).await;

    let told = |error: fx_index::IndexError| {
        let told = error.to_string();
        assert!(!told.contains("sesame"), "a secret is shown: {told}");
        told
    };
    let wrong = told(server.index_of("fx", "open").provision().await.expect_err("a wrong password"));
    assert!(wrong.contains("401 security_exception"), "{wrong}");
    let mut pending = Pending::of_rates(&days("2026-01-01T15:00:00Z", 1)).expect("plain data");
    let guest = told(server.index_of("guest", "sesame").write(&mut pending).await.expect_err("may not write"));
    assert!(guest.contains("403 security_exception") && pending.len() == PAIRS.len(), "{guest}");
    settings.elasticsearch.tls.ca = None;
    let unknown = Index::connect(&settings).expect("settings of Elasticsearch").check().await;
    let unknown = told(unknown.expect_err("nobody vouches for it"));
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
}

async fn must_work(index: &Index) {
    index.provision().await.expect("nothing is to be done");
    index.check().await.expect("all is well");
    let mut pending = Pending::of_rates(&days("2024-12-30T15:00:00Z", 4)).expect("plain data");
    index.write(&mut pending).await.expect("it is written");
    let dropped = index.drop_before(support::at("2025-01-01T00:00:00Z")).await.expect("it is dropped");
    assert_eq!(dropped, ["fx-rates-2024"]);
}

async fn until_provisioned(index: &Index) {
    let begun = Instant::now();
    while let Err(error) = index.provision().await {
        assert!(begun.elapsed() < PATIENCE, "{error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
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
