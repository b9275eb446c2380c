//! Rates out of their partitions.

use std::fmt::Display;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures::TryStreamExt;
use fx_domain::candle::{self, Candle};
use fx_domain::clock::Timestamp;
use fx_domain::feed::Source;
use fx_domain::pair::Pair;
use fx_domain::rate::{Quality, RateRecord};

use super::lateral::{AtOrBefore, Latest};
use crate::StoreError;
use crate::aborted::Aborted;
use crate::rates::row::Row;
use crate::rates::schema::{rate_days, rates};
use crate::rates::{CandleQuery, Day, HistoryQuery, Moment, Order};

type Boxed = rates::BoxedQuery<'static, Pg>;

/// The newest accepted rate of each series, and the newest held one where that is newer.
pub(super) async fn latest(connection: &mut AsyncPgConnection) -> Result<Vec<RateRecord>, Aborted> {
    let rows: Vec<Row> = Latest.load(connection).await?;
    records(rows)
}

pub(super) async fn history(
    connection: &mut AsyncPgConnection,
    query: &HistoryQuery,
) -> Result<Vec<RateRecord>, Aborted> {
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
    let rows: Vec<Row> = rows.limit(query.limit.into()).select(Row::as_select()).load(connection).await?;
    records(rows)
}

/// One statement for all moments.
pub(super) async fn at_or_before(
    connection: &mut AsyncPgConnection,
    moments: &[Moment],
) -> Result<Vec<Option<RateRecord>>, Aborted> {
    let found: Vec<(i64, Row)> = AtOrBefore::new(moments).load(connection).await?;
    let mut answers: Vec<Option<RateRecord>> = moments.iter().map(|_| None).collect();
    for (place, row) in found {
        let place = usize::try_from(place - 1).map_err(|error| unreadable(place, error))?;
        if let Some(answer) = answers.get_mut(place) {
            *answer = Some(row.try_into()?);
        }
    }
    Ok(answers)
}

/// The rates pass by one by one, however many there are.
pub(super) async fn candles(connection: &mut AsyncPgConnection, query: &CandleQuery) -> Result<Vec<Candle>, Aborted> {
    let from = query.interval.start_of(query.from);
    let accepted = of(&query.source, query.pair).filter(rates::quality.ne(Quality::Suspect as i16));
    let mut rows = between(accepted, Some(from), Some(query.to))
        .order(rates::source_ts.asc())
        .select((rates::source_ts, rates::mid, rates::inverted))
        .load_stream::<(i64, f64, bool)>(connection)
        .await?;
    let mut candles = Vec::new();
    while let Some((at, mid, inverted)) = rows.try_next().await? {
        let at = Timestamp::from_timestamp_micros(at).ok_or_else(|| unreadable(at, "no time"))?;
        candle::add(&mut candles, query.interval, at, if inverted { 1.0 / mid } else { mid });
    }
    Ok(candles)
}

pub(super) async fn stamps(
    connection: &mut AsyncPgConnection,
    source: &Source,
    from: Day,
    to: Day,
) -> Result<Vec<(Day, i64)>, Aborted> {
    let days = rate_days::table.filter(rate_days::source.eq(source.to_string()));
    let days = days.filter(rate_days::day.ge(from.0).and(rate_days::day.lt(to.0)));
    let rows: Vec<(i64, i64)> =
        days.select((rate_days::day, rate_days::stamp)).order(rate_days::day).load(connection).await?;
    Ok(rows.into_iter().map(|(day, stamp)| (Day(day), stamp)).collect())
}

fn of(source: &Source, pair: Pair) -> Boxed {
    rates::table.filter(rates::source.eq(source.to_string()).and(rates::pair.eq(pair.to_string()))).into_boxed()
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

fn records(rows: Vec<Row>) -> Result<Vec<RateRecord>, Aborted> {
    Ok(rows.into_iter().map(RateRecord::try_from).collect::<Result<_, StoreError>>()?)
}

fn unreadable(value: impl Display, error: impl Display) -> StoreError {
    StoreError::Row(format!("{value}: {error}"))
}
