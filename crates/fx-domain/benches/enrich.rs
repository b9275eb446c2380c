//! The cost of enriching a table: the default one of eight rates and the widest of 165, the latter also with rayon kept
//! out, which shows from which size on it pays.

#![expect(clippy::cast_precision_loss, reason = "small numbers")]

use std::hint::black_box;

use chrono::TimeDelta;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use fx_domain::batch::{Batch, Price, Quote};
use fx_domain::clock::Timestamp;
use fx_domain::currency::Currency;
use fx_domain::enrich::Enricher;
use fx_domain::feed::{FeedKind, Market};

fn table(currencies: &[Currency], day: u32) -> Batch {
    let start: Timestamp = "2024-01-01T12:00:00Z".parse().expect("a time");
    let at = start + TimeDelta::days(day.into());
    let figure = |i: usize| format!("{:.6}", 1.0 + 0.01 * f64::from(day % 7) + i as f64).parse().expect("a figure");
    let quote = |(i, &code): (usize, &Currency)| Quote { code, price: Price::Mid(figure(i)) };
    Batch {
        source: "bench".parse().expect("a source"),
        kind: FeedKind::Table,
        market: Market::Spot,
        base: Currency::USD,
        source_ts: at,
        fetched_at: at,
        quotes: currencies.iter().enumerate().map(quote).collect(),
        publishes: Vec::new(),
        status: None,
    }
}

fn enrich(criterion: &mut Criterion) {
    let all: Vec<Currency> = Currency::all().filter(|&code| code != Currency::USD).collect();
    let mut group = criterion.benchmark_group("enrich");
    for size in [8, 40, 80, 100, 120, 165] {
        let currencies = &all[..size];
        let mut enricher = Enricher::default();
        let mut day = 0;
        for _ in 0..30 {
            enricher.enrich(&table(currencies, day), Timestamp::UNIX_EPOCH);
            day += 1;
        }
        group.throughput(Throughput::Elements((size * (size + 1) / 2) as u64));
        group.bench_function(BenchmarkId::new("table", size), |bencher| {
            bencher.iter_batched(
                || {
                    day += 1;
                    table(currencies, day)
                },
                |batch| black_box(enricher.enrich(&batch, Timestamp::UNIX_EPOCH)),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, enrich);
criterion_main!(benches);
