//! What people do about an alert: take note of it, put it off, take it up again.

use chrono::TimeDelta;
use fx_domain::alert::{Acknowledgement, span};
use fx_domain::clock::{Timestamp, to_micros};
use salvo::oapi::{Components, RefOr, Schema, ToSchema, endpoint};
use salvo::{Request, Response, Writer};
use serde::Deserialize;
use serde_json::json;

use super::shape::AlertView;
use super::{refused, render};
use crate::body::{read_body, read_optional_body};
use crate::context::Api;
use crate::id::{Id, OfAlert};
use crate::notation::{SpanText, named, reference};
use crate::problem::{Fault, Problem};
use crate::query::{NoParameters, Query};

/// The longest time for which an alert is put off.
const LONGEST_SNOOZE: TimeDelta = TimeDelta::days(366);

const LONGEST_NAME: usize = 100;
const LONGEST_COMMENT: usize = 1000;

/// Who takes note, and what they say.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[salvo(schema(name = "Acknowledgement"))]
pub(crate) struct AcknowledgeBody {
    /// Who.
    #[salvo(schema(required = false, example = "ada", max_length = 100))]
    by: Option<String>,
    /// Their words.
    #[salvo(schema(required = false, max_length = 1000))]
    comment: Option<String>,
}

/// Takes note of the open episodes of an alert: they are told no more until they end. Done again it changes nothing.
#[endpoint(
    tags("alerts"),
    request_body(content = AcknowledgeBody, description = "May be left out.", content_type = "application/json"),
    responses((status_code = 200, description = "The alert as it is now.", body = AlertView))
)]
pub(crate) async fn acknowledge_alert(
    api: Api,
    id: Id<OfAlert>,
    _query: Query<NoParameters>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let AcknowledgeBody { by, comment } = read_optional_body(req).await?;
    let texts = [("/by", &by, LONGEST_NAME), ("/comment", &comment, LONGEST_COMMENT)];
    let faults: Vec<Fault> =
        texts.into_iter().filter_map(|(at, text, most)| wrong(at, text.as_deref()?, most)).collect();
    if !faults.is_empty() {
        return Err(refused(faults));
    }
    let acknowledgement = Acknowledgement { by, comment, at: api.context.clock.now() };
    let alert = api.context.alerts.acknowledge(id.0, acknowledgement).await?;
    render(res, alert.ok_or_else(|| id.is_unknown())?);
    Ok(())
}

fn wrong(pointer: &str, text: &str, most: usize) -> Option<Fault> {
    let length = text.chars().count();
    let detail = match text {
        _ if length > most => format!("{length} characters are too many, expected at most {most}"),
        // PostgreSQL keeps no text with it.
        text if text.contains('\0') => "the character U+0000 stands in it, leave that out".to_owned(),
        _ => return None,
    };
    Some(Fault { pointer: pointer.to_owned(), detail })
}

/// Until when, or for how long from now.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SnoozeBody {
    until: Option<String>,
    #[serde(rename = "for")]
    duration: Option<String>,
}

/// One of the two.
impl ToSchema for SnoozeBody {
    fn to_schema(components: &mut Components) -> RefOr<Schema> {
        let duration = reference::<SpanText>(components);
        let until = json!({"type": "string", "format": "date-time", "description": "At most 366 days from now."});
        let form = |given: &str, schema: &serde_json::Value, other: &str| {
            let fields = json!({given: schema, other: {"type": "null"}});
            json!({"type": "object", "properties": fields, "required": [given], "additionalProperties": false})
        };
        named(components, "Snooze", || {
            json!({
                "description": "Until when, or for how long from now.",
                "oneOf": [form("for", &duration, "until"), form("until", &until, "for")],
                "examples": [{"for": "2h"}]
            })
        })
    }
}

/// Has nobody told of an alert for a while. It is watched all the same, and what is still open then is told.
#[endpoint(
    tags("alerts"),
    request_body(content = SnoozeBody, description = "Either `until` or `for`.", content_type = "application/json"),
    responses((status_code = 200, description = "The alert as it is now.", body = AlertView))
)]
pub(crate) async fn snooze_alert(
    api: Api,
    id: Id<OfAlert>,
    _query: Query<NoParameters>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let body: SnoozeBody = read_body(req).await?;
    let now = api.context.clock.now();
    let until =
        body.until(now).map_err(|(pointer, detail)| refused(vec![Fault { pointer: pointer.to_owned(), detail }]))?;
    let alert = api.context.alerts.snooze(id.0, Some(until), now).await?;
    render(res, alert.ok_or_else(|| id.is_unknown())?);
    Ok(())
}

impl SnoozeBody {
    fn until(&self, now: Timestamp) -> Result<Timestamp, (&'static str, String)> {
        let (pointer, until) = match (&self.until, &self.duration) {
            (Some(until), None) => ("/until", moment(until).map_err(|detail| ("/until", detail))?),
            (None, Some(span)) => ("/for", now + span::parse(span).map_err(|detail| ("/for", detail))?),
            _ => return Err(("", "expected either `until`, a time, or `for`, a duration such as 2h".to_owned())),
        };
        match until - now {
            left if left <= TimeDelta::zero() => Err((pointer, format!("{until} is over, expected a time to come"))),
            left if left > LONGEST_SNOOZE => Err((pointer, format!("{until} is too far off, expected at most 366d"))),
            _ => Ok(until),
        }
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    let read = chrono::DateTime::parse_from_rfc3339(text).map(|at| to_micros(at.to_utc()));
    read.map_err(|_| {
        format!("`{}` is no time, expected RFC 3339 such as 2026-10-30T15:00:00Z", crate::problem::shown(text))
    })
}

/// Has everybody told of an alert again.
#[endpoint(tags("alerts"), responses((status_code = 200, description = "The alert as it is now.", body = AlertView)))]
pub(crate) async fn resume_alert(
    api: Api,
    id: Id<OfAlert>,
    _query: Query<NoParameters>,
    res: &mut Response,
) -> Result<(), Problem> {
    let alert = api.context.alerts.snooze(id.0, None, api.context.clock.now()).await?;
    render(res, alert.ok_or_else(|| id.is_unknown())?);
    Ok(())
}
