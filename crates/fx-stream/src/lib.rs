//! fx-stream
