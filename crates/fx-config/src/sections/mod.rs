//! One module per section of the file. Each has its settings with their defaults, and a
//! `validate` that finds what no type can.

mod address;
pub(crate) mod alerts;
pub(crate) mod api;
pub(crate) mod cache;
pub(crate) mod consumer;
pub(crate) mod currencies;
pub(crate) mod delivery;
pub(crate) mod elasticsearch;
pub(crate) mod enrich;
pub(crate) mod feed;
mod feed_rules;
pub(crate) mod feeds;
pub(crate) mod http;
pub(crate) mod index;
pub(crate) mod kafka;
mod kafka_rules;
pub(crate) mod kibana;
pub(crate) mod postgresql;
pub(crate) mod redis;
mod server;
pub(crate) mod smtp;
pub(crate) mod store;
pub(crate) mod stream;
pub(crate) mod telemetry;
pub(crate) mod tls;
