//! What the log has of those who would change something.

use std::io::Write;
use std::sync::Arc;

use parking_lot::Mutex;
use salvo::test::TestClient;

use crate::access::Guarded;
use crate::fixture::address;

/// What was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn taken(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock())).expect("text")
    }
}

#[tokio::test]
async fn each_change_is_a_line_with_who_and_what_and_no_secret() {
    let (lines, (guarded, [read, write, _])) = (Lines::default(), Guarded::new());
    let writer = lines.clone();
    let log = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).without_time().finish();
    let _here = tracing::subscriber::set_default(log);
    let create = |key: &str| {
        let body = r#"{"name":"sesame","pair":"EURUSD","condition":"above","threshold":1.1}"#;
        let request = TestClient::post(address("/alerts")).add_header("content-type", "application/json", true);
        guarded.fixture.send(request.body(body).bearer_auth(key))
    };
    let made = create(&write).await;
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let said = lines.taken();
    let line = said.lines().find(|line| line.contains("audit:")).expect("a line");
    let path = r#"method="POST" path="/alerts" status=201"#;
    assert!(line.contains("key=\"bot\"") && line.contains(path) && line.contains(&id), "{line}");
    create(&read).await;
    let refused = lines.taken();
    assert!(refused.contains("key=\"desk\"") && refused.contains("status=403"), "{refused}");
    assert!(refused.contains("refused=\"scope\""), "{refused}");
    let delete = TestClient::delete(address(&format!("/alerts/{id}"))).bearer_auth(&write);
    guarded.fixture.send(delete).await;
    let deleted = lines.taken();
    assert!(deleted.contains("DELETE 204") && deleted.contains(&format!("id=\"{id}\"")), "{deleted}");
    guarded.fixture.send(TestClient::get(address("/alerts")).bearer_auth(&read)).await;
    let nothing = lines.taken();
    assert!(!nothing.contains("audit"), "{nothing}");
    for text in [said, refused, deleted, nothing] {
        assert!(!text.contains("sesame") && !text.contains("fxk_"), "a body or a key is in the log: {text}");
    }
}
