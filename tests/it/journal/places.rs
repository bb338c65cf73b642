//! The places to keep a journal in, empty for each test.

use std::path::PathBuf;
use std::sync::Once;

use acedata_pay_mcp::journal::{Front, Journal, Location};
use tokio_postgres::{Client, Config, NoTls};

/// A place for one test's journal.
pub struct Place {
    pub location: Location,
    /// What the setting says for it.
    pub setting: String,
    /// The folder of a file, until the test is over.
    pub folder: Option<tempfile::TempDir>,
    /// How the tests themselves reach the database.
    pub config: Option<Config>,
}

/// Somebody's lock on the journal, until it is dropped.
pub enum Lock {
    File(#[expect(dead_code, reason = "held")] rusqlite::Connection),
    Postgres(#[expect(dead_code, reason = "held")] Client),
}

/// Runs a test in a file, and in a database where there is one.
pub async fn everywhere(test: impl AsyncFn(&Place)) {
    test(&Place::file()).await;
    if let Some(place) = Place::database().await {
        test(&place).await;
    }
}

impl Place {
    pub fn file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state").join("journal.sqlite3");
        Self {
            setting: path.to_str().unwrap().to_owned(),
            location: Location::File(path),
            folder: Some(folder),
            config: None,
        }
    }

    /// A new database on the server that the environment names.
    pub async fn database() -> Option<Self> {
        static SKIPPED: Once = Once::new();

        // A test may ask the environment where its server is.
        #[expect(clippy::disallowed_methods)]
        let Ok(server) = std::env::var("ACEDATACLOUD_TEST_POSTGRES") else {
            #[expect(clippy::print_stderr, reason = "so that nobody takes it for tested")]
            SKIPPED.call_once(|| eprintln!("PostgreSQL: skipped"));
            return None;
        };
        let name = format!("journal_{}", uuid::Uuid::new_v4().simple());
        let client = client(&server.parse().unwrap()).await;
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        Some(Self {
            location: url.parse().unwrap(),
            folder: None,
            config: Some(url.parse().unwrap()),
            setting: url,
        })
    }

    pub fn journal(&self) -> Journal {
        Journal::new(self.location.clone(), Front::Mcp)
    }

    pub fn path(&self) -> PathBuf {
        match &self.location {
            Location::File(path) => path.clone(),
            other => panic!("{other} is no file"),
        }
    }

    pub async fn exists(&self) -> bool {
        let Some(config) = &self.config else {
            return self.path().parent().unwrap().exists();
        };
        let tables = "SELECT COUNT(*) FROM pg_tables WHERE tablename LIKE 'acedata%'";
        let row = client(config).await.query_one(tables, &[]).await.unwrap();
        row.get::<_, i64>(0) > 0
    }

    pub async fn execute(&self, statement: &str) {
        match &self.config {
            None => rusqlite::Connection::open(self.path())
                .unwrap()
                .execute_batch(statement)
                .unwrap(),
            Some(config) => client(config).await.batch_execute(statement).await.unwrap(),
        }
    }

    pub async fn lock(&self) -> Lock {
        let Some(config) = &self.config else {
            let connection = rusqlite::Connection::open(self.path()).unwrap();
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            return Lock::File(connection);
        };
        let client = client(config).await;
        let lock = "BEGIN; LOCK TABLE acedata_pay_attempt IN EXCLUSIVE MODE";
        client.batch_execute(lock).await.unwrap();
        Lock::Postgres(client)
    }
}

async fn client(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}
