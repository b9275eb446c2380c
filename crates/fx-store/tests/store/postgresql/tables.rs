//! Tables and partitions.

use fx_config::PostgresqlSettings;
use fx_domain::clock::Timestamp;
use fx_store::StoreError;
use fx_store::postgres::{plan, provision};

use super::{connect, schema, settings, store};
use crate::rates::published;

#[tokio::test]
async fn five_that_start_at_once_make_the_tables_once() {
    let schema = schema();
    let mut starting = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let store = store(&schema);
        starting.spawn(async move { store.check().await });
    }
    let settings = settings(&schema);
    starting.spawn(async move { provision(&settings).await.map(|_| ()) });
    for ready in starting.join_all().await {
        ready.expect("all are ready");
    }
    assert_eq!(schema.run("SELECT count(*) FROM __diesel_schema_migrations"), "5");
}

#[tokio::test]
async fn provision_says_what_it_does_and_does_it_once() {
    let schema = schema();
    let settings = settings(&schema);
    let planned = plan(&settings).expect("asks nobody");
    let done = provision(&settings).await.expect("makes");
    assert_eq!(done, planned);
    assert_eq!(done[0], format!("schema \"{}\"", schema.name()));
    assert!(done[1].starts_with("tables: ") && done[1].ends_with("_rates"), "{done:?}");
    assert_eq!(provision(&settings).await.expect("looks"), Vec::<String>::new());
}

#[tokio::test]
async fn who_may_not_change_tables_says_which_are_missing_until_they_are_there() {
    let schema = schema();
    let settings = PostgresqlSettings { migrate: false, ..settings(&schema) };
    let store = connect(&settings);
    let refused = store.check().await.expect_err("has no tables");
    assert!(matches!(&refused, StoreError::Outdated { missing, .. } if missing.contains("_alerts")), "{refused}");
    assert!(refused.to_string().ends_with("run fx-monitor provision"), "{refused}");
    store.rates().latest().await.expect_err("has no tables");
    provision(&settings).await.expect("makes");
    store.check().await.expect("has tables");
    assert_eq!(store.rates().latest().await.expect("reads"), []);
}

#[tokio::test]
async fn tables_that_are_newer_are_accepted() {
    let schema = schema();
    store(&schema).check().await.expect("makes the tables");
    schema.run("INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000001')");
    schema.run("ALTER TABLE rates ADD COLUMN comment TEXT");
    schema.run("ALTER TABLE alert_rules ADD COLUMN comment TEXT");
    let store = connect(&PostgresqlSettings { migrate: false, ..settings(&schema) });
    store.check().await.expect("is content");
    let rate = published("EURUSD", "1.0842", crate::rates::at(0));
    assert_eq!(store.rates().write(vec![rate.clone()]).await.expect("writes"), 1);
    assert_eq!(store.rates().latest().await.expect("reads"), [rate]);
}

#[tokio::test]
async fn partitions_are_made_as_rates_need_them() {
    let schema = schema();
    let store = store(&schema);
    let times = ["1950-06-01", "1999-01-04", "2024-12-31", "2025-01-01", "2025-01-31", "2030-02-28"];
    let at = |day: &str| format!("{day}T15:00:00Z").parse::<Timestamp>().expect("a time");
    let rates = times.map(|day| published("EURUSD", "1.0842", at(day)));
    assert_eq!(store.rates().write(rates.into()).await.expect("writes"), 6);
    let tables = schema.run("SELECT tableoid::regclass, count(*) FROM rates GROUP BY 1 ORDER BY min(source_ts)");
    let expected = "rates_early|1\nrates_1999|1\nrates_2024|1\nrates_2025_01|2\nrates_2030_02|1";
    assert_eq!(tables, expected);
    assert_eq!(
        schema.run("SELECT to_char(max(source_ts), 'YYYY-MM-DD HH24:MI') FROM rates_readable"),
        "2030-02-28 15:00"
    );
}

#[tokio::test]
async fn a_partition_that_another_process_drops_is_made_again() {
    let schema = schema();
    let (writer, pruner) = (store(&schema), store(&schema));
    let (old, new) = ("2026-01-14T15:00:00Z", "2026-03-14T15:00:00Z");
    let rate = |at: &str| published("EURUSD", "1.0842", at.parse().expect("a time"));
    writer.rates().write(vec![rate(old), rate(new)]).await.expect("writes");
    let retention = "2026-02-01T00:00:00Z".parse().expect("a time");
    assert_eq!(pruner.rates().prune(retention).await.expect("prunes"), 1);
    assert_eq!(schema.run("SELECT to_regclass('rates_2026_01') IS NULL"), "t");
    assert_eq!(writer.rates().write(vec![rate(old), rate(new)]).await.expect("writes"), 1);
    assert_eq!(schema.run("SELECT count(*) FROM rates"), "2");
}

#[tokio::test]
async fn candles_are_found_by_the_index() {
    let schema = schema();
    store(&schema).rates().write(vec![published("EURUSD", "1.0842", crate::rates::at(0))]).await.expect("writes");
    // Minutes of twenty series.
    schema.run(
        "INSERT INTO rates SELECT 'feed' || n, pair, source_ts + m * 60000000, fetched_at, ingested_at, mid, bid, ask, inverted,
            scale, ask_scale, figure, ask_figure, pivot, precision_bp, quality, reason, price_stddev_20, realized_vol,
            ewma_vol, older_leg_ts
         FROM rates, generate_series(1, 20) n, generate_series(0::bigint, 5000) m",
    );
    schema.run("VACUUM ANALYZE rates");
    let plan = schema.run(
        "EXPLAIN SELECT source_ts, mid, inverted FROM rates WHERE source = 'feed7' AND pair = 'EURUSD'
            AND source_ts >= 1768392000000000 AND source_ts < 1768478400000000 AND quality <> 2 ORDER BY source_ts",
    );
    assert!(plan.contains("Index") && !plan.contains("Seq Scan"), "{plan}");
}
