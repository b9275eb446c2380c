//! What HTTP itself asks for, over a real connection.

use std::net::SocketAddr;

use fx_api::ApiError;
use fx_service::Shutdown;
use reqwest::{Client, Method, Response, StatusCode};
use salvo::test::TestClient;
use serde_json::Value;
use tokio::task::JoinHandle;

use crate::fixture::{Fixture, address};

/// The fixture's service behind a port of its own.
pub(crate) struct Served {
    pub(crate) fixture: Fixture,
    pub(crate) address: SocketAddr,
    pub(crate) shutdown: Shutdown,
    pub(crate) client: Client,
    pub(crate) serving: JoinHandle<Result<(), ApiError>>,
}

impl Served {
    pub(crate) async fn new(fixture: Fixture) -> Self {
        let listener = fx_api::bind("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (shutdown, context) = (Shutdown::new(), fixture.context.clone());
        let stopping = shutdown.clone();
        let serving = tokio::spawn(async move { fx_api::serve(listener, context, &stopping).await });
        Self { fixture, address, shutdown, client: Client::new(), serving }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    async fn ask(&self, method: Method, path: &str) -> Response {
        self.client.request(method, self.url(path)).send().await.expect("an answer")
    }

    /// Sends bytes as they are; answers what comes back until the connection ends.
    async fn raw(&self, request: &str) -> String {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut connection = tokio::net::TcpStream::connect(self.address).await.expect("a connection");
        connection.write_all(request.as_bytes()).await.expect("sent");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).await.expect("text");
        answer
    }
}

async fn problem(response: Response) -> Value {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let status = response.status().as_u16();
    let problem: Value = response.json().await.expect("a document");
    assert_eq!(problem["status"], status);
    problem
}

#[tokio::test]
async fn errors_of_the_protocol_are_problem_documents() {
    let served = Served::new(Fixture::empty()).await;
    let nowhere = served.ask(Method::GET, "/nowhere").await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    let nowhere = problem(nowhere).await;
    assert_eq!((&nowhere["instance"], &nowhere["title"]), (&"/nowhere".into(), &"Not Found".into()));
    assert_eq!(nowhere["detail"], "there is nothing at `/nowhere`, / lists what is");
    for (method, path, allow) in [
        (Method::PUT, "/rates", "GET, HEAD"),
        (Method::DELETE, "/alerts", "GET, HEAD, POST"),
        (Method::POST, "/alerts/1", "DELETE, GET, HEAD, PATCH"),
    ] {
        let refused = served.ask(method.clone(), path).await;
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        let mut allowed: Vec<&str> = refused.headers()["allow"].to_str().expect("text").split(", ").collect();
        allowed.sort_unstable();
        assert_eq!(allowed.join(", "), allow);
        let detail = problem(refused).await["detail"].as_str().expect("text").to_owned();
        assert!(detail.contains(method.as_str()), "{detail}");
    }
}

#[tokio::test]
async fn head_is_get_without_its_body() {
    let served = Served::new(Fixture::recorded().await).await;
    for path in ["/", "/rates", "/rates/EURUSD", "/health/live", "/dashboard"] {
        let head = served.ask(Method::HEAD, path).await;
        assert_eq!(head.status(), StatusCode::OK, "{path}");
        assert!(head.bytes().await.expect("nothing").is_empty());
    }
}

#[tokio::test]
async fn only_what_is_there_is_accepted() {
    let fixture = Fixture::recorded().await;
    for (path, accept, has) in [
        ("/rates", "text/csv", "application/json"),
        ("/metrics", "application/json", "text/plain"),
        ("/stream", "application/json", "text/event-stream"),
        ("/rates/EURUSD/history", "image/png", "application/json or text/csv or application/x-ndjson"),
    ] {
        let request = TestClient::get(address(path)).add_header("accept", accept, true);
        let told = fixture.send(request).await.problem(406);
        assert_eq!(told, format!("`{accept}` is not what this path has, expected {has}"));
    }
}

#[tokio::test]
async fn bodies_are_json_and_small() {
    let served = Served::new(Fixture::empty()).await;
    let post = |body: Vec<u8>| served.client.post(served.url("/alerts")).body(body);
    let form = post(b"a=1".to_vec()).header("content-type", "application/x-www-form-urlencoded");
    let form = form.send().await.expect("an answer");
    assert_eq!(form.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(problem(form).await["detail"].as_str().expect("text").contains("application/x-www-form-urlencoded"));
    assert_eq!(post(b"{}".to_vec()).send().await.expect("an answer").status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    for size in [64 * 1024 + 1, 10_000_000] {
        let large = post(vec![b' '; size]).header("content-type", "application/json").send().await.expect("an answer");
        assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE, "{size}");
        problem(large).await;
    }
    let pieces = futures::stream::iter((0..200).map(|_| Ok::<_, std::io::Error>(vec![b' '; 50_000])));
    let streamed = served.client.post(served.url("/alerts")).header("content-type", "application/json");
    let streamed = streamed.body(reqwest::Body::wrap_stream(pieces)).send().await.expect("an answer");
    assert_eq!(streamed.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let full = post(vec![b' '; 64 * 1024]).header("content-type", "application/json").send().await.expect("an answer");
    assert_eq!(full.status(), StatusCode::BAD_REQUEST, "it is read, and is no JSON");
}

#[tokio::test]
async fn only_names_of_this_machine_are_served() {
    let served = Served::new(Fixture::empty()).await;
    let port = served.address.port();
    for host in ["localhost".to_owned(), format!("127.0.0.1:{port}"), "[::1]:9".to_owned()] {
        let answer =
            served.raw(&format!("GET /health/live HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{host}: {answer}");
    }
    let answer = served.raw("GET /rates HTTP/1.1\r\nHost: evil.example:80\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    assert!(answer.contains("application/problem+json") && answer.contains("`evil.example:80`"), "{answer}");
    let answer =
        served.raw("GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
}

#[tokio::test]
async fn other_origins_read_nothing_unless_they_are_listed() {
    let origin = "https://desk.example";
    let ask = |from: &str| TestClient::get(address("/")).add_header("origin", from, true);
    let closed = Fixture::empty();
    assert_eq!(closed.send(ask(origin)).await.header("access-control-allow-origin"), "");
    let open = Fixture::with(|context| context.settings.cors_origins = vec![origin.to_owned()]);
    assert_eq!(open.send(ask(origin)).await.header("access-control-allow-origin"), origin);
    assert_eq!(open.send(ask("https://evil.example")).await.header("access-control-allow-origin"), "");
    let preflight = TestClient::options(address("/alerts")).add_header("origin", origin, true);
    let preflight = open.send(preflight.add_header("access-control-request-method", "POST", true)).await;
    assert_eq!(preflight.status, 204);
    assert!(preflight.header("access-control-allow-methods").contains("POST"));
}

#[tokio::test]
async fn answers_are_compressed_and_safe() {
    let served = Served::new(Fixture::recorded().await).await;
    let request = served.client.get(served.url("/rates")).header("accept-encoding", "zstd");
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.headers()["content-encoding"], "zstd");
    assert_eq!(answer.headers()["vary"], "accept-encoding");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let served = Served::new(Fixture::empty()).await;
    let error = fx_api::bind(served.address).await.expect_err("it is in use");
    assert!(matches!(error, ApiError::InUse(address) if address == served.address));
    assert!(error.to_string().starts_with(&format!("address {} is in use", served.address)), "{error}");
}

#[tokio::test]
async fn serving_ends_when_stopping_is_asked_for() {
    let served = Served::new(Fixture::empty()).await;
    assert_eq!(served.ask(Method::GET, "/health").await.status(), StatusCode::OK);
    let stream = served.client.get(served.url("/stream")).send().await.expect("an answer");
    served.shutdown.request();
    stream.bytes().await.expect("the stream ends as a whole");
    served.serving.await.expect("no panic").expect("no error");
}
