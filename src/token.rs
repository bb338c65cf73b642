//! The platform token: what proves to Ace Data Cloud whose orders these are.
//!
//! Vocabulary: no I/O. The token is parsed once, kept as a secret, and exposed only to `platform::http`,
//! which sends it.

mod withheld;

use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};

pub use self::withheld::{holds_token, withheld};

/// Where a person creates a platform token.
pub const TOKEN_PAGE: &str = "https://platform.acedata.cloud/console/platform-tokens";

/// What stands where a token belongs.
pub const PLACEHOLDER: &str = "platform-v1-…";

/// The same in ASCII, for what is pasted into other programs: some of them take the dots apart in a code page of their own.
pub const ASCII_PLACEHOLDER: &str = "platform-v1-...";

/// What a platform token begins with.
const PREFIX: &str = "platform-v1-";

/// How many characters a platform token has.
pub const LENGTH: usize = 76;

/// The longest token that is accepted, in characters.
const MAX_LENGTH: usize = 1024;

/// A platform token, usually `platform-v1-` and 64 hexadecimal digits.
///
/// Its `Debug` form is redacted, and it has no `Display`.
#[derive(Debug, Clone)]
pub struct PlatformToken(SecretString);

/// What a token looks like. Only the platform can tell what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// One of the platform: `platform-v1-…`.
    Platform,
    /// One of a service, which cannot pay orders: 32 hexadecimal digits.
    Service,
    /// Neither.
    Unknown,
}

/// Why a text cannot be a platform token. Never holds any of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing is left once white space is taken off.
    #[error("the token is empty")]
    Empty,
    /// A character that no token has: a space, a line break, a quotation mark, or anything outside printable ASCII.
    #[error(
        "the token holds a character that no token has (a space, a line break, a quotation mark or a letter outside ASCII)"
    )]
    Character,
    /// The token is longer than any the platform issues.
    #[error("the token is longer than {MAX_LENGTH} characters")]
    Length,
}

/// Whether a text stands where a token belongs, and is none: the beginning of one, and then nothing that a token has.
///
/// The dots after it may have become anything on their way through another program.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    let is_of_a_token = |character: char| character.is_ascii_alphanumeric() && !matches!(character, 'x' | 'X');
    text.strip_prefix(PREFIX)
        .is_some_and(|rest| !rest.contains(is_of_a_token))
}

impl PlatformToken {
    /// The secret itself, for the one place that puts it into a request.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Whether this is that token.
    #[must_use]
    pub fn is(&self, token: &str) -> bool {
        self.0.expose_secret() == token
    }

    /// What this looks like.
    ///
    /// Source: the platform's answer 401 to the tokens of services.
    #[must_use]
    pub fn kind(&self) -> TokenKind {
        let token = self.0.expose_secret();
        if token.starts_with(PREFIX) {
            TokenKind::Platform
        } else if token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            TokenKind::Service
        } else {
            TokenKind::Unknown
        }
    }

    /// How many characters it has.
    #[must_use]
    pub fn length(&self) -> usize {
        // A token is ASCII by its type.
        self.0.expose_secret().len()
    }
}

impl FromStr for PlatformToken {
    type Err = TokenError;

    /// Parses a token, forgiving white space around it.
    ///
    /// # Errors
    /// [`TokenError`] when the text is empty, too long, or cannot stand in an HTTP header.
    fn from_str(text: &str) -> Result<Self, TokenError> {
        let token = text.trim();
        if token.is_empty() {
            Err(TokenError::Empty)
        } else if token.len() > MAX_LENGTH {
            Err(TokenError::Length)
        } else if !token
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\"'`".contains(&byte))
        {
            Err(TokenError::Character)
        } else {
            Ok(Self(token.into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "platform-v1-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn a_token_is_taken_without_the_space_around_it_and_never_shown() {
        let token: PlatformToken = format!("  {TOKEN}\n").parse().unwrap();
        assert_eq!(token.expose(), TOKEN);
        assert!(!format!("{token:?}").contains("0123456789abcdef"));
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_without_repeating_it() {
        let long = "x".repeat(MAX_LENGTH + 1);
        for (text, error) in [
            ("", TokenError::Empty),
            (" \n", TokenError::Empty),
            ("two words", TokenError::Character),
            ("\"platform-v1-0123\"", TokenError::Character),
            ("line\r\nbreak", TokenError::Character),
            ("schlüssel", TokenError::Character),
            (long.as_str(), TokenError::Length),
        ] {
            assert_eq!(text.parse::<PlatformToken>().unwrap_err(), error);
        }
    }

    #[test]
    fn a_placeholder_is_known_whatever_became_of_its_dots() {
        for text in [
            PLACEHOLDER,
            ASCII_PLACEHOLDER,
            "platform-v1-",
            "platform-v1-xxxx",
            "platform-v1-â€¦",
            "platform-v1-鈥?",
            "platform-v1-\u{fffd}",
        ] {
            assert!(is_placeholder(text), "{text}");
        }
        for text in [TOKEN, "platform-v1-0", "platform-v1-…c0ff", "platform", "", "…"] {
            assert!(!is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn a_service_token_is_told_apart() {
        for (text, kind, length) in [
            (TOKEN, TokenKind::Platform, LENGTH),
            ("platform-v1-0123", TokenKind::Platform, 16),
            ("0123456789abcdef0123456789ABCDEF", TokenKind::Service, 32),
            ("0123456789abcdef0123456789abcdeg", TokenKind::Unknown, 32),
            ("sk-0123456789abcdef", TokenKind::Unknown, 19),
        ] {
            let token: PlatformToken = text.parse().unwrap();
            assert_eq!((token.kind(), token.length()), (kind, length), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn any_text_is_a_token_that_does_not_show_or_refused(text in prop_oneof![".*", "[!-~]{12,90}", "\\s*[!-~]{12,90}\\s*"]) {
            match text.parse::<PlatformToken>() {
                Ok(token) => {
                    prop_assert_eq!(token.expose(), text.trim());
                    prop_assert!(token.expose().bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"'));
                    let shown = format!("{token:?}");
                    prop_assert!(token.expose().len() < 12 || !shown.contains(token.expose()));
                }
                Err(error) => prop_assert!(text.trim().len() < 12 || !error.to_string().contains(text.trim())),
            }
        }
    }
}
