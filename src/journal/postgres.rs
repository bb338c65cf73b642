//! A journal in a PostgreSQL database, which agents on many machines can share.

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::JournalError;
use super::postgres_url::PostgresUrl;
use super::row::{Row, Value};
use super::sql;
use crate::text::Text;

/// How long an answer is waited for; longer than the server works on one.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// What every connection begins with: no wait without an end, and no commit that could be lost.
const SETTLE: &str = "SET statement_timeout = '8s'; SET lock_timeout = '5s'; \
     SET default_transaction_isolation = 'read committed'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// Whether the tables are there.
const IS_THERE: &str = "SELECT COUNT(to_regclass($1))";

/// How large they are, in bytes.
const SIZE: &str =
    "SELECT pg_total_relation_size('acedata_pay_attempt') + pg_total_relation_size('acedata_pay_notice')";

/// A journal in a database. Clones share it.
#[derive(Debug, Clone)]
pub(super) struct Postgres(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    url: PostgresUrl,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    client: Option<Arc<Client>>,
    /// Whether the tables were seen: from then on they must be there.
    opened: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("State").finish_non_exhaustive()
    }
}

impl Postgres {
    pub(super) fn new(url: PostgresUrl) -> Self {
        let state = Mutex::default();
        Self(Arc::new(Shared { url, state }))
    }

    /// Runs one statement, which is one transaction. With `create` it makes the journal where there is none; without, there
    /// are no rows then.
    ///
    /// Where the connection is lost the statement is run again on another one: each may be run twice.
    pub(super) async fn rows(&self, statement: &str, values: &[Value], create: bool) -> Result<Vec<Row>, JournalError> {
        let mut is_last = false;
        loop {
            let Some(client) = self.client(create).await? else {
                return Ok(Vec::new());
            };
            match query(&client, statement, values).await {
                Err(Failure::Lost) if !is_last => {
                    is_last = true;
                    self.leave(&client).await;
                }
                rows => return Ok(rows?),
            }
        }
    }

    /// How large it is, in bytes; `None` while there is none.
    pub(super) async fn size(&self) -> Result<Option<u64>, JournalError> {
        let rows = self.rows(SIZE, &[], false).await?;
        let size = rows.into_iter().next().map(|mut row| row.number()).transpose()?;
        Ok(size.and_then(|size| size.try_into().ok()))
    }

    /// A connection to a journal that is there, made anew where there is none or it was lost.
    async fn client(&self, create: bool) -> Result<Option<Arc<Client>>, JournalError> {
        let mut state = self.0.state.lock().await;
        if let Some(client) = state.client.as_ref().filter(|client| !client.is_closed()) {
            return Ok(Some(Arc::clone(client)));
        }
        state.client = None;
        let client = connect(&self.0.url).await?;
        if !is_there(&client).await? {
            if state.opened {
                return Err(JournalError::Vanished);
            }
            if !create {
                return Ok(None);
            }
            make(&client).await?;
        }
        sql::check_format(query(&client, sql::READ_FORMAT, &[]).await?)?;
        let client = Arc::new(client);
        state.client = Some(Arc::clone(&client));
        state.opened = true;
        Ok(Some(client))
    }

    /// Nothing more goes through this connection: it may not know yet that the other side has ended it.
    async fn leave(&self, lost: &Arc<Client>) {
        let mut state = self.0.state.lock().await;
        state.client.take_if(|client| Arc::ptr_eq(client, lost));
    }
}

async fn connect(url: &PostgresUrl) -> Result<Client, JournalError> {
    if url.config().get_ssl_mode() == SslMode::Disable {
        return connect_by(url, NoTls).await;
    }
    let unreachable = |error: rustls::Error| JournalError::Unreachable(error.to_string());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unreachable)?
        .with_platform_verifier()
        .map_err(unreachable)?
        .with_no_client_auth();
    connect_by(url, MakeRustlsConnect::new(tls)).await
}

async fn connect_by<T>(url: &PostgresUrl, tls: T) -> Result<Client, JournalError>
where
    T: MakeTlsConnect<Socket, Stream: Send + 'static>,
{
    let connecting = timeout(ANSWER_TIME, url.config().connect(tls));
    let (client, connection) = connecting
        .await
        .map_err(|_| no_answer())?
        .map_err(|error| meaning(&error))?;
    // It ends with the client, or with an error that the client meets too.
    tokio::spawn(connection);
    batch(&client, SETTLE).await?;
    Ok(client)
}

