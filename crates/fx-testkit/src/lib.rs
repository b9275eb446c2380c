//! fx-testkit
