//! The journal's file: made so that only its owner can use it, and looked at before it is used.

use std::fs::{self, DirBuilder, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::JournalError;

/// What SQLite keeps beside a database that is in use.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// The place of a journal's file, with its folder as it really is; `None` while there is no file.
///
/// # Errors
/// When the file is none, or others can use it.
pub(super) fn find(path: &Path) -> Result<Option<PathBuf>, JournalError> {
    let (folder, name) = parts(path)?;
    let folder = match fs::canonicalize(folder) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(JournalError::of_file(&error)),
    };
    check_mode(
        &folder,
        &metadata(&folder)?.ok_or(JournalError::Vanished)?,
        OTHERS_WRITE,
    )?;
    let file = folder.join(name);
    let is_there = check_file(&file)?;
    for companion in COMPANIONS {
        check_file(&beside(&file, companion))?;
    }
    Ok(is_there.then_some(file))
}

/// Makes a journal's file, and its folder where there is none; `write` writes it. It has its name only once it is whole, and
/// takes no other file's place: where another process was faster, its file stays.
///
/// # Errors
/// When it cannot be made, or others can use its folder.
pub(super) fn create(path: &Path, write: impl FnOnce(&Path) -> Result<(), JournalError>) -> Result<(), JournalError> {
    let (folder, _) = parts(path)?;
    make_folder(folder).map_err(|error| JournalError::of_file(&error))?;
    // Refuses a folder of others before anything is put there.
    find(path)?;
    let draft = tempfile::Builder::new()
        .prefix(".journal-")
        .tempfile_in(folder)
        .map_err(|error| JournalError::of_file(&error))?
        // Closed at once: the locks of SQLite end with any handle of the file in this process.
        .into_temp_path();
    write(&draft)?;
    match draft.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != io::ErrorKind::AlreadyExists => Err(JournalError::of_file(&failed.error)),
        _ => sync_folder(folder).map_err(|error| JournalError::of_file(&error)),
    }
}

/// Which files a journal consists of: a file that was removed or replaced is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    database: Option<(u64, u64)>,
    log: Option<(u64, u64)>,
}

impl Identity {
    /// The files that are there now.
    pub(super) fn of(file: &Path) -> Self {
        Self {
            database: inode(file),
            log: inode(&beside(file, "-wal")),
        }
    }

    /// Whether both are of the same database, opened at different times.
    pub(super) fn is_same_database(&self, other: &Self) -> bool {
        self.database == other.database
    }
}

/// How large a journal is, in bytes.
pub(super) fn size(file: &Path) -> u64 {
    let files = [file.to_owned(), beside(file, "-wal")];
    files
        .iter()
        .filter_map(|file| fs::metadata(file).ok())
        .map(|metadata| metadata.len())
        .sum()
}

#[cfg(unix)]
fn inode(file: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = fs::symlink_metadata(file).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere a file that is in use can be neither removed nor replaced.
#[cfg(not(unix))]
fn inode(_: &Path) -> Option<(u64, u64)> {
    None
}

/// Whether the file is there.
fn check_file(file: &Path) -> Result<bool, JournalError> {
    let Some(metadata) = metadata(file)? else {
        return Ok(false);
    };
    if !metadata.is_file() {
        return Err(JournalError::NotAFile(file.to_owned()));
    }
    check_mode(file, &metadata, OTHERS_ANY)?;
    Ok(true)
}

fn metadata(path: &Path) -> Result<Option<Metadata>, JournalError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(JournalError::of_file(&error)),
    }
}

/// Group or others may do something.
const OTHERS_ANY: u32 = 0o077;

/// Group or others may write.
const OTHERS_WRITE: u32 = 0o022;

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &Metadata, forbidden: u32) -> Result<(), JournalError> {
    use std::os::unix::fs::PermissionsExt as _;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & forbidden == 0 {
        return Ok(());
    }
    let path = path.to_owned();
    Err(JournalError::TooOpen { path, mode })
}

/// Elsewhere the folder's access list decides, and the user's own folders are closed to others.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn check_mode(_: &Path, _: &Metadata, _: u32) -> Result<(), JournalError> {
    Ok(())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    folder.parent().map_or(Ok(()), sync_folder)
}

/// Makes the names in a folder durable.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened, and its names need no help.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

fn parts(path: &Path) -> Result<(&Path, &std::ffi::OsStr), JournalError> {
    path.parent()
        .zip(path.file_name())
        .ok_or_else(|| JournalError::NotAFile(path.to_owned()))
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
