//! `/alerts`: rules, where they stand, and what happened.

mod backtest;
mod bodies;
mod hand;
mod history;
mod merge;
mod shape;
mod version;

use fx_config::format_span;
use fx_domain::alert::span::format;
use fx_domain::alert::{Alert, Rule, RuleError, Severity, State};
use fx_domain::pair::Pair;
use fx_store::alerts::{AlertQuery, ChangeError, CreateError, Page};
use salvo::http::StatusCode;
use salvo::oapi::{ToParameters, ToSchema, endpoint};
use salvo::writing::Json;
use salvo::{Request, Response, Scribe, Writer};
use serde::{Deserialize, Serialize};

use crate::body::{json_body, patch_body};
use crate::context::Api;
use crate::created::created;
use crate::id::{Id, OfAlert};
use crate::notation::{IdText, PairName, RequestName, SeverityName, StateName};
use crate::problem::{Fault, Problem, shown};
use crate::query::{Limit, NoParameters, Parsed, Query};
use bodies::{AlertPatch, NewAlert};
use shape::AlertView;
use version::IfMatch;

pub(crate) use backtest::{Backtests, backtest_alert};
pub(crate) use hand::{acknowledge_alert, resume_alert, snooze_alert};
pub(crate) use history::alert_history;

/// The header by which a POST can be tried again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// How often a change without `If-Match` is tried when somebody else changes the same.
const TRIES: usize = 5;

/// Alerts of a page where nothing else is asked for.
const PAGE: u32 = 100;

/// Which alerts are wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct AlertsQuery {
    /// With a pair in this state.
    #[salvo(parameter(value_type = Option<StateName>, example = "firing"))]
    state: Option<State>,
    /// That watch this pair, in either direction; rules on every pair do.
    #[salvo(parameter(value_type = Option<PairName>, example = "EURUSD"))]
    pair: Option<Pair>,
    /// Of this severity.
    #[salvo(parameter(value_type = Option<SeverityName>, example = "critical"))]
    severity: Option<Severity>,
    /// Goes on where the page before ended: its `next_cursor`.
    #[salvo(parameter(value_type = Option<IdText>))]
    cursor: Option<Parsed<Id<OfAlert>>>,
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
    let after = cursor.map(|Parsed(id)| id.0);
    let (at, limit) = (api.context.clock.now(), limit.map_or(PAGE, |limit| limit.0));
    let query = AlertQuery { at, state, pair, severity, after, limit };
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
    id: Id<OfAlert>,
    _query: Query<NoParameters>,
    res: &mut Response,
) -> Result<(), Problem> {
    render(res, find(&api, id).await?);
    Ok(())
}

async fn find(api: &Api, id: Id<OfAlert>) -> Result<Alert, Problem> {
    api.context.alerts.get(id.0, api.context.clock.now()).await?.ok_or_else(|| id.is_unknown())
}

/// Sets an alert. It is judged by the newest rates at once. A second request with the same `Idempotency-Key` and body
/// answers with the alert of the first.
#[endpoint(
    tags("alerts"),
    parameters(("idempotency-key" = Option<RequestName>, Header, description = "Names this request, so that it can be repeated.")),
    request_body(content = NewAlert, description = "Only `pair` or `pairs` and `condition` are required.", content_type = "application/json"),
    responses(
        (status_code = 201, description = "The alert as it was set; `Location` says where it is.", body = AlertView),
        (status_code = 409, description = "There are as many alerts as there may be.")
    )
)]
pub(crate) async fn create_alert(
    api: Api,
    _query: Query<NoParameters>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let key = idempotency_key(req)?;
    let rule = Rule::from_json(&json_body(req).await?)?;
    check(&api, &rule, None).await?;
    let context = &api.context;
    let alert = context.alerts.create_once(key, rule, context.clock.now(), context.max_alerts).await?;
    created(res, "alerts", alert.id)?;
    render(res, alert);
    Ok(())
}

fn idempotency_key(req: &Request) -> Result<Option<String>, Problem> {
    let Some(key) = req.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = key.to_str().unwrap_or_default();
    if key.is_empty() || key.len() > 255 {
        let detail = format!("`{}` is no idempotency key, expected 1 to 255 characters of ASCII", shown(key));
        return Err(Problem::bad_request(detail));
    }
    Ok(Some(key.to_owned()))
}

