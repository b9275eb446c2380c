//! The engine on the embedded log and the SQLite store.

mod episodes;
mod faulty;
mod fixture;
mod message;
mod recorded;
mod restarts;
