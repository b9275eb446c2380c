//! fx-alert-engine
