//! `GET /alerts/history`

use fx_domain::alert::{State, Transition};
use fx_domain::pair::Pair;
use fx_store::alerts::{Page, TransitionCursor, TransitionQuery};
use salvo::Writer;
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::writing::Json;
use serde::{Deserialize, Serialize};

use super::shape::TransitionView;
use crate::context::Api;
use crate::id::{Id, OfAlert};
use crate::notation::{IdText, Moment, PairName, StateName, TransitionsCursor};
use crate::problem::Problem;
use crate::query::{Limit, Parsed, Query, Time};

/// Transitions of a page where nothing else is asked for.
const PAGE: u32 = 100;

/// Which transitions are wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct TransitionsQuery {
    /// Of this alert, also of one that is deleted.
    #[salvo(parameter(value_type = Option<IdText>))]
    alert_id: Option<Parsed<Id<OfAlert>>>,
    /// Of this pair, in either direction.
    #[salvo(parameter(value_type = Option<PairName>, example = "EURUSD"))]
    pair: Option<Pair>,
    /// From this time (`at`) on.
    #[salvo(parameter(value_type = Option<Moment>, example = "2026-10-01"))]
    from: Option<Time>,
    /// Until before this time (`at`).
    #[salvo(parameter(value_type = Option<Moment>, example = "2026-11-01T00:00:00Z"))]
    to: Option<Time>,
    /// That led to this state.
    #[salvo(parameter(value_type = Option<StateName>, example = "firing"))]
    to_state: Option<State>,
    /// Goes on where the page before ended: its `next_cursor`.
    #[salvo(parameter(value_type = Option<TransitionsCursor>))]
    cursor: Option<Parsed<TransitionCursor>>,
    /// At most so many, 100 where it is left out.
    #[salvo(parameter(value_type = Option<u32>, minimum = 1, maximum = 1000))]
    limit: Option<Limit<1, 1000>>,
}

/// A page of what happened, the newest first.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Transitions"))]
pub(crate) struct TransitionsView {
    /// How many are on this page.
    count: usize,
    /// The changes of state.
    transitions: Vec<TransitionView>,
    /// Where the next page goes on; null at the end.
    next_cursor: Option<String>,
}

/// What happened to alerts, the newest first, deleted alerts included.
#[endpoint(tags("alerts"))]
pub(crate) async fn alert_history(api: Api, query: Query<TransitionsQuery>) -> Result<Json<TransitionsView>, Problem> {
    let Query(TransitionsQuery { alert_id, pair, from, to, to_state, cursor, limit }) = query;
    let query = TransitionQuery {
        alert_id: alert_id.map(|Parsed(id)| id.0),
        pair,
        from: from.map(|from| from.0),
        to: to.map(|to| to.0),
        to_state,
        after: cursor.map(|cursor| cursor.0),
        limit: limit.map_or(PAGE, |limit| limit.0),
    };
    let Page { items, next }: Page<Transition, TransitionCursor> = api.context.alerts.transitions(query).await?;
    let transitions: Vec<TransitionView> = items.into_iter().map(TransitionView).collect();
    let next_cursor = next.map(|next| next.to_string());
    Ok(Json(TransitionsView { count: transitions.len(), transitions, next_cursor }))
}
