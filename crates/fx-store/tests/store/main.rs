//! What every store must do, on SQLite and on a real PostgreSQL, and what only PostgreSQL can be asked.

#[macro_use]
mod backend;

mod alerts;
mod channels;
mod deliveries;
mod hand;
mod postgresql;
mod rates;
