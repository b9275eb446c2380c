//! The commands: those that ask a running service, and those that work on the log and the stores themselves.

pub(crate) mod alerts;
pub(crate) mod backtest;
mod body;
pub(crate) mod channels;
pub(crate) mod deliveries;
pub(crate) mod dlq;
pub(crate) mod feeds;
pub(crate) mod keys;
pub(crate) mod provision;
pub(crate) mod rates;
pub(crate) mod replay;
pub(crate) mod status;
mod watch;
