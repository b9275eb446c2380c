//! The producer against providers on loopback, with a real log.

mod bundled;
mod ecb_days;
mod kraken;
mod polling;
mod refusals;
mod replay;
mod spooled;
mod stage;
