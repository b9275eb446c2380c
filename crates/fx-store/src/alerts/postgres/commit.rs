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
use serde::Serialize;
use uuid::Uuid;

use crate::StoreError;
use crate::aborted::Aborted;
use crate::alerts::Effect;
use crate::alerts::row::{RateRow, StateRow, TransitionRow, json, unreadable};

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
    tell: String,
    rates: String,
}

/// A machine with when its rule's machines began.
#[derive(Serialize)]
struct Changed {
    #[serde(flatten)]
    row: StateRow,
    begun_at: i64,
}

/// A transition that a channel tells.
#[derive(Serialize)]
struct Told<'a> {
    id: Uuid,
    channel: &'a str,
}

impl Commit {
    pub(super) fn try_new(effect: &Effect, epoch: i64) -> Result<Self, StoreError> {
        let signed = |offset: u64| i64::try_from(offset).map_err(|error| unreadable("offset", error));
        // A statement cannot write a row twice: the last of each key counts.
        let states = effect.states.iter().map(|state| {
            let row = StateRow::of(state, effect.partition)?;
            let begun_at = state.begun_at.timestamp_micros();
            Ok(((row.alert_id.clone(), row.pair.clone()), Changed { row, begun_at }))
        });
        let rates = effect.rates.iter().map(|rate| {
            let row = RateRow::of(rate, effect.partition)?;
            Ok(((row.source.clone(), row.pair.clone(), row.market_open), row))
        });
        let states: BTreeMap<_, _> = states.collect::<Result<_, StoreError>>()?;
        let rates: BTreeMap<_, _> = rates.collect::<Result<_, StoreError>>()?;
        let transitions: Vec<_> = effect.transitions.iter().map(TransitionRow::of).collect::<Result<_, _>>()?;
        let tell: Vec<_> = effect.tell.iter().map(|(id, channel)| Told { id: *id, channel }).collect();
        Ok(Self {
            partition: effect.partition.into(),
            expected: signed(effect.expected)?,
            epoch,
            next_offset: signed(effect.next_offset)?,
            log_time: effect.log_time.map(|at| at.timestamp_micros()),
            states: json(&states.values().collect::<Vec<_>>())?,
            transitions: json(&transitions)?,
            tell: json(&tell)?,
            rates: json(&rates.values().collect::<Vec<_>>())?,
        })
    }

    /// False where the position is another's.
    pub(super) async fn run(self, connection: &mut AsyncPgConnection) -> Result<bool, Aborted> {
        let moved: i64 = self.get_result(connection).await?;
        Ok(moved > 0)
    }
}

/// Rules that were deleted or have begun anew are left out, and whoever is changing one waits until this is done.
const LIVING: &str = "
    RETURNING partition_id
), living AS MATERIALIZED (
    SELECT alert_rules.id FROM moved, alert_rules
    WHERE (alert_rules.id, alert_rules.begun_at) IN (SELECT alert_id, begun_at FROM changed) AND deleted_at IS NULL
    ORDER BY alert_rules.id FOR SHARE OF alert_rules
), states AS (
    INSERT INTO alert_states (alert_id, pair, partition_id, machine)
    SELECT alert_id, pair, partition_id, machine FROM changed WHERE alert_id IN (SELECT id FROM living)
    ON CONFLICT (alert_id, pair) DO UPDATE SET partition_id = excluded.partition_id, machine = excluded.machine
), told AS (
    INSERT INTO alert_transitions (id, alert_id, alert_name, episode_id, pair, from_state, to_state, source, source_ts, at,
        value, kind, threshold, severity, message, details)
    SELECT id, alert_id, alert_name, episode_id, pair, from_state, to_state, source, source_ts, at, value, kind, threshold,
        severity, message, details
    FROM happened WHERE alert_id IN (SELECT id FROM living) ORDER BY place
    RETURNING position, id, episode_id, from_state, to_state
), outbox AS (
    INSERT INTO alert_outbox (kind, transition_id) SELECT 'events', id FROM told ORDER BY position
), through AS (
    INSERT INTO alert_outbox (kind, transition_id, channel)
    SELECT 'tell', told.id, tell.channel FROM told JOIN tell ON tell.id = told.id ORDER BY told.position
), closed AS (
    DELETE FROM alert_acknowledgements USING told
    WHERE alert_acknowledgements.episode_id = told.episode_id AND told.to_state IN ('normal', 'expired')
        AND told.from_state <> told.to_state
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
        out.push_sql("::json) AS (alert_id text, pair text, partition_id bigint, machine text, begun_at bigint)), ");
        out.push_sql("tell AS MATERIALIZED (SELECT * FROM json_to_recordset(");
        out.push_bind_param::<Text, _>(&self.tell)?;
        out.push_sql("::json) AS (id text, channel text)), ");
        out.push_sql("happened AS MATERIALIZED (SELECT * FROM ROWS FROM (json_to_recordset(");
        out.push_bind_param::<Text, _>(&self.transitions)?;
        out.push_sql(
            "::json) AS (id text, alert_id text, alert_name text, episode_id text, pair text, from_state text, to_state text,
            source text, source_ts bigint, at bigint, value float8, kind text, threshold float8, severity text,
            message text, details text))
            WITH ORDINALITY AS t (id, alert_id, alert_name, episode_id, pair, from_state, to_state, source, source_ts, at,
            value, kind, threshold, severity, message, details, place)), known AS MATERIALIZED (SELECT * FROM json_to_recordset(",
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
