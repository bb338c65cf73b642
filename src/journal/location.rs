//! Where a journal is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use etcetera::BaseStrategy as _;

use super::postgres_url::PostgresUrl;

/// Where a journal is. Shows no user name and no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file that nobody else sees, and that goes when the journal does.
    Temporary,
    /// A file on this machine.
    File(PathBuf),
    /// A PostgreSQL database.
    Postgres(PostgresUrl),
    /// Nowhere: this user has no home directory to keep it in. It cannot be opened.
    Nowhere,
}

/// Why a text names no place for a journal. Never holds any of the text, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// It is empty.
    #[error("it is empty")]
    Empty,
    /// It depends on where the program was started.
    #[error("its path does not begin at the root of the disk, so that it would differ from one start to the next")]
    Relative,
    /// It is a URL of something else.
    #[error("it is neither a path nor a `postgres://` address")]
    Scheme,
    /// The address of the database cannot be used.
    #[error("it is not an address such as `postgres://user:password@host/database?sslmode=require`")]
    Malformed,
    /// `sslmode` is none that there is.
    #[error("its `sslmode` is none of `disable`, `prefer`, `require`, `verify-ca` and `verify-full`")]
    SslMode,
}

impl Location {
    /// Where the journal is unless somebody says otherwise: in the user's folder for the state of programs.
    #[must_use]
    pub fn usual() -> Self {
        let Ok(base) = etcetera::base_strategy::choose_native_strategy() else {
            return Self::Nowhere;
        };
        // Windows' folder for data follows the user from machine to machine, which a database in use cannot.
        let folder = if cfg!(windows) {
            base.cache_dir()
        } else {
            base.state_dir().unwrap_or_else(|| base.data_dir())
        };
        Self::File(folder.join("acedata-pay-mcp").join("journal.sqlite3"))
    }
}

impl FromStr for Location {
    type Err = LocationError;

    /// Reads a path, or the address of a PostgreSQL database.
    ///
    /// # Errors
    /// [`LocationError`] for anything else.
    fn from_str(text: &str) -> Result<Self, LocationError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(LocationError::Empty);
        }
        match text.split_once("://") {
            Some(("postgres" | "postgresql", _)) => text.parse().map(Self::Postgres),
            Some(_) => Err(LocationError::Scheme),
            None if Path::new(text).is_absolute() => Ok(Self::File(text.into())),
            None => Err(LocationError::Relative),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Temporary => formatter.write_str("a temporary file"),
            Self::File(path) => path.display().fmt(formatter),
            Self::Postgres(url) => url.fmt(formatter),
            Self::Nowhere => formatter.write_str("nowhere: this user has no home directory"),
        }
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_place_is_a_path_or_a_database_and_shows_no_password() {
        let path = if cfg!(windows) {
            r"C:\a b\j.sqlite3"
        } else {
            "/a b/j.sqlite3"
        };
        for (text, shown) in [
            (path, path),
            ("postgres://db.example", "postgres://db.example/"),
            (" postgres://u:s3cret@db.example/pay\n", "postgres://db.example/pay"),
            (
                "postgresql://u:s3cret@db.example:6432/pay?sslmode=require",
                "postgres://db.example:6432/pay",
            ),
            (
                "postgres://u@[::1]:5432/pay?password=s3cret",
                // The usual port.
                "postgres://[::1]/pay",
            ),
            (
                "postgres://u:s3%2Fcret@h/pay?application_name=s3cret",
                "postgres://h/pay",
            ),
        ] {
            let location: Location = text.parse().unwrap();
            assert_eq!(location.to_string(), shown);
            assert!(!format!("{location:?}").contains("s3"), "{location:?}");
        }
    }

    #[test]
    fn what_names_no_place_is_refused_without_repeating_it() {
        for (text, error) in [
            ("", LocationError::Empty),
            (" \n", LocationError::Empty),
            ("journal.sqlite3", LocationError::Relative),
            ("./a/b", LocationError::Relative),
            ("mysql://u:s3cret@h/pay", LocationError::Scheme),
            ("https://s3cret@h", LocationError::Scheme),
            ("postgres://", LocationError::Malformed),
            ("postgres:///pay", LocationError::Malformed),
            ("postgres://a,b/pay", LocationError::Malformed),
            ("postgres://a/pay?host=b", LocationError::Malformed),
            ("postgres://u:s3cret@h:port/pay", LocationError::Malformed),
            ("postgres://u:s3cret@h/pay?colour=s3cret", LocationError::Malformed),
            ("postgres://u:s3cret@h/pay?sslmode=s3cret", LocationError::SslMode),
        ] {
            assert_eq!(text.parse::<Location>(), Err(error), "{text}");
            assert!(!error.to_string().contains("s3cret"));
        }
    }

    #[test]
    fn the_default_place_is_a_file_in_a_folder_of_its_own() {
        let Location::File(path) = Location::usual() else {
            panic!("no default place");
        };
        assert!(path.ends_with("acedata-pay-mcp/journal.sqlite3"), "{}", path.display());
        assert!(path.is_absolute());
    }
}
