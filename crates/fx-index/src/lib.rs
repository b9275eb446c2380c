//! Rates, alert events and deliveries as time series in Elasticsearch, for Kibana.
//!
//! Three [families](Family) of indices, each behind an alias of its name:
//! - `fx-rates-2026`: one for each period (year or month) of the rates' source time, in time-series mode with the period
//!   as its bounds. So data of any age has its place, and the server itself knows the same (source, pair, source time)
//!   again, however often it is sent. There are no data streams and no lifecycle policies: [`Index::drop_before`] drops
//!   whole periods.
//! - `fx-alerts-2026`: transitions of alerts by their id, one for each period of their time.
//! - `fx-deliveries-2026`: finished deliveries by their id, one for each period of the time at which they were made.
//!
//! # Which version stands
//! That of the newest `fetched_at`, of a delivery the newest `finished_at`, in whatever order and however often versions arrive, as in the other stores. A
//! document is *created*, which the server refuses where its key is there already. Only then the version that stands there
//! is asked for, and replaced if it is older and still the one that was seen (`if_seq_no`): so neither a message of long
//! ago nor a second writer can put an old version in place of a newer one.
//!
//! # What can go wrong
//! [`Index::write`] takes out of [`Pending`] what the server has taken, document by document. The rest stays there to be
//! written again, in smaller pieces: a server that is away, has no room (429), is short of disk (a read-only block) or
//! refuses the credentials is no reason to lose anything. Only what the server says can never be mapped is given back as
//! refused, with the reason.
//!
//! # Kibana
//! [`kibana`] makes the data views and dashboards that read these indices.
//!
//! # Privileges
//! Cluster: `manage_index_templates`. Indices `fx-rates*`, `fx-alerts*` and `fx-deliveries*`: `manage`, `create_doc`,
//! `index`, `read`.

mod bulk;
mod catalog;
mod client;
mod document;
mod error;
mod family;
mod index;
pub mod kibana;
mod metrics;
mod pending;
mod period;
mod provision;
mod standing;
mod this_machine;

pub use error::IndexError;
pub use family::Family;
pub use index::Index;
pub use metrics::describe;
pub use pending::Pending;
pub use provision::plan;
