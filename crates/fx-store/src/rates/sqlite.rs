//! The history in the SQLite file.

use std::collections::BTreeSet;

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::{SqliteConnection, sqlite::Sqlite as Backend};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use fx_domain::candle::{self, Candle};
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::{Quality, RateRecord};
use fx_sqlite::Sqlite;

use super::row::{Row, newest_versions};
use super::schema::{rate_days, rates};
use super::{CandleQuery, Day, HistoryQuery, Moment, Order, RateStore};
use crate::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Rows removed in one transaction, so that nobody waits long for the writer.
const MOST_REMOVED: i64 = 10_000;

/// The history in the SQLite file, cheap to clone.
#[derive(Clone)]
pub struct SqliteRates {
    file: Sqlite,
}

impl SqliteRates {
    /// The history in `file`, its tables made where they are missing.
    pub fn try_new(file: Sqlite) -> Result<Self, StoreError> {
        file.migrate(MIGRATIONS)?;
        Ok(Self { file })
    }
}

#[async_trait]
impl RateStore for SqliteRates {
    async fn write(&self, records: Vec<RateRecord>) -> Result<usize, StoreError> {
        // In the order of the key, neighbours land on the same page.
        let rows = newest_versions(records);
        self.file.write(move |connection| write(connection, &rows)).await
    }

    async fn latest(&self) -> Result<Vec<RateRecord>, StoreError> {
        self.file.read(latest).await
    }

    async fn history(&self, query: HistoryQuery) -> Result<Vec<RateRecord>, StoreError> {
        self.file.read(move |connection| history(connection, &query)).await
    }

    async fn at_or_before(&self, moments: Vec<Moment>) -> Result<Vec<Option<RateRecord>>, StoreError> {
        let work = move |connection: &mut SqliteConnection| {
            moments.iter().map(|moment| newest(connection, moment, Some(moment.at))).collect()
        };
        self.file.read(work).await
    }

    async fn candles(&self, query: CandleQuery) -> Result<Vec<Candle>, StoreError> {
        self.file.read(move |connection| candles(connection, &query)).await
    }

    async fn stamps(&self, source: &Source, from: Day, to: Day) -> Result<Vec<(Day, i64)>, StoreError> {
        let source = source.to_string();
        self.file.read(move |connection| stamps(connection, &source, from, to)).await
    }

    async fn prune(&self, before: Timestamp) -> Result<usize, StoreError> {
        self.file.write(move |connection| prune(connection, before)).await
    }
}

fn write(connection: &mut SqliteConnection, rows: &[Row]) -> Result<usize, StoreError> {
    let mut written = 0;
    let mut days = BTreeSet::new();
    for row in rows {
        if upsert(connection, row)? > 0 {
            written += 1;
            days.insert((row.source.as_str(), Day::of_micros(row.source_ts)));
        }
    }
    note(connection, days)?;
    Ok(written)
}

/// These days have changed.
fn note<'a>(
    connection: &mut SqliteConnection,
    days: impl IntoIterator<Item = (&'a str, Day)>,
) -> Result<(), StoreError> {
    for (source, day) in days {
        let row = (rate_days::source.eq(source), rate_days::day.eq(day.0), rate_days::stamp.eq(rand::random::<i64>()));
        diesel::replace_into(rate_days::table).values(row).execute(connection)?;
    }
    Ok(())
}

fn stamps(connection: &mut SqliteConnection, source: &str, from: Day, to: Day) -> Result<Vec<(Day, i64)>, StoreError> {
    let days = rate_days::table.filter(rate_days::source.eq(source));
    let days = days.filter(rate_days::day.ge(from.0).and(rate_days::day.lt(to.0)));
    let rows: Vec<(i64, i64)> =
        days.select((rate_days::day, rate_days::stamp)).order(rate_days::day).load(connection)?;
    Ok(rows.into_iter().map(|(day, stamp)| (Day(day), stamp)).collect())
}

/// Most rows are new; only one that is there already is compared by version. The statement is the same for every row, which
/// one with a conflict clause is not for diesel: that would be written out anew each time.
fn upsert(connection: &mut SqliteConnection, row: &Row) -> Result<usize, StoreError> {
    let inserted = diesel::insert_or_ignore_into(rates::table).values(row).execute(connection)?;
    if inserted == 1 {
        return Ok(1);
    }
    let older = rates::fetched_at.lt(row.fetched_at);
    let same = rates::table.find((&row.source, &row.pair, row.source_ts)).filter(older);
    Ok(diesel::update(same).set(row).execute(connection)?)
}

type Boxed = rates::BoxedQuery<'static, Backend>;

fn of(source: &Source, pair: Pair) -> Boxed {
    rates::table.filter(rates::source.eq(source.to_string()).and(rates::pair.eq(pair.to_string()))).into_boxed()
}

