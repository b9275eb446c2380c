//! The embedded log: tables in the one SQLite file.
