//! fx-cache
