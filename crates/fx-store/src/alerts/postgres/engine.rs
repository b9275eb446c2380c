//! Where the engine stands.

use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fx_domain::alert::KnownRate;

use super::schema::alert_positions;
use crate::StoreError;
use crate::aborted::Aborted;
use crate::alerts::Standing;
use crate::alerts::row::{RateRow, StateRow, moment, unreadable};
use crate::alerts::schema::{alert_rates, alert_rules, alert_states};

/// Takes a partition over: whoever had it open can write no more, so that what is read here stays as it is until this engine
/// changes it. The position of a partition that nobody has opened before is its beginning. Answers the epoch too.
pub(super) async fn open(connection: &mut AsyncPgConnection, partition: u32) -> Result<(Standing, i64), Aborted> {
    let partition = i64::from(partition);
    let beginning =
        (alert_positions::partition_id.eq(partition), alert_positions::next_offset.eq(0), alert_positions::epoch.eq(1));
    let (next_offset, log_time, epoch): (i64, Option<i64>, i64) = diesel::insert_into(alert_positions::table)
        .values(beginning)
        .on_conflict(alert_positions::partition_id)
        .do_update()
        .set(alert_positions::epoch.eq(alert_positions::epoch + excluded(alert_positions::epoch)))
        .returning((alert_positions::next_offset, alert_positions::log_time, alert_positions::epoch))
        .get_result(connection)
        .await?;
    let states: Vec<(StateRow, i64)> = alert_states::table
        .inner_join(alert_rules::table.on(alert_rules::id.eq(alert_states::alert_id)))
        .filter(alert_states::partition_id.eq(partition))
        .select((StateRow::as_select(), alert_rules::begun_at))
        .load(connection)
        .await?;
    let rates: Vec<RateRow> = alert_rates::table
        .filter(alert_rates::partition_id.eq(partition))
        .select(RateRow::as_select())
        .load(connection)
        .await?;
    let standing = Standing {
        next_offset: u64::try_from(next_offset).map_err(|error| unreadable("offset", error))?,
        log_time: log_time.map(moment).transpose()?,
        states: states.iter().map(|(row, begun_at)| row.stored(*begun_at)).collect::<Result<_, StoreError>>()?,
        rates: rates.into_iter().map(KnownRate::try_from).collect::<Result<_, StoreError>>()?,
    };
    Ok((standing, epoch))
}