fn accepted(query: Boxed) -> Boxed {
    query.filter(rates::quality.ne(Quality::Suspect as i16))
}

/// The pairs of each source are found by skipping from one to the next, not by reading every rate.
fn latest(connection: &mut SqliteConnection) -> Result<Vec<RateRecord>, StoreError> {
    let mut records = Vec::new();
    let mut after: Option<(String, String)> = None;
    while let Some((source, pair)) = next_series(connection, after.as_ref())? {
        let (source_id, pair_id) = (parsed::<Source>(&source)?, parsed::<Pair>(&pair)?);
        let any = of(&source_id, pair_id).order(rates::source_ts.desc()).select(Row::as_select()).first(connection)?;
        let any = RateRecord::try_from(any)?;
        if any.rate.quality == Quality::Suspect {
            let moment = Moment { source: source_id, pair: pair_id, at: any.source_ts };
            records.extend(newest(connection, &moment, None)?);
        }
        records.push(any);
        after = Some((source, pair));
    }
    Ok(records)
}

fn next_series(
    connection: &mut SqliteConnection,
    after: Option<&(String, String)>,
) -> Result<Option<(String, String)>, StoreError> {
    let mut query = rates::table.select((rates::source, rates::pair)).order((rates::source, rates::pair)).into_boxed();
    if let Some((source, pair)) = after {
        let same_source = rates::source.eq(source).and(rates::pair.gt(pair));
        let within = query.filter(same_source).first(connection).optional()?;
        if within.is_some() {
            return Ok(within);
        }
        query = rates::table.select((rates::source, rates::pair)).order((rates::source, rates::pair)).into_boxed();
        query = query.filter(rates::source.gt(source));
    }
    Ok(query.first(connection).optional()?)
}

fn newest(
    connection: &mut SqliteConnection,
    moment: &Moment,
    at: Option<Timestamp>,
) -> Result<Option<RateRecord>, StoreError> {
    let mut query = accepted(of(&moment.source, moment.pair));
    if let Some(at) = at {
        query = query.filter(rates::source_ts.le(at.timestamp_micros()));
    }
    let row = query.order(rates::source_ts.desc()).select(Row::as_select()).first(connection).optional()?;
    row.map(RateRecord::try_from).transpose()
}

fn history(connection: &mut SqliteConnection, query: &HistoryQuery) -> Result<Vec<RateRecord>, StoreError> {
    let mut rows = between(of(&query.source, query.pair), query.from, query.to);
    let after = query.after.map(|after| after.timestamp_micros());
    rows = match (query.order, after) {
        (Order::Ascending, Some(after)) => rows.filter(rates::source_ts.gt(after)),
        (Order::Descending, Some(after)) => rows.filter(rates::source_ts.lt(after)),
        (_, None) => rows,
    };
    rows = match query.order {
        Order::Ascending => rows.order(rates::source_ts.asc()),
        Order::Descending => rows.order(rates::source_ts.desc()),
    };
    let rows: Vec<Row> = rows.limit(query.limit.into()).select(Row::as_select()).load(connection)?;
    rows.into_iter().map(RateRecord::try_from).collect()
}

fn between(query: Boxed, from: Option<Timestamp>, to: Option<Timestamp>) -> Boxed {
    let query = match from {
        Some(from) => query.filter(rates::source_ts.ge(from.timestamp_micros())),
        None => query,
    };
    match to {
        Some(to) => query.filter(rates::source_ts.lt(to.timestamp_micros())),
        None => query,
    }
}

fn candles(connection: &mut SqliteConnection, query: &CandleQuery) -> Result<Vec<Candle>, StoreError> {
    let from = query.interval.start_of(query.from);
    let rows: Vec<(i64, f64, bool)> = between(accepted(of(&query.source, query.pair)), Some(from), Some(query.to))
        .order(rates::source_ts.asc())
        .select((rates::source_ts, rates::mid, rates::inverted))
        .load(connection)?;
    let mids = rows.into_iter().map(|(at, mid, inverted)| {
        (Timestamp::from_timestamp_micros(at).unwrap_or_default(), if inverted { 1.0 / mid } else { mid })
    });
    Ok(candle::candles(query.interval, mids))
}

fn prune(connection: &mut SqliteConnection, before: Timestamp) -> Result<usize, StoreError> {
    let old: Vec<(String, String, i64)> = rates::table
        .filter(rates::source_ts.lt(before.timestamp_micros()))
        .select((rates::source, rates::pair, rates::source_ts))
        .limit(MOST_REMOVED)
        .load(connection)?;
    for key in &old {
        diesel::delete(rates::table.find((&key.0, &key.1, key.2))).execute(connection)?;
    }
    let days: BTreeSet<_> = old.iter().map(|(source, _, at)| (source.as_str(), Day::of_micros(*at))).collect();
    note(connection, days)?;
    Ok(old.len())
}

fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error: T::Err| StoreError::Row(error.to_string()))
}
