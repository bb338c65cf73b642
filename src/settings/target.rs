//! Which platform to serve, and as whom: the settings that bear on each other.

use super::{BASE_URL, ConfigError, SANDBOX, Sourced, TOKEN, TOKEN_FILE, World};
use crate::platform::BaseUrl;
use crate::token::PlatformToken;

/// Which platform to serve.
#[derive(Debug, Clone)]
pub enum Target {
    /// The sandbox inside this process.
    Sandbox,
    /// A platform elsewhere.
    Platform {
        /// Where it is.
        base_url: Sourced<BaseUrl>,
        /// Who asks; without it every call answers that a token is missing.
        token: Sourced<Option<PlatformToken>>,
    },
}

impl Target {
    /// The target that the settings name. With a sandbox nothing else is looked at.
    ///
    /// # Errors
    /// [`ConfigError`], the first setting that cannot be used.
    pub fn resolve(world: &World<'_>) -> Result<Self, ConfigError> {
        if world.get(&SANDBOX)?.value {
            return Ok(Self::Sandbox);
        }
        Ok(Self::Platform {
            base_url: world.get(&BASE_URL)?,
            token: token(world)?,
        })
    }
}

/// The token, from its variable or from the token file.
///
/// # Errors
/// [`ConfigError`] when one of them cannot be used, or both are set.
pub fn token(world: &World<'_>) -> Result<Sourced<Option<PlatformToken>>, ConfigError> {
    let token = world.get(&TOKEN)?;
    let file = world.get(&TOKEN_FILE)?;
    let Some(path) = file.value else {
        return Ok(token);
    };
    if token.value.is_some() {
        return Err(ConfigError::both(&TOKEN.facts, &token.source, &file.source));
    }
    match (world.token_file)(&path).and_then(|line| Ok(line.parse()?)) {
        Ok(token) => Ok(Sourced {
            value: Some(token),
            source: file.source,
        }),
        Err(error) => Err(ConfigError::token_file(&file.source, &path, &error)),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::Path;

    use pretty_assertions::assert_eq;

    use super::super::flags::tests::typed;
    use super::super::{TOKEN_VARIABLE, TokenFileError};
    use super::*;

    const A_TOKEN: &str = "platform-v1-0123456789abcdef";
    const FILE_VARIABLE: &str = "ACEDATACLOUD_PLATFORM_TOKEN_FILE";
    const BASE_URL_VARIABLE: &str = "PLATFORM_API_BASE_URL";

    /// The target as text, or the error with its hint: what a table can compare.
    fn resolved(flags: &[&str], environment: &[(&str, &str)]) -> String {
        let flags = typed(flags);
        let variable = |name: &str| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let token_file = |path: &Path| match path.to_str() {
            Some("/token") => Ok(A_TOKEN.to_owned()),
            Some("/open") => Err(TokenFileError::Mode(0o644)),
            Some("/empty") => Ok(String::new()),
            _ => Err(TokenFileError::Io(std::io::ErrorKind::NotFound.into())),
        };
        let world = World {
            flags: &flags,
            variable: &variable,
            token_file: &token_file,
        };
        match Target::resolve(&world) {
            Err(error) => format!("{error} | {}", error.hint()),
            Ok(Target::Sandbox) => "sandbox".into(),
            Ok(Target::Platform { base_url, token }) => {
                let shown = token.value.map_or("no token", |token| {
                    assert_eq!(token.expose(), A_TOKEN);
                    "token"
                });
                format!(
                    "{} from {}; {shown} from {}",
                    base_url.value, base_url.source, token.source
                )
            }
        }
    }

    #[test]
    fn a_platform_has_an_address_and_perhaps_a_token() {
        for (flags, environment, expected) in [
            (
                &[][..],
                &[][..],
                "https://platform.acedata.cloud from the default; no token from the default",
            ),
            (
                &[],
                &[
                    (TOKEN_VARIABLE, A_TOKEN),
                    (BASE_URL_VARIABLE, "https://a.example/api/v1/"),
                ],
                "https://a.example from `PLATFORM_API_BASE_URL`; token from `ACEDATACLOUD_PLATFORM_TOKEN`",
            ),
            (
                &["--base-url", "http://127.0.0.1:1", "--token-file", "/token"],
                &[(BASE_URL_VARIABLE, "https://a.example"), (FILE_VARIABLE, "/elsewhere")],
                "http://127.0.0.1:1 from `--base-url`; token from `--token-file`",
            ),
            (
                &[],
                &[(FILE_VARIABLE, "/token")],
                "https://platform.acedata.cloud from the default; token from `ACEDATACLOUD_PLATFORM_TOKEN_FILE`",
            ),
        ] {
            assert_eq!(resolved(flags, environment), expected);
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_with_what_is_wrong_and_what_to_do() {
        for (flags, environment, expected) in [
            (
                &[][..],
                &[(TOKEN_VARIABLE, A_TOKEN), (FILE_VARIABLE, "/token")][..],
                "`ACEDATACLOUD_PLATFORM_TOKEN` and `ACEDATACLOUD_PLATFORM_TOKEN_FILE` are both set | \
                 set either `ACEDATACLOUD_PLATFORM_TOKEN` or `ACEDATACLOUD_PLATFORM_TOKEN_FILE`",
            ),
            (
                &[],
                &[(TOKEN_VARIABLE, "two words")],
                "`ACEDATACLOUD_PLATFORM_TOKEN` cannot be used: the token holds a character that no token has (a space, a \
                 line break, a quotation mark or a letter outside ASCII) | set `ACEDATACLOUD_PLATFORM_TOKEN` to a platform \
                 token (`platform-v1-…`) from https://platform.acedata.cloud/console/platform-tokens, or leave it unset",
            ),
            (
                &[],
                &[(FILE_VARIABLE, "/open")],
                "the token file `/open` of `ACEDATACLOUD_PLATFORM_TOKEN_FILE` cannot be used: others can read it (its mode \
                 is 0644) | chmod 600 '/open'",
            ),
            (
                &["--token-file", "/empty"],
                &[],
                "the token file `/empty` of `--token-file` cannot be used: the token is empty | write the platform token \
                 into the first line of a file that only you can read",
            ),
            (
                &["--token-file", "/srv/wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY"],
                &[],
                "the token file `/srv/(withheld)` of `--token-file` cannot be used: entity not found | write the platform \
                 token into the first line of a file that only you can read",
            ),
            (
                &["--base-url", "http://a.example"],
                &[],
                "`--base-url` cannot be used: it must be https (plain http only to a sandbox on 127.0.0.1, [::1] or \
                 localhost) | leave `--base-url` unset to use https://platform.acedata.cloud",
            ),
        ] {
            assert_eq!(resolved(flags, environment), expected);
        }
    }

    #[test]
    fn the_sandbox_needs_no_platform_settings_and_ignores_those_of_the_environment() {
        let environment = [(TOKEN_VARIABLE, "two words"), (BASE_URL_VARIABLE, "nonsense")];
        assert_eq!(resolved(&["--sandbox"], &environment), "sandbox");
    }
}
