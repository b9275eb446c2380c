use fx_domain::feed::{FeedState, FeedStatus};

use crate::fixture::Fixture;
use crate::recording::{mid, table};

#[tokio::test]
async fn feeds_say_how_they_are_doing() {
    let fixture = Fixture::empty();
    let mut bundled = table("ecb", "2026-10-30T15:00:00Z", vec![mid("EURUSD", "1.09"), mid("EURJPY", "138")]);
    bundled.status = Some(FeedStatus::new(FeedState::Bundled));
    fixture.take_in(bundled).await;
    let mut failing = table("open-er-api", "2026-10-30T00:00:00Z", vec![mid("USDEUR", "0.92"), mid("USDGBP", "0.75")]);
    failing.status = Some(FeedStatus {
        last_error: Some("it answered HTML".to_owned()),
        refused: [("not_positive".to_owned(), 3)].into(),
        ..FeedStatus::new(FeedState::Backoff)
    });
    fixture.take_in(failing).await;
    let mut other = table("bars", "2020-01-02T00:00:00Z", vec![mid("EURUSD", "1.1"), mid("EURJPY", "120")]);
    other.status = Some(FeedStatus::new(FeedState::Replay));
    fixture.take_in(other).await;
    insta::assert_snapshot!(fixture.get("/feeds").await.lines());
}
