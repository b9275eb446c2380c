//! `GET /stream`: server-sent events.
//!
//! One follower per topic reads the log for all readers and encodes each message once ([`hub`]). An event's `id` is the
//! place in both topics after it ([`position`]); a reader that comes back with `Last-Event-ID` is given what it missed from
//! the log itself, then joins the others ([`reader`]). A reader that falls behind by more than the buffer is told
//! `lagged`; it never slows the others.

mod attention;
mod book;
mod hub;
mod position;
mod reader;
mod update;
mod wish;

use futures::stream::unfold;
use fx_domain::pair::Pair;
use salvo::http::HeaderValue;
use salvo::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use salvo::oapi::{ToParameters, endpoint};
use salvo::{Request, Response, Writer};
use serde::Deserialize;

use crate::accept::EVENTS;
use crate::context::Api;
use crate::metrics;
use crate::notation::{Event, EventKind, PairName};
use crate::problem::Problem;
use crate::query::{List, Query};

pub(crate) use hub::Hub;
use reader::Reader;
use wish::{EventName, Wish};

/// Which events are wanted.
#[derive(Debug, Deserialize, ToParameters)]
#[serde(deny_unknown_fields)]
#[salvo(parameters(default_parameter_in = Query))]
pub(crate) struct StreamQuery {
    /// Rates and alerts of these pairs, in these directions; of all where it is left out.
    #[salvo(parameter(value_type = Option<Vec<PairName>>, style = Form, explode = false, min_items = 1, example = json!(["EURUSD", "USDJPY"])))]
    pairs: Option<List<Pair>>,
    /// Of rate, alert and feed; all where it is left out.
    #[salvo(parameter(value_type = Option<Vec<EventKind>>, style = Form, explode = false, min_items = 1, example = json!(["rate", "alert"])))]
    events: Option<List<EventName>>,
}

/// News as they come: `rate` has the believed rates of a batch, `alert` a transition as in /alerts/history, `feed` a feed
/// as in /feeds. With `Last-Event-ID` it goes on where it broke off; where that is gone, `reset` and a `snapshot` come.
/// `lagged` tells of missed messages. A comment comes every 15 s.
#[endpoint(
    tags("stream"),
    parameters(("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that was seen.")),
    responses((status_code = 200, description = "Events without an end.", content_type = "text/event-stream", body = Event))
)]
pub(crate) async fn follow_stream(
    api: Api,
    query: Query<StreamQuery>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let wish = Wish::new(query.0.pairs.map(|pairs| pairs.0), query.0.events.map(|events| events.0));
    let Some(place) = api.hub.take_place() else {
        metrics::stream_refused();
        let most = api.context.settings.sse_clients;
        return Err(Problem::unavailable(format!("/stream has {most} readers, the most it serves at once")));
    };
    let last_seen = req.headers().get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let reader = Reader::begin(&api, wish, last_seen, place).await?;
    let headers = res.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(EVENTS));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    res.stream(unfold(reader, |mut reader| async move {
        let text = reader.next().await?;
        Some((Ok::<_, std::convert::Infallible>(text), reader))
    }));
    Ok(())
}
