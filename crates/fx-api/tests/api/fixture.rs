//! A service on a temporary directory, with two days of rates of three feeds.

use std::sync::{Arc, LazyLock};

use fx_api::{ApiContext, Attribution, Backends};
use fx_cache::Memory;
use fx_config::Settings;
use fx_domain::clock::{FixedClock, Timestamp};
use fx_domain::rate::EnrichedBatch;
use fx_service::HealthRegistry;
use fx_service::metrics::Recorder;
use fx_sqlite::Sqlite;
use fx_store::alerts::SqliteAlerts;
use fx_store::rates::SqliteRates;
use fx_stream::Topic;
use fx_stream::embedded::EmbeddedLog;
use fx_stream::message::enriched_records;
use salvo::Service;
use salvo::test::{RequestBuilder, ResponseExt, TestClient};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::recording;

/// Friday afternoon, an hour after the ECB published.
pub(crate) const NOW: &str = "2026-10-30T16:00:00Z";

/// One for the process, whichever test comes first.
static RECORDER: LazyLock<Recorder> = LazyLock::new(|| Recorder::install().expect("a recorder"));

pub(crate) struct Fixture {
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) context: ApiContext,
    pub(crate) alerts: SqliteAlerts,
    pub(crate) log: EmbeddedLog,
    pub(crate) service: Service,
    _stopping: DropGuard,
    _directory: TempDir,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: salvo::http::HeaderMap,
    pub(crate) body: String,
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

impl Fixture {
    /// Without any rate.
    pub(crate) fn empty() -> Self {
        Self::with(|_| ())
    }

    /// Without any rate, on a changed context.
    pub(crate) fn with(change: impl FnOnce(&mut ApiContext)) -> Self {
        let directory = TempDir::new().expect("a directory");
        let clock = Arc::new(FixedClock::new(at(NOW)));
        let file = Sqlite::open(directory.path()).expect("a file");
        let alerts = SqliteAlerts::try_new(file.clone()).expect("tables");
        let log = EmbeddedLog::try_new(file.clone(), clock.clone()).expect("tables");
        let mut context = context(&file, &clock, &alerts, &log);
        change(&mut context);
        let stopping = CancellationToken::new();
        let service = fx_api::service(context.clone(), stopping.clone()).expect("a service");
        Self { clock, context, alerts, log, service, _stopping: stopping.drop_guard(), _directory: directory }
    }

    /// With two days of the ECB's table, a table on the dollar, and a live quote.
    pub(crate) async fn recorded() -> Self {
        let fixture = Self::empty();
        for batch in recording::batches() {
            fixture.take_in(batch).await;
        }
        fixture
    }

    /// Into history, cache and log, as the consumers do.
    pub(crate) async fn take_in(&self, batch: EnrichedBatch) {
        self.context.cache.put_feeds(&[], vec![(&batch).into()]).await.expect("the cache takes it");
        let log_records = enriched_records(&batch, 1, None).expect("encodes");
        let records: Vec<_> = batch.into_records().collect();
        self.context.rates.write(records.clone()).await.expect("the history takes it");
        self.context.cache.put_rates(&[], records).await.expect("the cache takes it");
        self.context.log.publish(Topic::RatesEnriched, log_records).await.expect("the log takes it");
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(TestClient::get(address(path))).await
    }

    /// Posts JSON.
    pub(crate) async fn post_to(&self, path: &str, body: &str) -> Answer {
        let request = TestClient::post(address(path)).add_header("content-type", "application/json", true);
        self.send(request.body(body.to_owned())).await
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Answer {
        let mut response = request.send(&self.service).await;
        let body = response.take_string().await.unwrap_or_default();
        let status = response.status_code.map_or(0, |status| status.as_u16());
        Answer { status, headers: response.headers().clone(), body }
    }
}

pub(crate) fn address(path: &str) -> String {
    format!("http://127.0.0.1:8000{path}")
}

fn context(file: &Sqlite, clock: &Arc<FixedClock>, alerts: &SqliteAlerts, log: &EmbeddedLog) -> ApiContext {
    let settings = Settings::default();
    let attribution = Attribution { text: "Source: ECB".to_owned(), url: "https://www.ecb.europa.eu".to_owned() };
    ApiContext {
        feeds: settings.feeds.plans(&settings.currencies),
        settings: settings.api,
        attributions: [("ecb".parse().expect("a source"), attribution)].into(),
        backends: Backends {
            stream: "embedded".into(),
            store: "sqlite".into(),
            cache: "memory".into(),
            index: "none".into(),
        },
        cache: Arc::new(Memory::warm([0])),
        rates: Arc::new(SqliteRates::try_new(file.clone()).expect("tables")),
        alerts: Arc::new(alerts.clone()),
        max_alerts: 3,
        retention: settings.stream.retention,
        channels: Arc::new(alerts.clone()),
        deliveries: Arc::new(alerts.clone()),
        delivery: settings.delivery,
        log: Arc::new(log.clone()),
        health: HealthRegistry::new(clock.clone()),
        metrics: RECORDER.clone(),
        clock: clock.clone(),
    }
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// The `detail` of a problem document of that status.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], "about:blank");
        problem["detail"].as_str().expect("a detail").to_owned()
    }

    /// The body with a line per field, its digits as they came.
    pub(crate) fn lines(&self) -> String {
        self.body.replace(",\"", ",\n\"").replace("},{", "},\n{")
    }
}
