//! Statements that look for the newest rate of many series, each by one descent of an index. Partitions are looked into from
//! the newest on until one has a rate.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Text};

use crate::rates::Moment;
use crate::rates::schema::rates;

const COLUMNS: &str = "source, pair, source_ts, fetched_at, ingested_at, mid, bid, ask, inverted, scale, ask_scale, figure, \
    ask_figure, pivot, precision_bp, quality, reason, price_stddev_20, realized_vol, ewma_vol, older_leg_ts";

/// The newest accepted rate of each series, and the newest held one where that is newer.
#[derive(QueryId)]
pub(super) struct Latest;

impl Query for Latest {
    type SqlType = rates::SqlType;
}

impl QueryFragment<Pg> for Latest {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(&format!(
            "SELECT found.* FROM rate_series s CROSS JOIN LATERAL (
                (SELECT {COLUMNS} FROM rates WHERE source = s.source AND pair = s.pair AND quality <> 2
                    ORDER BY source_ts DESC LIMIT 1)
                UNION ALL
                (SELECT {COLUMNS} FROM (SELECT {COLUMNS} FROM rates WHERE source = s.source AND pair = s.pair
                    ORDER BY source_ts DESC LIMIT 1) newest WHERE quality = 2)
            ) found ORDER BY found.source, found.pair, found.source_ts"
        ));
        Ok(())
    }
}

/// The newest accepted rate at or before each moment, with the moment's place, counted from 1; none where there is none.
pub(super) struct AtOrBefore {
    source: Vec<String>,
    pair: Vec<String>,
    at: Vec<i64>,
}

impl AtOrBefore {
    pub(super) fn new(moments: &[Moment]) -> Self {
        Self {
            source: moments.iter().map(|moment| moment.source.to_string()).collect(),
            pair: moments.iter().map(|moment| moment.pair.to_string()).collect(),
            at: moments.iter().map(|moment| moment.at.timestamp_micros()).collect(),
        }
    }
}

impl QueryId for AtOrBefore {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for AtOrBefore {
    type SqlType = (BigInt, rates::SqlType);
}

impl QueryFragment<Pg> for AtOrBefore {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT wanted.place, found.* FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.source)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.pair)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.at)?;
        out.push_sql(&format!(
            ") WITH ORDINALITY AS wanted (source, pair, at, place) CROSS JOIN LATERAL (
                SELECT {COLUMNS} FROM rates
                WHERE source = wanted.source AND pair = wanted.pair AND source_ts <= wanted.at AND quality <> 2
                ORDER BY source_ts DESC LIMIT 1
            ) found"
        ));
        Ok(())
    }
}
