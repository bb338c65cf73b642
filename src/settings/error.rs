//! Settings that cannot be used: what is wrong, and what to do.

use std::path::PathBuf;

use super::{Source, TokenFileError};
use crate::pay_way::PayWaysError;
use crate::platform::{BaseUrl, BaseUrlError};
use crate::token::TokenError;

/// A setting that cannot be used. No message repeats a token.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Two settings that exclude each other.
    #[error("{0} and {1} are both set")]
    Both(Source, Source),
    /// A variable that is not UTF-8.
    #[error("{0} is not valid UTF-8")]
    NotUnicode(Source),
    /// A token that cannot be one.
    #[error("{0} cannot be used: {1}")]
    Token(Source, TokenError),
    /// A token file that cannot be read.
    #[error("the token file `{}` of {from} cannot be used: {error}", path.display())]
    TokenFile {
        /// Where its name came from.
        from: Source,
        /// Its name.
        path: PathBuf,
        /// What is wrong with it.
        error: TokenFileError,
    },
    /// An address that cannot be used.
    #[error("{0} cannot be used: {1}")]
    BaseUrl(Source, BaseUrlError),
    /// A time-out out of its range.
    #[error("{0} must be a number of seconds from 1 to 300")]
    Timeout(Source),
    /// A rate out of its range.
    #[error("{0} must be a whole number of requests a second from 1 to 10000")]
    RateLimit(Source),
    /// Neither yes nor no.
    #[error("{0} must be `true` or `false` (or `on` or `off`)")]
    Switch(Source),
    /// Not a list of pay ways.
    #[error("{0} cannot be used: {1}")]
    PayWays(Source, PayWaysError),
}

impl ConfigError {
    /// Where the values that cannot be used came from.
    #[must_use]
    pub fn sources(&self) -> Vec<&Source> {
        match self {
            Self::Both(first, second) => vec![first, second],
            Self::NotUnicode(source)
            | Self::Token(source, _)
            | Self::TokenFile { from: source, .. }
            | Self::BaseUrl(source, _)
            | Self::Timeout(source)
            | Self::RateLimit(source)
            | Self::Switch(source)
            | Self::PayWays(source, _) => vec![source],
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Both(first, second) => format!("set either {first} or {second}"),
            Self::NotUnicode(source) => format!("set {source} to plain text"),
            Self::Token(source, _) => format!(
                "set {source} to a platform token (`platform-v1-…`) from {}, or leave it unset",
                crate::token::TOKEN_PAGE
            ),
            Self::TokenFile {
                path,
                error: TokenFileError::Mode(_),
                ..
            } => format!("chmod 600 '{}'", path.display()),
            Self::TokenFile { .. } => {
                "write the platform token into the first line of a file that only you can read".into()
            }
            Self::BaseUrl(source, _) => format!("leave {source} unset to use {}", BaseUrl::LIVE),
            Self::Timeout(_) => "for example 30".into(),
            Self::RateLimit(_) => "for example 20".into(),
            Self::Switch(source) => format!("leave {source} unset for the default"),
            Self::PayWays(..) => "for example STRIPE,ALIPAY".into(),
        }
    }
}