/// What only the service can judge: whether the channels are there, and whether the log reaches back far enough. Channels
/// of the rule `before` a change may have gone since.
async fn check(api: &Api, rule: &Rule, before: Option<&Rule>) -> Result<(), Problem> {
    let mut faults = Vec::new();
    let retention = api.context.retention;
    if let Some(window) = rule.condition.window().filter(|window| window.to_std().is_ok_and(|it| it > retention)) {
        let (window, kept) = (format(window), format_span(retention));
        let detail = format!("{window} is longer than the {kept} for which the log keeps rates, take a shorter window");
        faults.push(Fault { pointer: "/condition/window".to_owned(), detail });
    }
    let is_new = |name: &String| before.is_none_or(|before| !before.channels.contains(name));
    if rule.channels.iter().any(is_new) {
        let known: Vec<String> = api.context.channels.channels().await?.into_iter().map(|it| it.name).collect();
        let unknown = rule.channels.iter().enumerate().filter(|(_, name)| is_new(name) && !known.contains(name));
        faults.extend(unknown.map(|(at, name)| Fault {
            pointer: format!("/channels/{at}"),
            detail: format!("there is no channel `{}`, {}", shown(name), those_that_are(&known)),
        }));
    }
    if faults.is_empty() { Ok(()) } else { Err(refused(faults)) }
}

fn those_that_are(names: &[String]) -> String {
    match names {
        [] => "none has been created yet, POST /channels does it".to_owned(),
        names => format!("there are {}", names.join(", ")),
    }
}

/// Changes an alert by a JSON merge patch (RFC 7396): what is left out stays, null takes away. A condition of another kind
/// replaces the one before as a whole. Where it watches for something else then, open episodes end and it begins anew.
#[endpoint(
    tags("alerts"),
    parameters(("if-match" = Option<String>, Header, description = "The `ETag` of the version that is to be changed.")),
    request_body(content = AlertPatch, description = "What is to change.", content_type = "application/merge-patch+json"),
    responses((status_code = 200, description = "The alert as it is now.", body = AlertView))
)]
pub(crate) async fn change_alert(
    api: Api,
    id: Id<OfAlert>,
    _query: Query<NoParameters>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let if_match = IfMatch::of(req);
    let patch = patch_body(req).await?;
    for _ in 0..TRIES {
        let alert = find(&api, id).await?;
        let rule = merge::merged(&alert.rule, &patch)?;
        if_match.check(alert.updated_at)?;
        check(&api, &rule, Some(&alert.rule)).await?;
        let changed = api.context.alerts.update(id.0, rule, alert.updated_at, api.context.clock.now()).await;
        match changed {
            Err(ChangeError::Conflict) => {}
            changed => {
                render(res, changed?.ok_or_else(|| id.is_unknown())?);
                return Ok(());
            }
        }
    }
    Err(ChangeError::Conflict.into())
}

/// Deletes an alert; its open episodes end, its history stays.
#[endpoint(
    tags("alerts"),
    parameters(("if-match" = Option<String>, Header, description = "The `ETag` of the version that is to be deleted.")),
    responses((status_code = 204, description = "It is deleted."))
)]
pub(crate) async fn delete_alert(
    api: Api,
    id: Id<OfAlert>,
    _query: Query<NoParameters>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let if_match = IfMatch::of(req);
    let expected = if if_match.is_given() {
        let found = find(&api, id).await?.updated_at;
        if_match.check(found)?;
        Some(found)
    } else {
        None
    };
    if !api.context.alerts.delete(id.0, expected, api.context.clock.now()).await? {
        return Err(id.is_unknown());
    }
    res.status_code(StatusCode::NO_CONTENT);
    Ok(())
}

fn render(res: &mut Response, alert: Alert) {
    version::show(res, alert.updated_at);
    Json(AlertView(alert)).render(res);
}

impl From<RuleError> for Problem {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::Unreadable(detail) => Self::bad_request(detail),
            RuleError::Invalid(problems) => {
                let faults = problems.into_iter().map(|it| Fault { pointer: it.pointer, detail: it.detail });
                refused(faults.collect())
            }
        }
    }
}

/// A body with mistakes in it.
pub(crate) fn refused(faults: Vec<Fault>) -> Problem {
    let detail = match faults.as_slice() {
        [only] => format!("{}: {}", only.pointer, only.detail),
        several => format!("the body has {} mistakes, `errors` names each", several.len()),
    };
    Problem::unprocessable(detail).with_faults(faults)
}

impl From<CreateError> for Problem {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::TooMany { .. } => Self::new(StatusCode::CONFLICT, error.to_string()),
            CreateError::OtherRule => Self::unprocessable(error.to_string()),
            CreateError::Store(error) => error.into(),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Conflict => Self::new(StatusCode::PRECONDITION_FAILED, error.to_string()),
            ChangeError::Store(error) => error.into(),
        }
    }
}