async fn is_there(client: &Client) -> Result<bool, JournalError> {
    let rows = query(client, IS_THERE, &[sql::MARK.into()]).await?;
    let count = rows.into_iter().next().map(|mut row| row.number()).transpose()?;
    Ok(count == Some(1))
}

/// Makes the tables, all or none, unless another process is faster.
async fn make(client: &Client) -> Result<(), JournalError> {
    let Err(error) = batch(client, &format!("BEGIN; {} COMMIT", sql::SCHEMA)).await else {
        return Ok(());
    };
    batch(client, "ROLLBACK").await?;
    if is_there(client).await? { Ok(()) } else { Err(error) }
}

async fn batch(client: &Client, statements: &str) -> Result<(), JournalError> {
    let done = timeout(ANSWER_TIME, client.batch_execute(statements)).await;
    done.map_err(|_| no_answer())?.map_err(|error| meaning(&error))
}

/// Why a statement was not answered.
enum Failure {
    /// The connection was lost; whether the statement was carried out is unknown.
    Lost,
    Said(JournalError),
}

impl From<Failure> for JournalError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lost => Self::Unreachable("the connection was lost".to_owned()),
            Failure::Said(error) => error,
        }
    }
}

async fn query(client: &Client, statement: &str, values: &[Value]) -> Result<Vec<Row>, Failure> {
    let parameters: Vec<(&(dyn ToSql + Sync), Type)> = values
        .iter()
        .map(|value| match value {
            Value::Text(text) => (text as &(dyn ToSql + Sync), Type::TEXT),
            Value::Integer(number) => (number as &(dyn ToSql + Sync), Type::INT8),
        })
        .collect();
    let rows = timeout(ANSWER_TIME, client.query_typed(statement, &parameters))
        .await
        .map_err(|_| Failure::Said(no_answer()))?;
    match rows {
        Ok(rows) => rows.iter().map(read).collect::<Result<_, _>>().map_err(Failure::Said),
        Err(error) if error.is_closed() || client.is_closed() || is_farewell(&error) => Err(Failure::Lost),
        Err(error) => Err(Failure::Said(meaning(&error))),
    }
}

/// Whether the server says with it that it ends the connection.
fn is_farewell(error: &tokio_postgres::Error) -> bool {
    matches!(
        error.code(),
        Some(&SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN)
    )
}

fn read(row: &tokio_postgres::Row) -> Result<Row, JournalError> {
    let values = row.columns().iter().enumerate().map(|(index, column)| {
        if *column.type_() == Type::INT8 {
            row.try_get(index).map(Value::Integer)
        } else {
            row.try_get(index).map(Value::Text)
        }
    });
    let values = values.collect::<Result<_, _>>().map_err(|error| meaning(&error))?;
    Ok(Row::new(values))
}

fn no_answer() -> JournalError {
    JournalError::Unreachable(format!("no answer within {} s", ANSWER_TIME.as_secs()))
}

fn meaning(error: &tokio_postgres::Error) -> JournalError {
    let said = reason(error);
    let Some(code) = error.code() else {
        return JournalError::Unreachable(said);
    };
    match code {
        &SqlState::DISK_FULL | &SqlState::OUT_OF_MEMORY => JournalError::Full,
        &SqlState::READ_ONLY_SQL_TRANSACTION => JournalError::ReadOnly,
        &SqlState::DATA_CORRUPTED | &SqlState::INDEX_CORRUPTED | &SqlState::UNDEFINED_COLUMN => {
            JournalError::Damaged(said)
        }
        &SqlState::LOCK_NOT_AVAILABLE | &SqlState::QUERY_CANCELED | &SqlState::T_R_DEADLOCK_DETECTED => {
            JournalError::Locked
        }
        &SqlState::UNDEFINED_TABLE => JournalError::Vanished,
        &SqlState::INSUFFICIENT_PRIVILEGE => JournalError::Unopenable(said),
        // Connections, authorization, databases, resources, and the end of the server.
        code if ["08", "28", "3D", "53", "57"]
            .iter()
            .any(|class| code.code().starts_with(class)) =>
        {
            JournalError::Unreachable(said)
        }
        _ => JournalError::Failed(said),
    }
}

/// What the server said, or what lies under an error.
fn reason(error: &tokio_postgres::Error) -> String {
    let said = match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => match error.source() {
            Some(source) => source.to_string(),
            None => error.to_string(),
        },
    };
    Text::sentence(&said).map_or_else(|| "it does not say why".to_owned(), |text| text.to_string())
}
