//! `/alerts`: rules, where they stand, and what happened.

mod alert_id;
mod history;
mod shape;

use fx_domain::alert::{Rule, RuleError, Severity, State};
use fx_domain::pair::Pair;
use fx_store::alerts::{AlertQuery, CreateError, Page};
use salvo::http::header::{ETAG, LOCATION};
use salvo::http::{HeaderValue, StatusCode};
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::writing::Json;
use salvo::{Request, Response, Scribe, Writer};
use serde::{Deserialize, Serialize};

use crate::body::json_body;
use crate::context::Api;
use crate::problem::{Fault, Problem};
use crate::query::{Limit, NoParameters, Parsed, Query};
use alert_id::{AlertId, AlertInPath};
use shape::{AlertView, NewAlert};

pub(crate) use history::alert_history;

/// Alerts of a page where nothing else is asked for.
const PAGE: u32 = 100;

/// Which alerts are wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct AlertsQuery {
    /// With a pair in this state: `no_data`, normal, pending, firing, recovering or expired.
    #[salvo(parameter(value_type = Option<String>, example = "firing"))]
    state: Option<State>,
    /// That watch this pair, in either direction; rules on every pair do.
    #[salvo(parameter(value_type = Option<String>, example = "EURUSD"))]
    pair: Option<Pair>,
    /// Of this severity: info, warning or critical.
    #[salvo(parameter(value_type = Option<String>, example = "critical"))]
    severity: Option<Severity>,
    /// Goes on where the page before ended: its `next_cursor`.
    #[salvo(parameter(value_type = Option<String>))]
    cursor: Option<Parsed<AlertId>>,
    /// At most so many, 100 where it is left out.
    #[salvo(parameter(value_type = Option<u32>, minimum = 1, maximum = 1000))]
    limit: Option<Limit<1, 1000>>,
}

/// A page of alerts, the newest first.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Alerts"))]
pub(crate) struct AlertsView {
    /// How many are on this page.
    count: usize,
    /// The alerts.
    alerts: Vec<AlertView>,
    /// Where the next page goes on; null at the end.
    next_cursor: Option<String>,
}

/// The alerts with where they stand, the newest first.
#[endpoint(tags("alerts"))]
pub(crate) async fn list_alerts(api: Api, query: Query<AlertsQuery>) -> Result<Json<AlertsView>, Problem> {
    let Query(AlertsQuery { state, pair, severity, cursor, limit }) = query;
    let after = cursor.map(|Parsed(AlertId(id))| id);
    let query = AlertQuery { state, pair, severity, after, limit: limit.map_or(PAGE, |limit| limit.0) };
    let Page { items, next } = api.context.alerts.list(query).await?;
    let alerts: Vec<AlertView> = items.into_iter().map(AlertView).collect();
    Ok(Json(AlertsView { count: alerts.len(), alerts, next_cursor: next.map(|id| id.to_string()) }))
}

/// One alert with where its pairs stand.
#[endpoint(
    tags("alerts"),
    responses((status_code = 200, description = "The alert.", body = AlertView))
)]
pub(crate) async fn show_alert(
    api: Api,
    id: AlertInPath,
    _query: Query<NoParameters>,
    res: &mut Response,
) -> Result<(), Problem> {
    let alert = api.context.alerts.get(id.0).await?.ok_or_else(|| no_such_alert(id))?;
    render(res, AlertView(alert));
    Ok(())
}

/// Sets an alert. It is judged by the newest rates at once.
#[endpoint(
    tags("alerts"),
    request_body(content = NewAlert, description = "Only `pair` or `pairs` and `condition` are required.", content_type = "application/json"),
    responses((status_code = 201, description = "The alert as it was set; `Location` says where it is.", body = AlertView))
)]
pub(crate) async fn create_alert(
    api: Api,
    _query: Query<NoParameters>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let rule = Rule::from_json(&json_body(req).await?)?;
    let context = &api.context;
    let alert = context.alerts.create(rule, context.clock.now(), context.max_alerts).await?;
    let location =
        HeaderValue::from_str(&format!("/alerts/{}", alert.id)).map_err(|error| Problem::internal(&error))?;
    res.headers_mut().insert(LOCATION, location);
    render(res, AlertView(alert));
    res.status_code(StatusCode::CREATED);
    Ok(())
}

/// Deletes an alert; its history stays, and open episodes end in it.
#[endpoint(tags("alerts"), responses((status_code = 204, description = "It is deleted.")))]
pub(crate) async fn delete_alert(
    api: Api,
    id: AlertInPath,
    _query: Query<NoParameters>,
    res: &mut Response,
) -> Result<(), Problem> {
    if !api.context.alerts.delete(id.0, api.context.clock.now()).await? {
        return Err(no_such_alert(id));
    }
    res.status_code(StatusCode::NO_CONTENT);
    Ok(())
}

fn render(res: &mut Response, alert: AlertView) {
    // The version of the rule, which changes will be made against; its states come and go without one.
    if let Ok(etag) = HeaderValue::from_str(&format!("\"{:x}\"", alert.0.updated_at.timestamp_micros())) {
        res.headers_mut().insert(ETAG, etag);
    }
    Json(alert).render(res);
}

fn no_such_alert(AlertInPath(id): AlertInPath) -> Problem {
    Problem::not_found(format!("there is no alert `{id}`, /alerts lists those that are"))
}

impl From<RuleError> for Problem {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::Unreadable(detail) => Self::bad_request(detail),
            RuleError::Invalid(problems) => {
                let faults =
                    problems.into_iter().map(|problem| Fault { pointer: problem.pointer, detail: problem.detail });
                let faults: Vec<Fault> = faults.collect();
                let detail = match faults.as_slice() {
                    [only] => format!("{}: {}", only.pointer, only.detail),
                    several => format!("the alert has {} mistakes, `errors` names each", several.len()),
                };
                Self::unprocessable(detail).with_faults(faults)
            }
        }
    }
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::TooMany { .. } => Self::new(StatusCode::CONFLICT, error.to_string()),
            CreateError::Store(error) => error.into(),
        }
    }
}
