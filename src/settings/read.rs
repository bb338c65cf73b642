//! How the values of settings are read. What is wrong with one is told as it goes on after the name of its source.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::token::PlatformToken;

/// A value that has a parser of its own.
pub(super) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error| format!("cannot be used: {error}"))
}

/// A token, or none.
pub(super) fn token(text: &str) -> Result<Option<PlatformToken>, String> {
    match text {
        "" => Ok(None),
        text => parsed(text).map(Some),
    }
}

/// A path, or none.
#[expect(clippy::unnecessary_wraps, reason = "every setting is read by a function like this")]
pub(super) fn path(text: &str) -> Result<Option<PathBuf>, String> {
    Ok(Some(text).filter(|text| !text.is_empty()).map(PathBuf::from))
}

/// Seconds from 1 to 300, whole or not (the platform's own server takes `30.0` too).
pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds
        .filter(|duration| (Duration::from_secs(1)..=Duration::from_secs(300)).contains(duration))
        .ok_or_else(|| "must be a number of seconds from 1 to 300".into())
}

/// Yes or no, in the words that people use.
pub(super) fn switch(text: &str) -> Result<bool, String> {
    let is_one_of = |words: [&str; 4]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_one_of(["true", "1", "yes", "on"]) {
        Ok(true)
    } else if is_one_of(["false", "0", "no", "off"]) {
        Ok(false)
    } else {
        Err("must be `true` or `false` (or `on` or `off`)".into())
    }
}
