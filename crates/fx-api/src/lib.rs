//! fx-api
