//! `GET /feeds`: how each feed is doing.

use std::collections::BTreeMap;

use fx_cache::FeedSnapshot;
use fx_config::FeedPlan;
use fx_domain::clock::Timestamp;
use fx_domain::feed::{FeedKind, FeedState, FeedStatus, Source};
use salvo::Writer;
use salvo::oapi::{ToSchema, endpoint};
use salvo::writing::Json;
use serde::Serialize;

use crate::context::{Api, ApiContext};
use crate::notation::{FeedKindName, FeedStateName, SourceName};
use crate::problem::Problem;
use crate::query::{NoParameters, Query};

/// Whom rates are by, as their provider wants to be named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Attribution {
    /// To be shown.
    #[salvo(schema(example = "Source: ECB euro foreign exchange reference rates"))]
    pub text: String,
    /// To be linked to.
    pub url: String,
}

/// Whom the rates of these feeds are by.
pub fn attributions(plans: &[FeedPlan]) -> BTreeMap<Source, Attribution> {
    let attribution = |plan: &FeedPlan| {
        let fx_config::Attribution { text, url } = plan.provider.attribution();
        (plan.name.clone(), Attribution { text: text.to_owned(), url: url.to_owned() })
    };
    plans.iter().map(attribution).collect()
}

/// Every feed that is configured or has spoken.
#[derive(Serialize, ToSchema)]
#[salvo(schema(name = "Feeds"))]
pub(crate) struct FeedsView {
    /// How many there are.
    count: usize,
    /// The configured ones first, in their order.
    feeds: Vec<FeedView>,
}

/// How one feed is doing.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[salvo(schema(name = "Feed"))]
pub(crate) struct FeedView {
    /// The `source` of its rates.
    #[salvo(schema(value_type = SourceName, example = "ecb"))]
    pub(crate) name: Source,
    /// How its rates come.
    #[salvo(schema(value_type = FeedKindName, example = "table"))]
    kind: Kind,
    /// How it is doing.
    #[salvo(schema(value_type = FeedStateName, example = "live"))]
    pub(crate) state: FeedState,
    /// When it last answered.
    #[salvo(schema(value_type = Option<String>, format = "date-time"))]
    last_polled: Option<Timestamp>,
    /// The newest source time among its rates.
    #[salvo(schema(value_type = Option<String>, format = "date-time"))]
    last_source_ts: Option<Timestamp>,
    /// When it is asked next; null for streams.
    #[salvo(schema(value_type = Option<String>, format = "date-time"))]
    next_poll: Option<Timestamp>,
    /// What went wrong at the last try.
    last_error: Option<String>,
    /// Refused rates and answers since the start, by reason.
    refused: BTreeMap<String, u64>,
    /// What the provider says is left of its quota.
    quota: Option<QuotaView>,
    /// Whom to name.
    attribution: Option<Attribution>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Stream,
    Table,
    Bundled,
}

/// A provider's limit on requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[salvo(schema(name = "Quota"))]
struct QuotaView {
    /// Requests allowed in the provider's period.
    limit: Option<u64>,
    /// Requests left.
    remaining: Option<u64>,
}

/// How each feed is doing. A feed that is configured and has not spoken yet is `waiting`.
#[endpoint(tags("service"))]
pub(crate) async fn list_feeds(api: Api, _query: Query<NoParameters>) -> Result<Json<FeedsView>, Problem> {
    let told = api.latest.feeds().await;
    let configured = api.context.feeds.iter().map(|plan| {
        let snapshot = told.iter().find(|snapshot| snapshot.source == plan.name);
        FeedView::new(&api.context, &plan.name, plan.kind, snapshot)
    });
    let is_other = |snapshot: &&FeedSnapshot| !api.context.feeds.iter().any(|plan| plan.name == snapshot.source);
    let others = told.iter().filter(is_other).map(|snapshot| FeedView::told(&api.context, snapshot));
    let feeds: Vec<FeedView> = configured.chain(others).collect();
    Ok(Json(FeedsView { count: feeds.len(), feeds }))
}

impl FeedView {
    /// A feed by what it told of itself.
    pub(crate) fn told(context: &ApiContext, snapshot: &FeedSnapshot) -> Self {
        Self::new(context, &snapshot.source, snapshot.kind, Some(snapshot))
    }

    fn new(context: &ApiContext, name: &Source, kind: FeedKind, snapshot: Option<&FeedSnapshot>) -> Self {
        let status = snapshot.and_then(|snapshot| snapshot.status.clone());
        // Rates from before this start are no sign of life.
        let status = status.unwrap_or_else(|| FeedStatus::new(FeedState::Waiting));
        let FeedStatus { state, last_polled, next_poll, last_error, refused, quota } = status;
        Self {
            name: name.clone(),
            kind: Kind::of(kind, state),
            state,
            last_polled,
            last_source_ts: snapshot.and_then(|snapshot| snapshot.last_source_ts),
            next_poll,
            last_error,
            refused,
            quota: quota.map(|quota| QuotaView { limit: quota.limit, remaining: quota.remaining }),
            attribution: context.attributions.get(name).cloned(),
        }
    }
}

impl Kind {
    fn of(kind: FeedKind, state: FeedState) -> Self {
        match (state, kind) {
            (FeedState::Bundled, _) => Self::Bundled,
            (_, FeedKind::Stream) => Self::Stream,
            (_, FeedKind::Table) => Self::Table,
        }
    }
}
