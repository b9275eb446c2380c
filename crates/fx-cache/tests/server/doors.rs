//! Passwords, TLS and sockets.

use std::path::Path;
use std::process::Command;

use fx_config::{RedisSettings, TlsSettings};
use fx_testkit::redis::Redis;

use crate::{cache, reason, say, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_needs_the_right_password_and_a_wrong_one_is_not_shown() {
    let server = Redis::start();
    say(&server, "ACL SETUSER fx on >open-sesame ~fx:* resetchannels +@all -@admin");
    say(&server, "ACL SETUSER default off");
    let with = |user: Option<&str>, password: Option<&str>| {
        let (user, password) = (user.map(str::to_owned), password.map(|word| word.to_owned().into()));
        cache(&RedisSettings { prefix: "fx:".to_owned(), user, password, ..settings(server.address()) })
    };
    let right = with(Some("fx"), Some("open-sesame"));
    right.fill(&[0], Vec::new()).await.expect("such a user may all that is needed");
    right.rates().await.expect("answers");
    let wrong = reason(with(Some("fx"), Some("closed-sesame")).check().await);
    assert!(wrong.contains("WRONGPASS") || wrong.to_lowercase().contains("authentication"), "{wrong}");
    assert!(!wrong.contains("sesame"), "{wrong}");
    let none = reason(with(None, None).check().await);
    assert!(none.contains("NOAUTH") || none.to_lowercase().contains("authentication"), "{none}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_a_way_in() {
    let server = Redis::start();
    let host = server.folder().join("redis.sock").display().to_string();
    let there = RedisSettings { host: host.clone(), ..settings(server.address()) };
    let through = cache(&there);
    through.fill(&[0], Vec::new()).await.expect("filled");
    assert_eq!(cache(&RedisSettings { database: 3, ..there }).is_warm(&[0]).await, Ok(false), "another database");
    let nowhere = RedisSettings { host: format!("{host}-not"), ..settings(server.address()) };
    assert!(reason(cache(&nowhere).check().await).starts_with(&format!("redis at {host}-not: ")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_checks_both_sides() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    certificate(folder, "ca", None);
    certificate(folder, "other-ca", None);
    certificate(folder, "server", Some("ca"));
    certificate(folder, "client", Some("ca"));
    let file = |name: &str| folder.join(name).display().to_string();
    let (ca, certificate, key) = (file("ca.pem"), file("server.pem"), file("server.key"));
    let server = Redis::start_with(move |_, port| {
        let port = port.to_string();
        let words = ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "yes", "--tls-ca-cert-file", &ca];
        let own = ["--tls-cert-file", &certificate, "--tls-key-file", &key];
        words.into_iter().chain(own).map(str::to_owned).collect()
    });
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("readable");
    let with = |ca: &str, client: Option<&str>| {
        let tls = TlsSettings {
            enabled: true,
            ca: Some(read(ca)),
            certificate: client.map(|name| read(&format!("{name}.pem"))),
            key: client.map(|name| read(&format!("{name}.key")).into()),
            ..Default::default()
        };
        cache(&RedisSettings { host: "localhost".to_owned(), tls, ..settings(server.address()) })
    };
    with("ca.pem", Some("client")).fill(&[0], Vec::new()).await.expect("both are known");
    let unknown = reason(with("other-ca.pem", Some("client")).check().await);
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
    reason(with("ca.pem", None).check().await);
    let in_the_clear = RedisSettings { host: "localhost".to_owned(), ..settings(server.address()) };
    reason(cache(&in_the_clear).check().await);
}

/// `NAME.pem` and `NAME.key`, signed by itself or by another.
fn certificate(folder: &Path, name: &str, issuer: Option<&str>) {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(folder).args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ]);
    openssl.args(["-days", "2", "-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")]);
    openssl.args(["-subj", &format!("/CN={name}")]);
    if let Some(issuer) = issuer {
        openssl.args(["-CA", &format!("{issuer}.pem"), "-CAkey", &format!("{issuer}.key")]);
        openssl.args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"]);
    }
    let done = openssl.output().expect("openssl runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
