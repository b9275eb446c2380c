//! The commands that ask a running service.

pub(crate) mod alerts;
pub(crate) mod feeds;
pub(crate) mod rates;
pub(crate) mod status;
mod watch;
