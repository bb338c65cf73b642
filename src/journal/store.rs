//! The two databases, as one.

use super::JournalError;
use super::attempt::Attempt;
use super::location::Location;
use super::postgres::Postgres;
use super::row::{Row, Value};
use super::sqlite::Sqlite;

/// Where a journal is kept. Made without I/O; clones share it.
#[derive(Debug, Clone)]
pub(super) enum Store {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Store {
    pub(super) fn new(location: &Location) -> Self {
        match location {
            Location::Temporary => Self::Sqlite(Sqlite::new(None)),
            Location::File(path) => Self::Sqlite(Sqlite::new(Some(path.clone()))),
            Location::Postgres(url) => Self::Postgres(Postgres::new(url.clone())),
        }
    }

    /// What a statement finds, in a journal that is there.
    pub(super) async fn read(&self, statement: &str, values: Vec<Value>) -> Result<Vec<Row>, JournalError> {
        self.rows(statement, values, false).await
    }

    /// The first attempt that a statement finds, in a journal that is there.
    pub(super) async fn find(&self, statement: &str, values: Vec<Value>) -> Result<Option<Attempt>, JournalError> {
        first(self.read(statement, values).await?)
    }

    /// The attempt that a statement writes, durable when this returns. The journal is made where there is none.
    pub(super) async fn write(&self, statement: &str, values: Vec<Value>) -> Result<Option<Attempt>, JournalError> {
        first(self.rows(statement, values, true).await?)
    }

    /// What a statement writes, durable when this returns. With `create` the journal is made where there is none.
    pub(super) async fn rows(
        &self,
        statement: &str,
        values: Vec<Value>,
        create: bool,
    ) -> Result<Vec<Row>, JournalError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.rows(statement.to_owned(), values, create).await,
            Self::Postgres(postgres) => postgres.rows(statement, &values, create).await,
        }
    }

    /// How large the journal is, in bytes; `None` while there is none.
    pub(super) async fn size(&self) -> Result<Option<u64>, JournalError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.size().await,
            Self::Postgres(postgres) => postgres.size().await,
        }
    }
}

fn first(rows: Vec<Row>) -> Result<Option<Attempt>, JournalError> {
    rows.into_iter().next().map(Row::attempt).transpose()
}
