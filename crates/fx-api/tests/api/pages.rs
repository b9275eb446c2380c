use salvo::test::TestClient;

use crate::fixture::{Fixture, address};

#[tokio::test]
async fn the_page_and_its_files_are_served_under_a_strict_policy() {
    let fixture = Fixture::empty();
    for (path, media) in [
        ("/dashboard", "text/html; charset=utf-8"),
        ("/dashboard/assets/main.js", "text/javascript; charset=utf-8"),
        ("/dashboard/assets/style.css", "text/css; charset=utf-8"),
        ("/dashboard/assets/favicon.svg", "image/svg+xml"),
    ] {
        let answer = fixture.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, media), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let again = TestClient::get(address(path)).add_header("if-none-match", answer.header("etag"), true);
        assert_eq!(fixture.send(again).await.status, 304, "{path}");
    }
    fixture.get("/dashboard/assets/other.js").await.problem(404);
}

#[tokio::test]
async fn what_the_page_asks_for_is_there() {
    let fixture = Fixture::empty();
    let page = fixture.get("/dashboard").await.body;
    let asked = page.split(['"', '\'']).filter(|text| text.starts_with('/'));
    let mut asked: Vec<&str> = asked.collect();
    asked.dedup();
    assert!(asked.len() > 5, "{asked:?}");
    for path in asked {
        assert_eq!(fixture.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_documentation_needs_nothing_from_elsewhere() {
    let fixture = Fixture::empty();
    let page = fixture.get("/docs").await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("http"), "{}", page.body);
    assert!(!page.header("content-security-policy").contains("script-src"));
    for path in ["/docs/", "/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/docs.js"] {
        let answer = fixture.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.is_empty(), "{path}");
    }
}
