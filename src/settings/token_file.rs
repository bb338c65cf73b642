//! The token file: its first line, if nobody else can read it.

use std::fs::Metadata;
use std::path::Path;

use crate::token::TokenError;

/// The most that is read of a token file, in bytes.
const MAX_TOKEN_FILE: u64 = 16 * 1024;

/// What is wrong with a token file.
#[derive(Debug, thiserror::Error)]
pub enum TokenFileError {
    /// It cannot be read.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is a directory, a device, a pipe or the like.
    #[error("it is not a regular file")]
    NotAFile,
    /// Group or others may read it.
    #[error("others can read it (its mode is {0:04o})")]
    Mode(u32),
    /// Its first line is no token.
    #[error("{0}")]
    Token(#[from] TokenError),
}

/// The first line of a token file that only its owner can read.
pub(super) fn read(path: &Path) -> Result<String, TokenFileError> {
    use std::io::Read as _;

    // Looked at before it is opened too: opening a pipe waits for somebody who writes into it.
    regular(std::fs::metadata(path)?)?;
    let file = std::fs::File::open(path)?;
    let metadata = regular(file.metadata()?)?;
    #[cfg(unix)]
    {
        let mode = mode(&metadata);
        if mode & 0o077 != 0 {
            return Err(TokenFileError::Mode(mode));
        }
    }
    let mut text = String::new();
    file.take(MAX_TOKEN_FILE).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn regular(metadata: Metadata) -> Result<Metadata, TokenFileError> {
    if metadata.is_file() {
        Ok(metadata)
    } else {
        Err(TokenFileError::NotAFile)
    }
}

/// The mode of a file, where files have one.
#[must_use]
#[cfg(unix)]
pub fn mode_of(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|metadata| mode(&metadata))
}

/// The mode of a file, where files have one.
#[must_use]
#[cfg(not(unix))]
pub fn mode_of(_: &Path) -> Option<u32> {
    None
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;

    metadata.permissions().mode() & 0o7777
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const A_TOKEN: &str = "platform-v1-0123456789abcdef";

    #[cfg(unix)]
    #[test]
    fn a_token_file_is_read_only_when_nobody_else_can() {
        use std::os::unix::fs::PermissionsExt as _;

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, format!("{A_TOKEN}\r\nsecond line\n")).unwrap();
        let with_mode = |mode| {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            read(&path).map_err(|error| error.to_string())
        };
        assert_eq!(with_mode(0o600), Ok(A_TOKEN.to_owned()));
        assert_eq!(with_mode(0o400), Ok(A_TOKEN.to_owned()));
        for (mode, shown) in [(0o644, "0644"), (0o640, "0640"), (0o602, "0602")] {
            assert_eq!(
                with_mode(mode),
                Err(format!("others can read it (its mode is {shown})"))
            );
        }
        assert_eq!(
            read(directory.path()).unwrap_err().to_string(),
            "it is not a regular file"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_refused_without_waiting_for_what_somebody_might_write() {
        use std::time::Duration;

        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        let made = std::process::Command::new("mkfifo")
            .args(["-m", "600"])
            .arg(&path)
            .status();
        assert!(made.unwrap().success());
        let (sender, read_token) = std::sync::mpsc::channel();
        std::thread::spawn(move || sender.send(read(&path).map_err(|error| error.to_string())));
        assert_eq!(
            read_token.recv_timeout(Duration::from_secs(10)),
            Ok(Err("it is not a regular file".to_owned()))
        );
    }
}
