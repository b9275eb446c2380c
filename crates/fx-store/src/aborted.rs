//! Why work on a connection ended early.

use std::error::Error;

use diesel::result::{DatabaseErrorKind, Error as QueryError};

use crate::StoreError;

/// Work ends early either by the server or by what its answer holds.
pub(crate) enum Aborted {
    Query(QueryError),
    Store(StoreError),
}

impl From<QueryError> for Aborted {
    fn from(error: QueryError) -> Self {
        Self::Query(error)
    }
}

impl From<StoreError> for Aborted {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Aborted {
    /// As the callers of a store see it.
    pub(crate) fn at(self, server: &str) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::Query(error) => StoreError::Postgres { server: server.to_owned(), reason: said(&error) },
        }
    }

    /// Whether a row had no partition to go to.
    pub(crate) fn lacks_partition(&self) -> bool {
        let Self::Query(QueryError::DatabaseError(DatabaseErrorKind::CheckViolation, said)) = self else {
            return false;
        };
        said.message().starts_with("no partition of relation")
    }
}

fn said(error: &QueryError) -> String {
    match error {
        QueryError::DatabaseError(_, said) => {
            let details = [said.details(), said.hint()].into_iter().flatten();
            std::iter::once(said.message()).chain(details).collect::<Vec<_>>().join(": ")
        }
        other => chain(other),
    }
}

/// An error and what it came from.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}
