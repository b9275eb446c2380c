//! fx-domain
