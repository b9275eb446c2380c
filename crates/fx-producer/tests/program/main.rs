//! The program `fx-producer` with a real Kafka.

mod exchange;
mod outage;
mod producer;
mod recording;
