//! An effect and the position after it, in one statement.
//!
//! One statement is one transaction and one turn to the server: nobody is ever in the middle of it, and a commit takes no
//! longer than it must. It does nothing unless it moves the position on, from where this engine opened it or left it.

use std::collections::BTreeMap;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::StoreError;
use crate::alerts::Effect;
use crate::alerts::row::{RateRow, StateRow, TransitionRow, json, unreadable};
use crate::postgres::Aborted;

/// An effect as the statement takes it: its rows as JSON, whose numbers are read back to the last bit.
#[derive(QueryId)]
pub(super) struct Commit {
    partition: i64,
    expected: i64,
    epoch: i64,
    next_offset: i64,
    log_time: Option<i64>,
    states: String,
    transitions: String,
    rates: String,
}

impl Commit {
    pub(super) fn try_new(effect: &Effect, epoch: i64) -> Result<Self, StoreError> {
        let signed = |offset: u64| i64::try_from(offset).map_err(|error| unreadable("offset", error));
        // A statement cannot write a row twice: the last of each key counts.
        let states = effect.states.iter().map(|state| {
            let row = StateRow::of(state, effect.partition)?;
            Ok(((row.alert_id.clone(), row.pair.clone()), row))
        });
        let rates = effect.rates.iter().map(|rate| {
            let row = RateRow::of(rate, effect.partition)?;
            Ok(((row.source.clone(), row.pair.clone(), row.market_open), row))
        });
        let states: BTreeMap<_, _> = states.collect::<Result<_, StoreError>>()?;
        let rates: BTreeMap<_, _> = rates.collect::<Result<_, StoreError>>()?;
        let transitions = effect.transitions.iter().map(TransitionRow::from).map(TransitionRow::without_nul);
        Ok(Self {
            partition: effect.partition.into(),
            expected: signed(effect.expected)?,
            epoch,
            next_offset: signed(effect.next_offset)?,
            log_time: effect.log_time.map(|at| at.timestamp_micros()),
            states: json(&states.values().collect::<Vec<_>>())?,
            transitions: json(&transitions.collect::<Vec<_>>())?,
            rates: json(&rates.values().collect::<Vec<_>>())?,
        })
    }

    /// False where the position is another's.
    pub(super) async fn run(self, connection: &mut AsyncPgConnection) -> Result<bool, Aborted> {
        let moved: i64 = self.get_result(connection).await?;
        Ok(moved > 0)
    }
}

/// Deleted rules are left out, and whoever is deleting one waits until this is done.
const LIVING: &str = "
    RETURNING partition_id
), living AS MATERIALIZED (
    SELECT alert_rules.id FROM moved, alert_rules
    WHERE alert_rules.id IN (SELECT alert_id FROM changed) AND deleted_at IS NULL
    ORDER BY alert_rules.id FOR SHARE OF alert_rules
), states AS (
    INSERT INTO alert_states (alert_id, pair, partition_id, machine)
    SELECT alert_id, pair, partition_id, machine FROM changed WHERE alert_id IN (SELECT id FROM living)
    ON CONFLICT (alert_id, pair) DO UPDATE SET partition_id = excluded.partition_id, machine = excluded.machine
), told AS (
    INSERT INTO alert_transitions (id, alert_id, alert_name, episode_id, pair, from_state, to_state, source, source_ts, at,
        value, kind, threshold, severity, message)
    SELECT id, alert_id, alert_name, episode_id, pair, from_state, to_state, source, source_ts, at, value, kind, threshold,
        severity, message
    FROM happened WHERE alert_id IN (SELECT id FROM living) ORDER BY place
    RETURNING position, id
), outbox AS (
    INSERT INTO alert_outbox (kind, transition_id) SELECT 'events', id FROM told ORDER BY position
), rates AS (
    INSERT INTO alert_rates (source, pair, market_open, partition_id, rate)
    SELECT source, pair, market_open, known.partition_id, rate FROM moved, known
    ON CONFLICT (source, pair, market_open) DO UPDATE SET partition_id = excluded.partition_id, rate = excluded.rate
) SELECT count(*) FROM moved";

impl Query for Commit {
    type SqlType = BigInt;
}

impl QueryFragment<Pg> for Commit {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH changed AS MATERIALIZED (SELECT * FROM json_to_recordset(");
        out.push_bind_param::<Text, _>(&self.states)?;
        out.push_sql("::json) AS (alert_id text, pair text, partition_id bigint, machine text)), ");
        out.push_sql("happened AS MATERIALIZED (SELECT * FROM ROWS FROM (json_to_recordset(");
        out.push_bind_param::<Text, _>(&self.transitions)?;
        out.push_sql(
            "::json) AS (id text, alert_id text, alert_name text, episode_id text, pair text, from_state text, to_state text,
            source text, source_ts bigint, at bigint, value float8, kind text, threshold float8, severity text,
            message text))
            WITH ORDINALITY AS t (id, alert_id, alert_name, episode_id, pair, from_state, to_state, source, source_ts, at,
            value, kind, threshold, severity, message, place)), known AS MATERIALIZED (SELECT * FROM json_to_recordset(",
        );
        out.push_bind_param::<Text, _>(&self.rates)?;
        out.push_sql(
            "::json) AS (source text, pair text, market_open boolean, partition_id bigint, rate text)),
            moved AS (UPDATE alert_positions SET next_offset = ",
        );
        out.push_bind_param::<BigInt, _>(&self.next_offset)?;
        out.push_sql(", log_time = ");
        out.push_bind_param::<Nullable<BigInt>, _>(&self.log_time)?;
        out.push_sql(" WHERE partition_id = ");
        out.push_bind_param::<BigInt, _>(&self.partition)?;
        out.push_sql(" AND next_offset = ");
        out.push_bind_param::<BigInt, _>(&self.expected)?;
        out.push_sql(" AND epoch = ");
        out.push_bind_param::<BigInt, _>(&self.epoch)?;
        out.push_sql(LIVING);
        Ok(())
    }
}
