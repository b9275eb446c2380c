//! fx-config
