//! A journal in a file: SQLite, on one blocking thread at a time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql, ffi, params_from_iter};
use tempfile::TempDir;
use tokio::sync::Mutex;

use super::JournalError;
use super::file::{self, Identity};
use super::row::{Row, Value};
use super::sql;

/// How long another program's lock is waited for.
const LOCK_TIME: Duration = Duration::from_secs(5);

/// A journal in a file. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Sqlite(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    // Dropped before the folder that it is in.
    connection: Option<Connection>,
    place: Place,
    /// The file, once it was opened: from then on it must be that one.
    opened: Option<(PathBuf, Identity)>,
}

#[derive(Debug)]
enum Place {
    File(PathBuf),
    /// A folder that is made when it is needed, and goes with the journal.
    Temporary(Option<TempDir>),
}

impl Sqlite {
    /// A journal in a file, or in a temporary one.
    pub(super) fn new(path: Option<PathBuf>) -> Self {
        Self(Arc::new(Mutex::new(State {
            connection: None,
            place: path.map_or(Place::Temporary(None), Place::File),
            opened: None,
        })))
    }

    /// Runs one statement, which is one transaction. With `create` it makes the journal where there is none; without, there
    /// are no rows then.
    pub(super) async fn rows(
        &self,
        statement: String,
        values: Vec<Value>,
        create: bool,
    ) -> Result<Vec<Row>, JournalError> {
        self.blocking(move |state| state.rows(&statement, &values, create))
            .await
    }

    /// How large it is, in bytes; `None` while there is none.
    pub(super) async fn size(&self) -> Result<Option<u64>, JournalError> {
        self.blocking(|state| Ok(state.opened.as_ref().map(|(file, _)| file::size(file))))
            .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut State) -> Result<T, JournalError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let mut state = Arc::clone(&self.0).lock_owned().await;
        tokio::task::spawn_blocking(move || work(&mut state))
            .await
            .unwrap_or(Err(JournalError::Interrupted))
    }
}

impl State {
    fn rows(&mut self, statement: &str, values: &[Value], create: bool) -> Result<Vec<Row>, JournalError> {
        let Some(connection) = self.connection(create)? else {
            return Ok(Vec::new());
        };
        let rows = query(connection, statement, values);
        if matches!(rows, Err(JournalError::Damaged(_) | JournalError::Failed(_))) {
            // The next call looks at the file anew.
            self.connection = None;
        }
        rows
    }

    /// The open journal; `None` where there is none.
    fn connection(&mut self, create: bool) -> Result<Option<&Connection>, JournalError> {
        if self.connection.is_none() {
            self.connection = self.open(create)?;
        } else if self
            .opened
            .as_ref()
            .is_some_and(|(file, identity)| Identity::of(file) != *identity)
        {
            return Err(JournalError::Vanished);
        }
        Ok(self.connection.as_ref())
    }

    fn open(&mut self, create: bool) -> Result<Option<Connection>, JournalError> {
        let path = self.place.path()?;
        let mut found = file::find(&path)?;
        if found.is_none() && self.opened.is_some() {
            return Err(JournalError::Vanished);
        }
        if found.is_none() && create {
            file::create(&path, write_schema)?;
            found = file::find(&path)?;
        }
        let Some(file) = found else {
            return Ok(None);
        };
        let connection = connect(&file)?;
        let identity = Identity::of(&file);
        let opened = self.opened.get_or_insert_with(|| (file, identity.clone()));
        if !opened.1.is_same_database(&identity) {
            return Err(JournalError::Vanished);
        }
        opened.1 = identity;
        Ok(Some(connection))
    }
}

impl Place {
    fn path(&mut self) -> Result<PathBuf, JournalError> {
        let folder = match self {
            Self::File(path) => return Ok(path.clone()),
            Self::Temporary(Some(folder)) => folder,
            Self::Temporary(empty) => {
                let folder = TempDir::with_prefix("acedata-pay-").map_err(|error| JournalError::of_file(&error))?;
                empty.insert(folder)
            }
        };
        Ok(folder.path().join("journal.sqlite3"))
    }
}

fn query(connection: &Connection, statement: &str, values: &[Value]) -> Result<Vec<Row>, JournalError> {
    let mut statement = connection.prepare(statement)?;
    let width = statement.column_count();
    let mut rows = statement.query(params_from_iter(values))?;
    let mut read = Vec::new();
    // To the last one: only then is what the statement wrote durable.
    while let Some(row) = rows.next()? {
        let values = (0..width).map(|column| row.get_ref(column).map(value));
        read.push(Row::new(values.collect::<rusqlite::Result<_>>()?));
    }
    Ok(read)
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Integer(number) => Value::Integer(Some(number)),
        ValueRef::Text(text) => Value::Text(Some(String::from_utf8_lossy(text).into_owned())),
        // There is nothing else in the schema.
        _ => Value::Text(None),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Integer(number) => number.to_sql(),
        }
    }
}

