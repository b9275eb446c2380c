//! Many rows in one statement: the columns go over as arrays.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Double, Nullable, SmallInt, Text};

use crate::rates::row::Row;

/// Writes rows, of which no two have the same key; of two versions the later one stays. The statement is the same for any
/// number of rows, so that it is prepared once for each connection.
pub(super) struct Upsert<'a> {
    source: Vec<&'a str>,
    pair: Vec<&'a str>,
    source_ts: Vec<i64>,
    fetched_at: Vec<i64>,
    ingested_at: Vec<i64>,
    mid: Vec<f64>,
    bid: Vec<Option<f64>>,
    ask: Vec<Option<f64>>,
    inverted: Vec<bool>,
    scale: Vec<Option<i16>>,
    ask_scale: Vec<Option<i16>>,
    figure: Vec<Option<&'a str>>,
    ask_figure: Vec<Option<&'a str>>,
    pivot: Vec<Option<&'a str>>,
    precision_bp: Vec<f64>,
    quality: Vec<i16>,
    reason: Vec<Option<i16>>,
    price_stddev_20: Vec<Option<f64>>,
    realized_vol: Vec<Option<f64>>,
    ewma_vol: Vec<Option<f64>>,
    older_leg_ts: Vec<Option<i64>>,
}

const INTO: &str = "INSERT INTO rates (source, pair, source_ts, fetched_at, ingested_at, mid, bid, ask, inverted, scale, \
    ask_scale, figure, ask_figure, pivot, precision_bp, quality, reason, price_stddev_20, realized_vol, ewma_vol, \
    older_leg_ts) SELECT * FROM unnest(";

const ON_CONFLICT: &str = ") ON CONFLICT (source, pair, source_ts) DO UPDATE SET fetched_at = excluded.fetched_at, \
    ingested_at = excluded.ingested_at, mid = excluded.mid, bid = excluded.bid, ask = excluded.ask, \
    inverted = excluded.inverted, scale = excluded.scale, ask_scale = excluded.ask_scale, figure = excluded.figure, \
    ask_figure = excluded.ask_figure, pivot = excluded.pivot, precision_bp = excluded.precision_bp, \
    quality = excluded.quality, reason = excluded.reason, price_stddev_20 = excluded.price_stddev_20, \
    realized_vol = excluded.realized_vol, ewma_vol = excluded.ewma_vol, older_leg_ts = excluded.older_leg_ts \
    WHERE rates.fetched_at < excluded.fetched_at";

impl<'a> Upsert<'a> {
    pub(super) fn of(rows: &'a [Row]) -> Self {
        Self {
            source: column(rows, |row| row.source.as_str()),
            pair: column(rows, |row| row.pair.as_str()),
            source_ts: column(rows, |row| row.source_ts),
            fetched_at: column(rows, |row| row.fetched_at),
            ingested_at: column(rows, |row| row.ingested_at),
            mid: column(rows, |row| row.mid),
            bid: column(rows, |row| row.bid),
            ask: column(rows, |row| row.ask),
            inverted: column(rows, |row| row.inverted),
            scale: column(rows, |row| row.scale),
            ask_scale: column(rows, |row| row.ask_scale),
            figure: column(rows, |row| row.figure.as_deref()),
            ask_figure: column(rows, |row| row.ask_figure.as_deref()),
            pivot: column(rows, |row| row.pivot.as_deref()),
            precision_bp: column(rows, |row| row.precision_bp),
            quality: column(rows, |row| row.quality),
            reason: column(rows, |row| row.reason),
            price_stddev_20: column(rows, |row| row.price_stddev_20),
            realized_vol: column(rows, |row| row.realized_vol),
            ewma_vol: column(rows, |row| row.ewma_vol),
            older_leg_ts: column(rows, |row| row.older_leg_ts),
        }
    }
}

fn column<'a, T>(rows: &'a [Row], field: impl Fn(&'a Row) -> T) -> Vec<T> {
    rows.iter().map(field).collect()
}

impl QueryId for Upsert<'_> {
    type QueryId = Upsert<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for Upsert<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        macro_rules! bind {
            ($($column:ident: $element:ty),* $(,)?) => {{
                let mut separator = "";
                $(
                    out.push_sql(separator);
                    out.push_bind_param::<Array<$element>, _>(&self.$column)?;
                    separator = ", ";
                )*
                let _ = separator;
            }};
        }
        out.push_sql(INTO);
        bind! {
            source: Text, pair: Text, source_ts: BigInt, fetched_at: BigInt, ingested_at: BigInt, mid: Double,
            bid: Nullable<Double>, ask: Nullable<Double>, inverted: Bool, scale: Nullable<SmallInt>,
            ask_scale: Nullable<SmallInt>, figure: Nullable<Text>, ask_figure: Nullable<Text>, pivot: Nullable<Text>,
            precision_bp: Double, quality: SmallInt, reason: Nullable<SmallInt>, price_stddev_20: Nullable<Double>,
            realized_vol: Nullable<Double>, ewma_vol: Nullable<Double>, older_leg_ts: Nullable<BigInt>,
        }
        out.push_sql(ON_CONFLICT);
        Ok(())
    }
}
