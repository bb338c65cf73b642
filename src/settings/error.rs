//! A setting that cannot be used: what is wrong, and what to do.

use std::path::Path;

use super::{Facts, Source, TOKEN_FILE, TOKEN_VARIABLE, TokenFileError};
use crate::token::withheld;

/// A setting that cannot be used. Neither its message nor its hint repeats what looks like a token or a password.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// The setting; `None` when the command line cannot be read.
    pub setting: Option<&'static Facts>,
    message: String,
    hint: String,
}

impl ConfigError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }

    /// A command line that cannot be read.
    pub(crate) fn of_command_line(message: &str, hint: &str) -> Self {
        Self::new(None, message, hint)
    }

    /// A value that its setting cannot read; `wrong` goes on after the name of its source.
    pub(super) fn unfit(setting: &'static Facts, source: &Source, wrong: &str) -> Self {
        Self::new(setting, &format!("{source} {wrong}"), &(setting.hint)(source))
    }

    /// A value that is not UTF-8.
    pub(super) fn not_unicode(setting: &'static Facts, source: &Source) -> Self {
        Self::new(
            setting,
            &format!("{source} is not valid UTF-8"),
            &format!("set {source} to plain text"),
        )
    }

    /// A token in the place of something else.
    pub(super) fn misplaced_token(setting: &'static Facts, source: &Source) -> Self {
        Self::new(
            setting,
            &format!("{source} holds what looks like a token"),
            &format!("a platform token belongs into `{TOKEN_VARIABLE}`"),
        )
    }

    /// Two settings that exclude each other.
    pub(super) fn both(setting: &'static Facts, first: &Source, second: &Source) -> Self {
        Self::new(
            setting,
            &format!("{first} and {second} are both set"),
            &format!("set either {first} or {second}"),
        )
    }

    /// A token file that cannot be used.
    pub(super) fn token_file(source: &Source, path: &Path, error: &TokenFileError) -> Self {
        let path = path.display();
        let hint = match error {
            TokenFileError::Mode(_) => format!("chmod 600 '{path}'"),
            _ => (TOKEN_FILE.facts.hint)(source),
        };
        let message = format!("the token file `{path}` of {source} cannot be used: {error}");
        Self::new(&TOKEN_FILE.facts, &message, &hint)
    }

    /// The one way to make an error, so that none shows a secret.
    fn new(setting: impl Into<Option<&'static Facts>>, message: &str, hint: &str) -> Self {
        Self {
            setting: setting.into(),
            message: withheld(message),
            hint: withheld(hint),
        }
    }
}
