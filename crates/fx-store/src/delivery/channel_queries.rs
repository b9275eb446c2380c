//! Channels, for SQLite and PostgreSQL alike. Whoever writes has a transaction open.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;
use fx_config::Secret;
use fx_domain::clock::Timestamp;
use fx_domain::delivery::Status;
use uuid::Uuid;

use super::queries::settle;
use super::{Connection, RunQueryDsl, one_at_a_time};
use crate::StoreError;
use crate::aborted::Aborted;
use crate::delivery::gathering::{DISABLED, MISSING};
use crate::delivery::row::{ChannelRow, Created};
use crate::delivery::schema::alert_channels;
use crate::delivery::{Channel, OLD_SECRET_VALID_FOR};

pub(super) async fn create(connection: &mut Connection, row: ChannelRow, most: usize) -> Result<Created, Aborted> {
    one_at_a_time(connection, "channels").await?;
    let named = alert_channels::table.filter(alert_channels::name.eq(&row.name)).select(count_star());
    let taken: i64 = named.first(connection).await?;
    if taken > 0 {
        return Ok(Created::Taken);
    }
    let count: i64 = alert_channels::table.select(count_star()).first(connection).await?;
    if usize::try_from(count).is_ok_and(|count| count >= most) {
        return Ok(Created::TooMany);
    }
    diesel::insert_into(alert_channels::table).values(&row).execute(connection).await?;
    Ok(Created::Done(Box::new(row.try_into()?)))
}

pub(super) async fn all(connection: &mut Connection) -> Result<Vec<Channel>, Aborted> {
    let rows = alert_channels::table.order(alert_channels::name).select(ChannelRow::as_select());
    let rows: Vec<ChannelRow> = rows.load(connection).await?;
    Ok(rows.into_iter().map(Channel::try_from).collect::<Result<_, StoreError>>()?)
}

pub(super) async fn get(connection: &mut Connection, id: Uuid) -> Result<Option<Channel>, Aborted> {
    let found = row(connection, id).await?;
    Ok(found.map(Channel::try_from).transpose()?)
}

pub(super) async fn row(connection: &mut Connection, id: Uuid) -> Result<Option<ChannelRow>, Aborted> {
    let found = alert_channels::table.find(id.to_string()).select(ChannelRow::as_select());
    Ok(found.first(connection).await.optional()?)
}

pub(super) async fn delete(connection: &mut Connection, id: Uuid, at: Timestamp) -> Result<bool, Aborted> {
    one_at_a_time(connection, "deliveries").await?;
    let Some(channel) = row(connection, id).await? else { return Ok(false) };
    diesel::delete(alert_channels::table.find(id.to_string())).execute(connection).await?;
    settle(connection, &channel.name, (Status::Failed, MISSING), at).await?;
    Ok(true)
}

pub(super) async fn rotate(
    connection: &mut Connection,
    id: Uuid,
    secret: &Secret,
    at: Timestamp,
) -> Result<bool, Aborted> {
    let until = at + OLD_SECRET_VALID_FOR;
    let rotated = diesel::update(alert_channels::table.find(id.to_string())).set((
        alert_channels::old_secret.eq(alert_channels::secret),
        alert_channels::old_secret_until.eq(until.timestamp_micros()),
        alert_channels::secret.eq(secret.expose()),
    ));
    Ok(rotated.execute(connection).await? > 0)
}

pub(super) async fn disable(
    connection: &mut Connection,
    id: Uuid,
    reason: &str,
    at: Timestamp,
) -> Result<bool, Aborted> {
    one_at_a_time(connection, "deliveries").await?;
    let Some(channel) = row(connection, id).await?.filter(|channel| channel.disabled_at.is_none()) else {
        return Ok(false);
    };
    let disabled = (alert_channels::disabled_at.eq(at.timestamp_micros()), alert_channels::disabled_reason.eq(reason));
    diesel::update(alert_channels::table.find(id.to_string())).set(disabled).execute(connection).await?;
    settle(connection, &channel.name, (Status::Suppressed, DISABLED), at).await?;
    Ok(true)
}

pub(super) async fn by_name(connection: &mut Connection) -> Result<HashMap<String, ChannelRow>, Aborted> {
    let rows: Vec<ChannelRow> = alert_channels::table.select(ChannelRow::as_select()).load(connection).await?;
    Ok(rows.into_iter().map(|row| (row.name.clone(), row)).collect())
}
