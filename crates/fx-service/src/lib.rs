//! fx-service