/// Writes an empty journal into an empty file.
fn write_schema(file: &Path) -> Result<(), JournalError> {
    let connection = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    settle(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.execute_batch(&format!("BEGIN IMMEDIATE; {} COMMIT;", sql::SCHEMA))?;
    Ok(connection.close().map_err(|(_, error)| error)?)
}

/// Opens a journal that is there, and looks whether it is whole and ours.
fn connect(file: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(file, flags)?;
    // Before anything else: where nothing can be written, the next step fails for less clear a reason.
    if connection.is_readonly(rusqlite::MAIN_DB)? {
        return Err(JournalError::ReadOnly);
    }
    settle(&connection)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(JournalError::Damaged(verdict));
    }
    if !connection.table_exists(None, sql::MARK)? {
        return Err(JournalError::Damaged("it is no payment journal".to_owned()));
    }
    sql::check_format(query(&connection, sql::READ_FORMAT, &[])?)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    Ok(connection)
}

/// Durable at every commit, patient with others, and suspicious of what is in the file.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(LOCK_TIME)?;
    for (pragma, value) in [
        ("synchronous", "FULL"),
        ("fullfsync", "ON"),
        ("checkpoint_fullfsync", "ON"),
        ("trusted_schema", "OFF"),
        ("cell_size_check", "ON"),
    ] {
        connection.pragma_update(None, pragma, value)?;
    }
    Ok(())
}

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(code, _) = &error else {
            return Self::Failed(error.to_string());
        };
        match code.code {
            _ if code.extended_code == ffi::SQLITE_READONLY_DBMOVED => Self::Vanished,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked,
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::ReadOnly => Self::ReadOnly,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Self::Damaged(error.to_string()),
            ErrorCode::CannotOpen | ErrorCode::PermissionDenied => Self::Unopenable(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> (TempDir, Connection) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("journal.sqlite3");
        file::create(&path, write_schema).unwrap();
        let connection = connect(&path).unwrap();
        (folder, connection)
    }

    fn tell(connection: &Connection, word: &str) -> Result<Vec<Row>, JournalError> {
        query(
            connection,
            sql::TELL,
            &["host".into(), "order".into(), word.into(), 1.into()],
        )
    }

    #[test]
    fn a_full_disk_and_a_read_only_one_are_told_by_their_names_and_change_nothing() {
        let (_folder, connection) = journal();
        connection.pragma_update(None, "max_page_count", 1).unwrap();
        assert_eq!(tell(&connection, &"x".repeat(100_000)).unwrap_err(), JournalError::Full);
        connection.pragma_update(None, "query_only", "ON").unwrap();
        assert_eq!(tell(&connection, "x").unwrap_err(), JournalError::ReadOnly);
        connection.pragma_update(None, "query_only", "OFF").unwrap();
        assert_eq!(tell(&connection, "x").unwrap().len(), 1);
        assert_eq!(
            query(&connection, "SELECT 1 FROM acedata_pay_notice", &[])
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn a_commit_is_durable_and_what_is_in_the_file_is_not_trusted() {
        let (_folder, connection) = journal();
        for (pragma, value) in [
            ("journal_mode", "wal"),
            ("synchronous", "2"),
            ("trusted_schema", "0"),
            ("cell_size_check", "1"),
            ("fullfsync", "1"),
            ("busy_timeout", "5000"),
        ] {
            let found = connection.pragma_query_value(None, pragma, |row| row.get_ref(0).map(value_text));
            assert_eq!(found.unwrap(), value, "{pragma}");
        }
    }

    #[tokio::test]
    async fn the_folder_of_a_temporary_journal_goes_with_its_last_clone() {
        let journal = Sqlite::new(None);
        let told = vec!["host".into(), "order".into(), "word".into(), 1.into()];
        journal.rows(sql::TELL.to_owned(), told, true).await.unwrap();
        let file = journal.0.lock().await.place.path().unwrap();
        let clone = journal.clone();
        drop(journal);
        assert!(file.is_file());
        drop(clone);
        assert!(!file.parent().unwrap().exists());
    }

    fn value_text(raw: ValueRef<'_>) -> String {
        match value(raw) {
            Value::Text(text) => text.unwrap(),
            Value::Integer(number) => number.unwrap().to_string(),
        }
    }
}
