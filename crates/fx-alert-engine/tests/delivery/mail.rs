//! Mail by a real server.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use fx_config::{Secret, SmtpSettings, SmtpTls};
use fx_domain::delivery::Status;
use fx_store::delivery::Target;
use fx_testkit::python::Mail;
use serde_json::Value;

use crate::fixture::{Desk, self_signed};

fn settings(server: &Mail, tls: SmtpTls) -> SmtpSettings {
    SmtpSettings {
        host: Some("localhost".to_owned()),
        port: server.address().port(),
        tls,
        from: Some("FX monitor <fx@example.org>".to_owned()),
        ..Default::default()
    }
}

fn to(addresses: &[&str]) -> Target {
    Target::Email { to: addresses.iter().map(|&address| address.to_owned()).collect() }
}

/// What the server has kept, once it is so many.
async fn mails(server: &Mail, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    while server.mails().len() < count {
        assert!(begun.elapsed() < Duration::from_secs(30), "no mail comes");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.mails().iter().map(|mail| serde_json::from_str(mail).expect("JSON")).collect()
}

#[tokio::test]
async fn a_person_reads_what_happened() {
    let (mut desk, server) = (Desk::new().await, Mail::start());
    desk.settings.smtp = settings(&server, SmtpTls::None);
    desk.channel("ops", to(&["ops@example.org", "Desk <desk@example.org>"])).await;
    let running = desk.start();
    let told = desk.tell("ops", 1).await;
    let delivery = desk.until_delivered(1).await.remove(0);
    assert_eq!(delivery.attempts[0].code, Some(250));
    let mails = mails(&server, 2).await;
    let recipients: Vec<_> = mails.iter().map(|mail| mail["to"][0].as_str().expect("an address")).collect();
    assert_eq!(recipients, ["ops@example.org", "desk@example.org"]);
    assert_eq!(mails[0]["from"], "fx@example.org");
    let mail = mails[0]["mail"].as_str().expect("text").replace("\r\n", "\n");
    let episode = told[0].episode_id.expect("an episode");
    for line in [
        "Subject: [critical] firing: EURUSD desk",
        &format!("Message-ID: <{}@example.org>", delivery.id),
        &format!("References: <{episode}@example.org>"),
        "Auto-Submitted: auto-generated",
        "To: ops@example.org, Desk <desk@example.org>",
        "EUR/USD is 1.1042, above 1.1 (number 0)",
        "rate       1.1042 of ecb, 2026-01-14 12:00:00 UTC",
        "precision  0.46 bp",
    ] {
        assert!(mail.lines().any(|other| other == line), "{line:?} is missing in:\n{mail}");
    }
    running.stop().await;
}

#[tokio::test]
async fn one_who_is_refused_keeps_no_other_from_having_it() {
    let (mut desk, server) = (Desk::new().await, Mail::start());
    desk.settings.smtp = settings(&server, SmtpTls::None);
    desk.channel("both", to(&["nobody@example.org", "ops@example.org"])).await;
    desk.channel("none", to(&["nobody@example.org"])).await;
    desk.channel("later", to(&["later@example.org"])).await;
    let running = desk.start();
    for channel in ["both", "none", "later"] {
        desk.tell(channel, 1).await;
    }
    let deliveries = desk.until(|all| all.len() == 3 && all.iter().all(|one| one.attempts.len() == 1)).await;
    let outcomes: Vec<_> = deliveries.iter().map(|one| (one.status, one.attempts[0].code)).collect();
    let expected = [(Status::Delivered, Some(250)), (Status::Failed, Some(550)), (Status::Pending, Some(451))];
    assert_eq!(outcomes, expected, "{deliveries:#?}");
    let reason = deliveries[1].attempts[0].error.as_deref().expect("an error");
    assert_eq!(reason, "nobody@example.org: answered 550 5.1.1 no such mailbox");
    assert_eq!(mails(&server, 1).await.len(), 1);
    running.stop().await;
}

#[tokio::test]
async fn a_server_that_is_away_is_waited_for() {
    let (mut desk, mut server) = (Desk::new().await, Mail::start());
    desk.settings.smtp = settings(&server, SmtpTls::None);
    desk.channel("ops", to(&["ops@example.org"])).await;
    server.kill();
    let running = desk.start();
    desk.tell("ops", 1).await;
    assert_eq!(desk.until_attempted(1).await[0].status, Status::Pending);
    server.start_again();
    desk.advance(TimeDelta::seconds(6));
    desk.until_delivered(1).await;
    running.stop().await;
}

#[tokio::test]
async fn without_a_server_mail_fails_and_says_why() {
    let desk = Desk::new().await;
    desk.channel("ops", to(&["ops@example.org"])).await;
    let running = desk.start();
    desk.tell("ops", 1).await;
    let delivery = desk.until_attempted(1).await.remove(0);
    let error = delivery.attempts[0].error.as_deref().expect("an error");
    assert_eq!(error, "no mail server is set; delivery.smtp.host names it");
    running.stop().await;
}

#[tokio::test]
async fn the_way_is_encrypted_and_the_server_checked() {
    let folder = tempfile::tempdir().expect("a folder");
    let (certificate, key) = self_signed(folder.path());
    for (name, tls) in [("starttls", SmtpTls::Starttls), ("implicit", SmtpTls::Implicit)] {
        let arguments = ["--tls", name, &certificate, &key, "--user", "fx", "sesame"];
        let server = Mail::start_with(arguments.map(str::to_owned).to_vec());
        let mut desk = Desk::new().await;
        desk.settings.smtp = SmtpSettings {
            ca: Some(std::fs::read_to_string(&certificate).expect("readable")),
            user: Some("fx".to_owned()),
            password: Some(Secret::from("sesame".to_owned())),
            ..settings(&server, tls)
        };
        desk.channel("ops", to(&["ops@example.org"])).await;
        let running = desk.start();
        desk.tell("ops", 1).await;
        desk.until_delivered(1).await;
        assert_eq!(mails(&server, 1).await[0]["tls"], true);
        running.stop().await;

        desk.settings.smtp.password = Some(Secret::from("open".to_owned()));
        let running = desk.start();
        desk.tell("ops", 1).await;
        let refused = desk.until(|all| all.len() == 2 && all[1].attempts.len() == 1).await.remove(1);
        assert_eq!((refused.status, refused.attempts[0].code), (Status::Pending, Some(535)), "{refused:#?}");
        running.stop().await;

        desk.settings.smtp.ca = None;
        let running = desk.start();
        desk.tell("ops", 1).await;
        let unknown = desk.until(|all| all.len() == 3 && all[2].attempts.len() == 1).await.remove(2);
        let error = unknown.attempts[0].error.as_deref().expect("an error");
        assert!(unknown.attempts[0].code.is_none() && error.contains("certificate"), "{unknown:#?}");
        running.stop().await;
    }
}
