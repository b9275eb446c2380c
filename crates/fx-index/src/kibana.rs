//! What Kibana shows: data views and dashboards, made from the data in `kibana/`, and put there over its HTTP API.
//!
//! A panel is defined once ([`Panel`]). From that one definition come the Lens layer of the saved object, which Kibana
//! stores without looking at it, and the search that Kibana makes of such a layer ([`search`]), which a test can run
//! against a server.

mod aggregation;
mod catalogue;
mod client;
mod condition;
mod controls;
mod dashboard;
mod data_view;
mod definition;
mod error;
mod import;
mod interval;
mod lens;
mod links;
mod object;
mod panel;
mod picture;
mod provision;
mod ready;
mod text;

pub use aggregation::{LastValue, TimeRange, search};
pub use catalogue::Catalogue;
pub use condition::Condition;
pub use definition::{Column, Control, Dashboard, DataView, FieldType, Grid, Operation, Panel, Picture};
pub use error::KibanaError;
pub use interval::automatic;
pub use object::{Naming, SavedObject, ndjson, objects};
pub use provision::{plan, provision, steps};
