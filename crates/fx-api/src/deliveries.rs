//! `/deliveries`: what became of telling.

use fx_domain::delivery::{Delivery, Status};
use fx_store::alerts::Page;
use fx_store::delivery::DeliveryQuery;
use salvo::http::StatusCode;
use salvo::oapi::{Components, RefOr, Schema, ToParameters, ToSchema, endpoint};
use salvo::writing::Json;
use salvo::{Response, Scribe, Writer};
use serde::{Deserialize, Serialize};

use crate::context::Api;
use crate::id::{Id, OfAlert, OfDelivery};
use crate::notation::{DeliveriesCursor, DeliveryStatusName, IdText};
use crate::problem::Problem;
use crate::query::{Limit, NoParameters, Parsed, Query};

/// Deliveries of a page where nothing else is asked for.
const PAGE: u32 = 100;

/// Which deliveries are wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct DeliveriesQuery {
    /// That tell of this alert, also of one that is deleted.
    #[salvo(parameter(value_type = Option<IdText>))]
    alert_id: Option<Parsed<Id<OfAlert>>>,
    /// Of this status.
    #[salvo(parameter(value_type = Option<DeliveryStatusName>, example = "failed"))]
    status: Option<Status>,
    /// Goes on where the page before ended: its `next_cursor`.
    #[salvo(parameter(value_type = Option<DeliveriesCursor>))]
    cursor: Option<Parsed<Place>>,
    /// At most so many, 100 where it is left out.
    #[salvo(parameter(value_type = Option<u32>, minimum = 1, maximum = 1000))]
    limit: Option<Limit<1, 1000>>,
}

/// A place among the deliveries; opaque to those who pass it on.
#[derive(Clone, Copy, Debug)]
struct Place(i64);

impl std::str::FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        text.parse().map(Self).map_err(|_| "not a cursor, expected the `next_cursor` of an answer")
    }
}

/// A page of deliveries, the newest first.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Deliveries"))]
pub(crate) struct DeliveriesView {
    /// How many are on this page.
    count: usize,
    /// The deliveries.
    deliveries: Vec<DeliveryView>,
    /// Where the next page goes on; null at the end.
    next_cursor: Option<String>,
}

/// A delivery as it is shown.
#[derive(Serialize)]
#[serde(transparent)]
pub(crate) struct DeliveryView(pub(crate) Delivery);

impl ToSchema for DeliveryView {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        DeliveryShape::to_schema(components)
    }
}

/// A message on its way through a channel.
#[derive(ToSchema)]
#[salvo(schema(name = "Delivery"))]
#[expect(dead_code, reason = "only its schema is used")]
struct DeliveryShape {
    /// The same at every attempt: the `webhook-id`.
    #[salvo(schema(value_type = IdText))]
    id: String,
    /// The channel's name.
    channel: String,
    /// How far it is.
    #[salvo(schema(value_type = DeliveryStatusName))]
    status: String,
    /// Why it failed or is suppressed.
    reason: Option<String>,
    /// What it tells; nothing in a test message.
    #[salvo(schema(value_type = Vec<IdText>))]
    transitions: Vec<String>,
    /// Whose transitions these are.
    #[salvo(schema(value_type = Vec<IdText>))]
    alert_ids: Vec<String>,
    /// What those alerts were called then.
    alert_names: Vec<String>,
    /// Every attempt, the oldest first.
    attempts: Vec<AttemptShape>,
    /// When it is tried next; null where it is finished.
    #[salvo(schema(format = "date-time"))]
    next_at: Option<String>,
    #[salvo(schema(format = "date-time"))]
    created_at: String,
    /// When it was finished.
    #[salvo(schema(format = "date-time"))]
    finished_at: Option<String>,
}

/// One attempt to deliver.
#[derive(ToSchema)]
#[salvo(schema(name = "Attempt"))]
#[expect(dead_code, reason = "only its schema is used")]
struct AttemptShape {
    /// When it began.
    #[salvo(schema(format = "date-time"))]
    at: String,
    /// How many milliseconds it took.
    took_ms: u32,
    /// The target's answer: the status of HTTP or the code of SMTP.
    code: Option<u16>,
    /// What went wrong.
    error: Option<String>,
}

/// The deliveries with every attempt, the newest first.
#[endpoint(tags("channels"))]
pub(crate) async fn list_deliveries(api: Api, query: Query<DeliveriesQuery>) -> Result<Json<DeliveriesView>, Problem> {
    let Query(DeliveriesQuery { alert_id, status, cursor, limit }) = query;
    let query = DeliveryQuery {
        alert_id: alert_id.map(|Parsed(id)| id.0),
        status,
        after: cursor.map(|Parsed(place)| place.0),
        limit: limit.map_or(PAGE, |limit| limit.0),
    };
    let Page { items, next } = api.context.deliveries.deliveries(query).await?;
    let deliveries: Vec<DeliveryView> = items.into_iter().map(DeliveryView).collect();
    let next_cursor = next.map(|next| next.to_string());
    Ok(Json(DeliveriesView { count: deliveries.len(), deliveries, next_cursor }))
}

/// Sends a delivery again, under the same id, with the whole schedule before it.
#[endpoint(
    tags("channels"),
    responses((status_code = 202, description = "It is on its way.", body = DeliveryView))
)]
pub(crate) async fn replay_delivery(
    api: Api,
    id: Id<OfDelivery>,
    _query: Query<NoParameters>,
    res: &mut Response,
) -> Result<(), Problem> {
    let delivery = api.context.deliveries.replay(id.0, api.context.clock.now()).await?;
    res.status_code(StatusCode::ACCEPTED);
    Json(DeliveryView(delivery.ok_or_else(|| id.is_unknown())?)).render(res);
    Ok(())
}
