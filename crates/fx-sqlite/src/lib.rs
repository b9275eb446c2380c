//! fx-sqlite
