//! Where the values of the settings come from.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::token_file::{self, TokenFileError};
use super::{ConfigError, Facts, Flags, Setting, Source};
use crate::token::{self, holds_token};

/// A value, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// The world that settings come from.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// The flags that were typed.
    pub flags: &'a Flags,
    /// Reads an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// Reads the first line of a token file.
    pub token_file: &'a dyn Fn(&Path) -> Result<String, TokenFileError>,
}

impl<'a> World<'a> {
    /// The world of this process.
    #[must_use]
    pub fn real(flags: &'a Flags) -> Self {
        Self {
            flags,
            variable: &variable,
            token_file: &token_file::read,
        }
    }

    /// The value of one setting: a flag goes before its variable, a variable before the default, and an empty value or a
    /// placeholder that nobody filled in counts as unset.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be used.
    pub fn get<T>(&self, setting: &'static Setting<T>) -> Result<Sourced<T>, ConfigError> {
        let facts = &setting.facts;
        match self.set(facts)? {
            Some((text, source)) if !facts.is_secret && holds_token(&text) => {
                Err(ConfigError::misplaced_token(facts, &source))
            }
            Some((text, source)) => setting.taken(&text, source),
            None => setting.unset(),
        }
    }

    /// What was set, and where.
    fn set(&self, facts: &'static Facts) -> Result<Option<(String, Source)>, ConfigError> {
        let flag = facts.flag.and_then(|flag| {
            let value = self.flags.get(flag).map(OsStr::to_owned)?;
            Some((Source::Flag(flag.name), value))
        });
        let variable = facts
            .variable
            .and_then(|name| Some((Source::Variable(name), (self.variable)(name)?)));
        for (source, value) in flag.into_iter().chain(variable) {
            match value.to_str() {
                None => return Err(ConfigError::not_unicode(facts, &source)),
                Some(value) if is_meant(value) => return Ok(Some((value.trim().to_owned(), source))),
                Some(_) => {}
            }
        }
        Ok(None)
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Whether somebody meant a value: it is not empty, and no placeholder that nobody filled in.
fn is_meant(value: &str) -> bool {
    let value = value.trim();
    let is_between = |begin: &str, end: &str| {
        let inner = value.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
        inner.is_some_and(|inner| !inner.is_empty() && !inner.contains(['{', '}', '<', '>', '%']))
    };
    let is_placeholder = token::is_placeholder(value)
        || [
            ("${", "}"),
            ("{", "}"),
            ("{{", "}}"),
            ("${{", "}}"),
            ("%", "%"),
            ("<", ">"),
        ]
        .into_iter()
        .any(|(begin, end)| is_between(begin, end));
    !value.is_empty() && !is_placeholder
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::super::flags::tests::typed;
    use super::super::{PAY_WAYS, QR_DIR, RATE_LIMIT, TIMEOUT, TOKEN};
    use super::*;

    const A_TOKEN: &str = "platform-v1-c0ffee00c0ffee00";

    /// What a setting comes to, as text: its value and source, or the error with its hint.
    fn resolved<T>(setting: &'static Setting<T>, flags: &[&str], variable: Option<&[u8]>) -> String
    where
        T: std::fmt::Debug,
    {
        let flags = typed(flags);
        let variable = |name: &str| variable.filter(|_| Some(name) == setting.facts.variable).map(os_string);
        let world = World {
            flags: &flags,
            variable: &variable,
            token_file: &|_| Ok(String::new()),
        };
        match world.get(setting) {
            Ok(Sourced { value, source }) => format!("{value:?} from {source}"),
            Err(error) => format!("{error} | {}", error.hint()),
        }
    }

    #[cfg(unix)]
    fn os_string(bytes: &[u8]) -> OsString {
        std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
    }

    #[cfg(not(unix))]
    fn os_string(bytes: &[u8]) -> OsString {
        String::from_utf8_lossy(bytes).into_owned().into()
    }

    #[test]
    fn a_flag_goes_before_a_variable_and_a_variable_before_the_default() {
        for (flags, variable, expected) in [
            (&[][..], None, "20 from the default"),
            (&[], Some(&b" 9 "[..]), "9 from `ACEDATACLOUD_RATE_LIMIT`"),
            (&["--rate-limit", "5"], Some(b"nonsense"), "5 from `--rate-limit`"),
            (&["--rate-limit", ""], Some(b"9"), "9 from `ACEDATACLOUD_RATE_LIMIT`"),
        ] {
            assert_eq!(resolved(&RATE_LIMIT, flags, variable), expected);
        }
    }

    #[test]
    fn an_empty_value_or_a_placeholder_that_nobody_filled_in_counts_as_unset() {
        for value in [
            "",
            "  ",
            "${user_config.anything}",
            "${PLATFORM_TOKEN}",
            "${env:PLATFORM_TOKEN}",
            "{env:PLATFORM_TOKEN}",
            "{{platform_token}}",
            "${{ secrets.TOKEN }}",
            "${input:acedata-platform-token}",
            "%PLATFORM_TOKEN%",
            "<your-token>",
            " <your token> ",
            "platform-v1-…",
            "platform-v1-...",
            "platform-v1-鈥?",
        ] {
            assert_eq!(
                resolved(&TOKEN, &[], Some(value.as_bytes())),
                "None from the default",
                "{value}"
            );
            assert_eq!(
                resolved(&TIMEOUT, &["--timeout", value], None),
                "30s from the default",
                "{value}"
            );
        }
        for value in ["%", "{}", "<>", "${HOME}/qr", "/srv/%20/x%"] {
            let expected = format!("Some({value:?}) from `ACEDATACLOUD_QR_DIR`");
            assert_eq!(resolved(&QR_DIR, &[], Some(value.as_bytes())), expected);
        }
    }

    #[test]
    fn a_token_in_the_place_of_another_value_is_refused_and_not_repeated() {
        let hint = "a platform token belongs into `ACEDATACLOUD_PLATFORM_TOKEN`";
        for (source, found) in [
            (
                "ACEDATACLOUD_PAY_WAYS",
                resolved(&PAY_WAYS, &[], Some(A_TOKEN.as_bytes())),
            ),
            (
                "ACEDATACLOUD_QR_DIR",
                resolved(&QR_DIR, &[], Some(b"c0ffee00c0ffee00c0ffee00c0ffee00")),
            ),
            (
                "PLATFORM_REQUEST_TIMEOUT",
                resolved(&TIMEOUT, &[], Some(b"Bearer c0ffee00")),
            ),
            (
                "--timeout",
                resolved(&TIMEOUT, &["--timeout", "sk_live_c0ffee00"], None),
            ),
        ] {
            assert_eq!(found, format!("`{source}` holds what looks like a token | {hint}"));
        }
        assert_eq!(
            resolved(&PAY_WAYS, &[], Some(b"STRIPE,postgres://me:PASSWORD@db")),
            "`ACEDATACLOUD_PAY_WAYS` cannot be used: `postgres://(withheld)@db` is not a pay way; expected one of `STRIPE`, \
             `WECHATPAY`, `ALIPAY`, `X402`, `CARD` | for example STRIPE,ALIPAY"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_not_utf_8_is_refused_with_its_source() {
        assert_eq!(
            resolved(&RATE_LIMIT, &[], Some(b"\xff9")),
            "`ACEDATACLOUD_RATE_LIMIT` is not valid UTF-8 | set `ACEDATACLOUD_RATE_LIMIT` to plain text"
        );
    }
}
