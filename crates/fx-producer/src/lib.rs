//! fx-producer
