//! From the outbox to people, with real servers at the other end.

mod fixture;
mod guard;
mod limits;
mod mail;
mod postgresql;
mod schedule;
mod webhooks;
