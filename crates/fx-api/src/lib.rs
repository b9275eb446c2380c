//! The REST API, the event stream and the live page.
//!
//! [`run`] serves an [`ApiContext`]: the cache of latest rates, the history, the alerts, the log and the health of the
//! process, each behind its trait. Every refusal is an RFC 9457 problem document made in one place, `problem`; an unknown
//! query parameter is refused by name, and nothing that is wrong is replaced by a default.
//!
//! A request for rates goes: router → strict query → [`board`](mod@board) (what is latest and believed, computed at most
//! once per change of the cache) → body, prepared once per query. `/stream` has one follower per topic, which encodes each
//! message once for all readers.

mod about;
mod accept;
mod access;
mod alerts;
mod board;
mod body;
mod channels;
mod chart;
mod connections;
mod context;
mod convert;
mod created;
mod currencies;
mod deliveries;
mod document;
mod error;
mod feeds;
mod guard;
mod health;
mod id;
mod latest;
mod metrics;
mod notation;
mod number;
mod page;
mod prepared;
mod problem;
mod query;
mod rates;
mod routes;
mod run;
mod stream;

pub use access::{KeyEntry, KeyFile, KeyFileError, KeyName, KeyWish, NoKeyName, NoRate, Rate, Scope};
pub use context::{ApiContext, Backends};
pub use error::ApiError;
pub use feeds::{Attribution, attributions};
pub use routes::service;
pub use run::{bind, run, serve};
