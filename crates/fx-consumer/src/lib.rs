//! fx-consumer
