use crate::fixture::Fixture;

#[tokio::test]
async fn the_root_says_what_runs_here() {
    let answer = Fixture::recorded().await.get("/").await;
    assert_eq!(answer.status, 200);
    let body = answer.lines().replace(env!("CARGO_PKG_VERSION"), "VERSION");
    insta::assert_snapshot!(body);
}

#[tokio::test]
async fn currencies_come_with_their_minor_unit() {
    let answer = Fixture::empty().get("/currencies").await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    let currencies = json["currencies"].as_array().expect("a list");
    assert_eq!(json["count"], currencies.len());
    assert!(currencies.len() >= 160);
    let yen = currencies.iter().find(|currency| currency["code"] == "JPY").expect("the yen");
    assert_eq!(yen["minor_unit"], 0);
    assert!(currencies.iter().any(|currency| currency["code"] == "XAU" && currency["minor_unit"].is_null()));
    assert_eq!(answer.header("cache-control"), "max-age=3600");
}
