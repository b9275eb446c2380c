//! From the log to the store: tables of 36 rates, without rules and with some on every pair.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use fx_domain::pair::all_pairs;
use fx_domain::rate::{EnrichedBatch, Quality, Rate};

#[expect(dead_code, reason = "the tests need more of it")]
#[path = "../tests/alerts/fixture.rs"]
mod fixture;

use fixture::{Fixture, rate, table};

const TABLES: u32 = 5000;

fn tables() -> Vec<EnrichedBatch> {
    let codes = ["USD", "EUR", "GBP", "JPY", "CAD", "AUD", "CHF", "CNY", "INR"];
    let pairs = all_pairs(&codes.map(|code| code.parse().expect("a currency")));
    let rates = |at: u32| -> Vec<Rate> {
        let figure = format!("1.{:04}", at * 37 % 2000);
        pairs.iter().map(|pair| rate(&pair.to_string(), &figure, Quality::Ok)).collect()
    };
    (0..TABLES).map(|at| table("ecb", i64::from(at) * 1440, rates(at))).collect()
}

fn replay(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = criterion.benchmark_group("replay of 36 rates a table");
    group.sample_size(10).throughput(Throughput::Elements(TABLES.into()));
    let (often, never) = ((1.1, "crosses"), (2.0, "above"));
    let cases = [("no rule", 0, never), ("one that often fires", 1, often), ("ten that never fire", 10, never)];
    for (name, rules, (threshold, kind)) in cases {
        let rule = format!(r#"{{"pair":"*","condition":"{kind}","threshold":{threshold}}}"#);
        let folder = runtime.block_on(async {
            let fixture = Fixture::new();
            for _ in 0..rules {
                fixture.alert(&rule).await;
            }
            fixture.publish(&tables()).await;
            fixture.close()
        });
        group.bench_function(name, |bench| {
            bench.iter_custom(|times| (0..times).map(|_| runtime.block_on(once(&folder))).sum());
        });
    }
    group.finish();
}

async fn once(folder: &tempfile::TempDir) -> Duration {
    let fixture = Fixture::copy_of(folder.path());
    let begun = Instant::now();
    let engine = fixture.start(&["ecb"], 256);
    while fixture.is_behind().await {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let took = begun.elapsed();
    engine.stop().await;
    took
}

criterion_group!(benches, replay);
criterion_main!(benches);
