//! SQLite under the names of PostgreSQL's asynchronous queries, so that a query that is the same on both is written once.
//!
//! Such a file is compiled for each of the two: it takes its connection and its [`RunQueryDsl`] from the module above it.

use std::future::{Ready, ready};

use diesel::dsl::Limit;
use diesel::query_dsl::methods::{ExecuteDsl, LimitDsl, LoadQuery};
use diesel::result::QueryResult;
use diesel::{RunQueryDsl as Blocking, SqliteConnection};
use futures::FutureExt;

use crate::StoreError;
use crate::aborted::Aborted;

/// As the trait of that name of PostgreSQL's connections; what it answers is there at once.
pub(crate) trait RunQueryDsl: Sized {
    fn execute(self, connection: &mut SqliteConnection) -> Ready<QueryResult<usize>>
    where
        Self: Blocking<SqliteConnection> + ExecuteDsl<SqliteConnection>,
    {
        ready(Blocking::execute(self, connection))
    }

    fn load<'query, U>(self, connection: &mut SqliteConnection) -> Ready<QueryResult<Vec<U>>>
    where
        Self: Blocking<SqliteConnection> + LoadQuery<'query, SqliteConnection, U>,
    {
        ready(Blocking::load(self, connection))
    }

    fn get_result<'query, U>(self, connection: &mut SqliteConnection) -> Ready<QueryResult<U>>
    where
        Self: Blocking<SqliteConnection> + LoadQuery<'query, SqliteConnection, U>,
    {
        ready(Blocking::get_result(self, connection))
    }

    fn get_results<'query, U>(self, connection: &mut SqliteConnection) -> Ready<QueryResult<Vec<U>>>
    where
        Self: Blocking<SqliteConnection> + LoadQuery<'query, SqliteConnection, U>,
    {
        ready(Blocking::get_results(self, connection))
    }

    fn first<'query, U>(self, connection: &mut SqliteConnection) -> Ready<QueryResult<U>>
    where
        Self: Blocking<SqliteConnection> + LimitDsl,
        Limit<Self>: LoadQuery<'query, SqliteConnection, U>,
    {
        ready(Blocking::first(self, connection))
    }
}

impl<Q> RunQueryDsl for Q {}

/// The outcome of work that waits for nothing.
pub(crate) fn done<T>(work: impl Future<Output = Result<T, Aborted>>) -> Result<T, StoreError> {
    let outcome = work.now_or_never().expect("SQLite answers at once");
    outcome.map_err(|aborted| match aborted {
        Aborted::Query(error) => error.into(),
        Aborted::Store(error) => error,
    })
}

/// In SQLite one transaction writes at a time anyway.
pub(crate) fn one_at_a_time(_: &mut SqliteConnection, _: &str) -> Ready<Result<(), Aborted>> {
    ready(Ok(()))
}
