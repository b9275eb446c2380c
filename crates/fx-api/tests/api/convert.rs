use crate::fixture::Fixture;
use crate::recording::{mid, table};

#[tokio::test]
async fn a_cross_is_converted_by_its_legs() {
    let answer = Fixture::recorded().await.get("/convert?from=USD&to=JPY&amount=1090.80").await;
    insta::assert_snapshot!(answer.lines());
}

#[tokio::test]
async fn amounts_are_rounded_half_to_even_at_the_end() {
    let fixture = Fixture::empty();
    fixture.take_in(table("ecb", "2026-10-30T15:00:00Z", vec![mid("EURUSD", "1.25"), mid("EURJPY", "138.00")])).await;
    for (query, result) in [
        ("from=EUR&to=USD&amount=100", r#""result":125.00,"#),
        ("from=EUR&to=USD&amount=0.02", r#""result":0.02,"#), // 0.025
        ("from=EUR&to=USD&amount=0.06", r#""result":0.08,"#), // 0.075
        ("from=USD&to=EUR&amount=100", r#""result":80.00,"#),
        ("from=eur&to=jpy&amount=0.1", r#""result":14,"#),
        ("from=JPY&to=EUR&amount=138", r#""result":1.00,"#),
        ("from=USD&to=JPY&amount=1000000000000000000", r#""result":110400000000000000000,"#),
        ("from=EUR&to=EUR&amount=7", r#""result":7.00,"rate":1,"path":[],"#),
    ] {
        let answer = fixture.get(&format!("/convert?{query}")).await;
        assert!(answer.body.contains(result), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn an_earlier_time_is_converted_by_its_own_rates() {
    let fixture = Fixture::recorded().await;
    let then = fixture.get("/convert?from=EUR&to=JPY&amount=10&at=2026-10-30T14:59:59Z").await.json();
    assert_eq!((&then["result"], &then["source_ts"]), (&1600.into(), &"2026-10-29T15:00:00Z".into()));
    let then = fixture.get("/convert?from=USD&to=JPY&amount=1.08&at=2026-10-30T14:59:59Z").await.json();
    assert_eq!((&then["result"], &then["path"]), (&160.into(), &serde_json::json!(["EURUSD", "EURJPY"])));
    let before = fixture.get("/convert?from=EUR&to=JPY&amount=10&at=2020-01-01").await;
    assert!(before.problem(404).contains("there is no rate of EURJPY"));
}

#[tokio::test]
async fn wrong_amounts_are_named() {
    let fixture = Fixture::recorded().await;
    for (query, status, detail) in [
        ("from=EUR&to=USD&amount=-1", 422, "amount `-1` is not above zero"),
        ("from=EUR&to=USD&amount=0", 422, "amount `0` is not above zero"),
        ("from=EUR&to=USD&amount=NaN", 422, "amount `NaN` is no decimal number"),
        ("from=EUR&to=USD&amount=1e400", 422, "amount `1e400` is no decimal number"),
        ("from=EUR&to=USD&amount=9999999999999999999", 422, "amount `9999999999999999999` is too large"),
        ("from=EUR&to=EUR&amount=x", 422, "amount `x` is no decimal number"),
        ("from=EUR&to=USD&amount=1&at=2027-01-01", 422, "lies in the future"),
        ("from=EUR&to=ZZZ&amount=1", 400, "query parameter `to`: unknown currency `ZZZ`"),
        ("from=EUR&to=USD", 400, "query parameter `amount` is missing"),
        ("from=EUR&to=CAD&amount=1", 404, "there is no rate of EURCAD"),
    ] {
        let told = fixture.get(&format!("/convert?{query}")).await.problem(status);
        assert!(told.contains(detail), "{query}: {told}");
    }
}
