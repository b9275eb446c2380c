//! fx-store
