use crate::fixture::Fixture;

#[tokio::test]
async fn health_is_as_the_worst_part() {
    let fixture = Fixture::empty();
    let status = async |path: &str| {
        let answer = fixture.get(path).await;
        (answer.status, answer.json()["status"].as_str().expect("a status").to_owned())
    };
    fixture.get("/rates").await;
    let store = fixture.context.health.component("store");
    store.ok("");
    assert_eq!(status("/health").await, (200, "ok".to_owned()));
    store.degraded("slow");
    assert_eq!(status("/health").await, (200, "degraded".to_owned()));
    assert_eq!(status("/health/ready").await, (200, "degraded".to_owned()));
    store.down("no answer");
    assert_eq!(status("/health").await, (503, "down".to_owned()));
    assert_eq!(status("/health/ready").await, (503, "down".to_owned()));
    assert_eq!(status("/health/live").await, (200, "ok".to_owned()));
    let health = fixture.get("/health").await.json();
    assert_eq!(health["components"]["store"]["detail"], "no answer");
    assert_eq!(health["components"]["store"]["since"], crate::fixture::NOW);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_class() {
    let fixture = Fixture::recorded().await;
    fixture.get("/rates/EURUSD").await;
    fixture.get("/rates/EURXXX").await;
    fixture.get("/nothing/here").await;
    let metrics = fixture.get("/metrics").await;
    assert_eq!(metrics.header("content-type"), "text/plain; charset=utf-8");
    for line in [
        r#"fx_api_requests_total{route="/rates/{pair}",status="2xx"}"#,
        r#"fx_api_requests_total{route="/rates/{pair}",status="4xx"}"#,
        r#"fx_api_requests_total{route="none",status="4xx"}"#,
        r#"fx_api_request_seconds_bucket{route="/rates/{pair}",status="2xx""#,
    ] {
        assert!(metrics.body.contains(line), "{line}: {}", metrics.body);
    }
}
