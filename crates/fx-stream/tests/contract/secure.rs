//! Clients say who they are, over TLS.

use std::path::Path;
use std::process::Command;

use fx_config::{KafkaSettings, SaslMechanism, Secret, TlsSettings};
use fx_stream::kafka::{KafkaLog, provision};
use fx_stream::{Log, Start, Topic};
use fx_testkit::kafka::SecureKafka;

use crate::broker::{RETENTION, unprovisioned};
use crate::stage::{follow, numbered, until};

const PASSWORD: &str = "open-sesame";
const USERS: &str = "--add-scram SCRAM-SHA-256=[name=fx,password=open-sesame] \
                     --add-scram SCRAM-SHA-512=[name=fx,password=open-sesame]";

/// A certificate for this address, signed by itself, and the broker's settings with it.
fn certified(folder: &Path) -> (String, String) {
    let (key, certificate, store) = (folder.join("key.pem"), folder.join("cert.pem"), folder.join("store.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"])
        .args(["-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .expect("openssl is installed");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |path: &Path| std::fs::read_to_string(path).expect("PEM");
    std::fs::write(&store, read(&key) + &read(&certificate)).expect("written");
    let plain = "org.apache.kafka.common.security.plain.PlainLoginModule required user_fx";
    let scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;";
    let properties = format!(
        "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512\n\
         listener.name.secure.plain.sasl.jaas.config={plain}=\"{PASSWORD}\";\n\
         listener.name.secure.scram-sha-256.sasl.jaas.config={scram}\n\
         listener.name.secure.scram-sha-512.sasl.jaas.config={scram}\n\
         ssl.keystore.type=PEM\n\
         ssl.keystore.location={}",
        store.display()
    );
    (read(&certificate), properties)
}

async fn trouble(settings: &KafkaSettings) -> String {
    let log = KafkaLog::connect(settings).expect("connects");
    until("trouble", || log.trouble().is_some()).await;
    let refused = log.check().await.expect_err("is refused").to_string();
    assert!(!refused.contains(PASSWORD) && !refused.contains("guessed"), "{refused}");
    refused
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_proves_who_they_are_is_let_in() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (certificate, properties) = certified(folder.path());
    let kafka =
        tokio::task::spawn_blocking(|| SecureKafka::start("SASL_SSL", properties, USERS)).await.expect("starts");
    let tls = TlsSettings { enabled: true, ca: Some(certificate), ..TlsSettings::default() };
    let secure = |sasl: SaslMechanism, password: &str| KafkaSettings {
        sasl,
        user: Some("fx".to_owned()),
        password: Some(Secret::from(password.to_owned())),
        tls: tls.clone(),
        ..unprovisioned(vec![kafka.address()])
    };
    for mechanism in [SaslMechanism::Plain, SaslMechanism::ScramSha256, SaslMechanism::ScramSha512] {
        let settings = secure(mechanism, PASSWORD);
        provision(&settings, RETENTION).await.expect("is let in");
        let log = KafkaLog::connect(&settings).expect("connects");
        log.publish(Topic::Rates, numbered(0..2)).await.expect("published");
        let mut follower = log.follow(Topic::Rates, Start::Beginning).await.expect("follows");
        follow(follower.as_mut(), 2).await;
        let said = trouble(&secure(mechanism, "guessed")).await;
        assert!(said.to_lowercase().contains("authentication failed"), "{said}");
    }
    let unknown =
        KafkaSettings { tls: TlsSettings { ca: None, ..tls.clone() }, ..secure(SaslMechanism::Plain, PASSWORD) };
    let said = trouble(&unknown).await;
    assert!(said.contains("certificate verify failed"), "{said}");
}
