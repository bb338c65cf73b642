//! Why the journal cannot be used, by meaning.

use std::io;
use std::path::PathBuf;

use super::attempt::{AttemptId, Outcome};

/// Why the journal cannot be used. Never holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// It cannot be opened.
    #[error("the payment journal cannot be opened: {0}")]
    Unopenable(String),
    /// Others have access to its file, or can change its folder.
    #[error("the payment journal is open to others: the mode of `{}` is {mode:04o}", .path.display())]
    TooOpen {
        /// The file or the folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A link, a folder or a device is in its place.
    #[error("the payment journal cannot be opened: `{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// It is damaged, or is no journal.
    #[error("the payment journal is damaged: {0}")]
    Damaged(String),
    /// A newer version of this program wrote it.
    #[error(
        "the payment journal was written by a newer version of this program (format {found}, and this one knows {known})"
    )]
    Newer {
        /// Its format.
        found: i64,
        /// The newest format that this program knows.
        known: i64,
    },
    /// It is not where it was when this process opened it.
    #[error("the payment journal was removed or replaced while it was in use")]
    Vanished,
    /// Another program keeps it locked.
    #[error("another program keeps the payment journal locked")]
    Locked,
    /// No room is left.
    #[error("no room is left for the payment journal")]
    Full,
    /// It can be read only.
    #[error("the payment journal can only be read")]
    ReadOnly,
    /// The database does not answer.
    #[error("the database of the payment journal cannot be reached: {0}")]
    Unreachable(String),
    /// Reading or writing failed in another way.
    #[error("the payment journal failed: {0}")]
    Failed(String),
    /// The attempt is not in it.
    #[error("the payment journal does not hold the attempt {0}")]
    NoSuchAttempt(AttemptId),
    /// An attempt cannot come to that from where it is.
    #[error("a payment attempt that is `{from}` cannot become `{to}`")]
    NotAllowed {
        /// How it stands.
        from: Outcome,
        /// What it was to become.
        to: Outcome,
    },
    /// The program is ending.
    #[error("the payment journal was interrupted")]
    Interrupted,
}

impl JournalError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unopenable(_) => "check that its folder exists and that this user may write there",
            Self::TooOpen { .. } => "give the file mode 0600 and its folder mode 0700",
            Self::NotAFile(_) => "name a file of its own, not a link to one",
            Self::Damaged(_) => {
                "keep the damaged journal, look at the orders that it may hold, and restore it from a backup or name another place"
            }
            Self::Newer { .. } => "update this program",
            Self::Vanished => "put it back if you can, look at the orders paid of late, and start this program again",
            Self::Locked => "close the program that uses it, or try again in a moment",
            Self::Full => "make room on the disk",
            Self::ReadOnly => "allow this user to write to it",
            Self::Unreachable(_) => "check the database's address, user and certificate, and that it is running",
            Self::Failed(_) | Self::Interrupted => "try again, and check the disk or the database if it goes on",
            Self::NoSuchAttempt(_) | Self::NotAllowed { .. } => "look at the order before anything else is paid for it",
        }
    }

    /// What went wrong with a file or a folder.
    pub(super) fn of_file(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Unopenable(error.to_string()),
        }
    }
}
