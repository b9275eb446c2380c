//! `/channels`: through what alerts are told.

mod guard;
mod new;
mod shape;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fx_config::Secret;
use fx_store::delivery::{ChannelError, OLD_SECRET_VALID_FOR};
use rand::Rng;
use salvo::http::StatusCode;
use salvo::oapi::endpoint;
use salvo::writing::Json;
use salvo::{Request, Response, Scribe, Writer};

use crate::body::read_body;
use crate::context::Api;
use crate::created::created;
use crate::deliveries::DeliveryView;
use crate::id::{Id, OfChannel};
use crate::problem::Problem;
use crate::query::{NoParameters, Query};
use new::ChannelBody;
use shape::{ChannelView, ChannelsView, RotatedView};

/// How many channels there may be.
const MOST: usize = 1000;

/// The bytes of a secret.
const SECRET_BYTES: usize = 32;

/// Every channel, by name, without its secret.
#[endpoint(tags("channels"))]
pub(crate) async fn list_channels(api: Api, _query: Query<NoParameters>) -> Result<Json<ChannelsView>, Problem> {
    let channels: Vec<ChannelView> =
        api.context.channels.channels().await?.into_iter().map(ChannelView::from).collect();
    Ok(Json(ChannelsView { count: channels.len(), channels }))
}

/// One channel, without its secret.
#[endpoint(tags("channels"))]
pub(crate) async fn show_channel(
    api: Api,
    id: Id<OfChannel>,
    _query: Query<NoParameters>,
) -> Result<Json<ChannelView>, Problem> {
    let channel = api.context.channels.channel(id.0).await?.ok_or_else(|| id.is_unknown())?;
    Ok(Json(channel.into()))
}

/// Creates a channel. The secret of a webhook is shown this once.
#[endpoint(
    tags("channels"),
    request_body(content = ChannelBody, description = "A webhook has `url`, an email `to`, a file `path`.", content_type = "application/json"),
    responses(
        (status_code = 201, description = "The channel; `Location` says where it is.", body = ChannelView),
        (status_code = 409, description = "The name is taken, or there are as many channels as there may be.")
    )
)]
pub(crate) async fn create_channel(
    api: Api,
    _query: Query<NoParameters>,
    req: &mut Request,
    res: &mut Response,
) -> Result<(), Problem> {
    let body: ChannelBody = read_body(req).await?;
    let mut channel = body.checked(&api.context.delivery).await?;
    let secret = channel.target.is_signed().then(secret);
    channel.secret = secret.clone().map(Secret::from);
    let channel = api.context.channels.create_channel(channel, api.context.clock.now(), MOST).await?;
    created(res, "channels", channel.id)?;
    Json(ChannelView::created(channel, secret)).render(res);
    Ok(())
}

/// As Standard Webhooks writes secrets.
fn secret() -> String {
    let mut bytes = [0; SECRET_BYTES];
    rand::rng().fill(&mut bytes);
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// Deletes a channel. What is on its way through it, and what alerts tell through it from now on, fails.
#[endpoint(tags("channels"), responses((status_code = 204, description = "It is deleted.")))]
pub(crate) async fn delete_channel(
    api: Api,
    id: Id<OfChannel>,
    _query: Query<NoParameters>,
    res: &mut Response,
) -> Result<(), Problem> {
    if !api.context.channels.delete_channel(id.0, api.context.clock.now()).await? {
        return Err(id.is_unknown());
    }
    res.status_code(StatusCode::NO_CONTENT);
    Ok(())
}

/// Gives a webhook another secret, shown this once. Messages are signed with both for a day.
#[endpoint(
    tags("channels"),
    responses(
        (status_code = 200, description = "The new secret.", body = RotatedView),
        (status_code = 409, description = "It is no webhook, so it has no secret.")
    )
)]
pub(crate) async fn rotate_secret(
    api: Api,
    id: Id<OfChannel>,
    _query: Query<NoParameters>,
) -> Result<Json<RotatedView>, Problem> {
    let channel = api.context.channels.channel(id.0).await?.ok_or_else(|| id.is_unknown())?;
    if !channel.target.is_signed() {
        let detail = format!("the channel `{}` has no secret, only those of kind webhook have", channel.name);
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    let (secret, now) = (secret(), api.context.clock.now());
    if !api.context.channels.rotate(id.0, Secret::from(secret.clone()), now).await? {
        return Err(id.is_unknown());
    }
    Ok(Json(RotatedView { secret, previous_valid_until: now + OLD_SECRET_VALID_FOR }))
}

/// Sends a test message through a channel. What becomes of it stands in `/deliveries`.
#[endpoint(
    tags("channels"),
    responses((status_code = 202, description = "It is on its way.", body = DeliveryView))
)]
pub(crate) async fn test_channel(
    api: Api,
    id: Id<OfChannel>,
    _query: Query<NoParameters>,
    res: &mut Response,
) -> Result<(), Problem> {
    let delivery = api.context.deliveries.test(id.0, api.context.clock.now()).await?;
    res.status_code(StatusCode::ACCEPTED);
    Json(DeliveryView(delivery.ok_or_else(|| id.is_unknown())?)).render(res);
    Ok(())
}

impl From<ChannelError> for Problem {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Taken(_) | ChannelError::TooMany { .. } => Self::new(StatusCode::CONFLICT, error.to_string()),
            ChannelError::Store(error) => error.into(),
        }
    }
}
