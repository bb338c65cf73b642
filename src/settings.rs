//! The settings: flags, environment and token file become one [`Config`], in which each value remembers its source.
//!
//! [`Config::resolve`] is a pure function of what it is given; [`Config::load`] gives it the real world, and is the one
//! place of the program that reads the environment.

mod error;
mod survey;
mod table;
mod token_file;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use self::error::ConfigError;
pub use self::survey::Survey;
pub use self::table::{Flag, SETTINGS, Setting, Unset};
pub use self::token_file::{TokenFileError, mode_of as token_file_mode};
use crate::cli::Settings;
use crate::pay_way::PayWays;
use crate::platform::BaseUrl;
use crate::token::PlatformToken;

/// The variable that holds the platform token.
pub const TOKEN: &str = "ACEDATACLOUD_PLATFORM_TOKEN";
/// The variable that names the token file.
pub const TOKEN_FILE: &str = "ACEDATACLOUD_PLATFORM_TOKEN_FILE";
/// The variable that says where the platform is.
pub const BASE_URL: &str = "PLATFORM_API_BASE_URL";
/// The variable that says how long one request may take, in seconds.
pub const REQUEST_TIMEOUT: &str = "PLATFORM_REQUEST_TIMEOUT";

/// The variable that says how many requests a second go to the platform.
pub const RATE_LIMIT: &str = "ACEDATACLOUD_RATE_LIMIT";
/// The variable that takes `pay_order` away.
pub const READ_ONLY: &str = "ACEDATACLOUD_READ_ONLY";
/// The variable that says whether the person may be asked inside the client.
pub const ELICITATION: &str = "ACEDATACLOUD_ELICITATION";
/// The variable that says how orders may be paid.
pub const PAY_WAYS: &str = "ACEDATACLOUD_PAY_WAYS";

/// The variable that says where the QR codes of payment links are written.
pub const QR_DIR: &str = "ACEDATACLOUD_QR_DIR";

const DEFAULT_RATE_LIMIT: u32 = 20;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Everything that can be set.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which platform to serve.
    pub target: Target,
    /// How long one request to the platform may take.
    pub timeout: Sourced<Duration>,
    /// How many requests a second go to the platform, steadily.
    pub rate_limit: Sourced<u32>,
    /// Whether orders can only be checked.
    pub read_only: Sourced<bool>,
    /// Whether the person may be asked inside the client to open a payment link.
    pub elicitation: Sourced<bool>,
    /// How orders may be paid.
    pub pay_ways: Sourced<PayWays>,
    /// Where the QR codes of payment links are written, if anywhere.
    pub qr_dir: Option<Sourced<PathBuf>>,
}

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
        token: Option<Sourced<PlatformToken>>,
    },
}

/// A value, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A command-line flag.
    Flag(&'static str),
    /// An environment variable.
    Variable(&'static str),
    /// Nothing was set.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => write!(formatter, "`{name}`"),
            Self::Default => formatter.write_str("the default"),
        }
    }
}

/// The world that settings come from, apart from the flags.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Reads an environment variable.
    pub variable: &'a dyn Fn(&str) -> Option<OsString>,
    /// Reads the first line of a token file.
    pub token_file: &'a dyn Fn(&Path) -> Result<String, TokenFileError>,
    /// Where nothing is taken from: a setting that is set there counts as unset.
    pub ignored: &'a [Source],
}

/// Calls a function with the world of this process.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn with_real_world<T>(then: impl FnOnce(&World<'_>) -> T) -> T {
    then(&World {
        variable: &|name| std::env::var_os(name),
        token_file: &token_file::read,
        ignored: &[],
    })
}

impl Config {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// [`ConfigError`], the first setting that cannot be used.
    pub fn load(settings: &Settings) -> Result<Self, ConfigError> {
        with_real_world(|world| Self::resolve(settings, world))
    }

    /// Makes one configuration of flags and environment: a flag goes before its variable, a variable before the
    /// default, and an empty value or an unexpanded `${user_config.…}` counts as unset.
    ///
    /// # Errors
    /// [`ConfigError`], the first setting that cannot be used.
    pub fn resolve(settings: &Settings, world: &World<'_>) -> Result<Self, ConfigError> {
        let timeout = pick("--timeout", settings.timeout.as_deref(), REQUEST_TIMEOUT, world)?;
        let timeout = read(timeout, DEFAULT_TIMEOUT, |text, source| {
            seconds(text).ok_or(ConfigError::Timeout(source))
        })?;
        let rate_limit = pick("--rate-limit", settings.rate_limit.as_deref(), RATE_LIMIT, world)?;
        let rate_limit = read(rate_limit, DEFAULT_RATE_LIMIT, |text, source| {
            let rate = text.parse().ok().filter(|rate| (1..=10_000).contains(rate));
            rate.ok_or(ConfigError::RateLimit(source))
        })?;
        let read_only = pick("--read-only", settings.read_only.then_some("true"), READ_ONLY, world)?;
        let read_only = read(read_only, false, |text, source| {
            switch(text).ok_or(ConfigError::Switch(source))
        })?;
        let elicitation = pick("--elicitation", settings.elicitation.as_deref(), ELICITATION, world)?;
        let elicitation = read(elicitation, true, |text, source| {
            switch(text).ok_or(ConfigError::Switch(source))
        })?;
        let pay_ways = pick("--pay-ways", settings.pay_ways.as_deref(), PAY_WAYS, world)?;
        let pay_ways = read(pay_ways, PayWays::default(), |text, source| {
            text.parse().map_err(|error| ConfigError::PayWays(source, error))
        })?;
        let qr_dir = pick_path("--qr-dir", settings.qr_dir.as_deref(), QR_DIR, world)?;
        let target = if settings.sandbox {
            Target::Sandbox
        } else {
            platform(settings, world)?
        };
        Ok(Self {
            target,
            timeout,
            rate_limit,
            read_only,
            elicitation,
            pay_ways,
            qr_dir,
        })
    }
}

fn platform(settings: &Settings, world: &World<'_>) -> Result<Target, ConfigError> {
    let base_url = pick("--base-url", settings.base_url.as_deref(), BASE_URL, world)?.unwrap_or_else(|| Sourced {
        value: BaseUrl::LIVE.to_owned(),
        source: Source::Default,
    });
    let base_url = base_url.read(|text, source| text.parse().map_err(|error| ConfigError::BaseUrl(source, error)))?;
    Ok(Target::Platform {
        base_url,
        token: token(settings, world)?,
    })
}

fn token_file(settings: &Settings, world: &World<'_>) -> Result<Option<Sourced<PathBuf>>, ConfigError> {
    pick_path("--token-file", settings.token_file.as_deref(), TOKEN_FILE, world)
}

fn token(settings: &Settings, world: &World<'_>) -> Result<Option<Sourced<PlatformToken>>, ConfigError> {
    let file = token_file(settings, world)?;
    let direct = variable(TOKEN, world)?;
    match (direct, file) {
        (None, None) => Ok(None),
        (Some(direct), Some(file)) => Err(ConfigError::Both(direct.source, file.source)),
        (Some(direct), None) => {
            let token = direct.read(|text, source| text.parse().map_err(|error| ConfigError::Token(source, error)));
            token.map(Some)
        }
        (None, Some(Sourced { value: path, source })) => {
            let read = (world.token_file)(&path).and_then(|line| Ok(line.parse()?));
            match read {
                Ok(value) => Ok(Some(Sourced { value, source })),
                Err(error) => Err(ConfigError::TokenFile {
                    from: source,
                    path,
                    error,
                }),
            }
        }
    }
}

impl Sourced<String> {
    /// Reads what was set.
    fn read<T>(self, read: impl FnOnce(&str, Source) -> Result<T, ConfigError>) -> Result<Sourced<T>, ConfigError> {
        let value = read(&self.value, self.source.clone())?;
        Ok(Sourced {
            value,
            source: self.source,
        })
    }
}

/// Reads what was set, or takes the default.
fn read<T>(
    set: Option<Sourced<String>>,
    default: T,
    read: impl FnOnce(&str, Source) -> Result<T, ConfigError>,
) -> Result<Sourced<T>, ConfigError> {
    match set {
        Some(set) => set.read(read),
        None => Ok(Sourced {
            value: default,
            source: Source::Default,
        }),
    }
}

/// The flag's value, or else the variable's.
fn pick(
    flag: &'static str,
    value: Option<&str>,
    name: &'static str,
    world: &World<'_>,
) -> Result<Option<Sourced<String>>, ConfigError> {
    let source = Source::Flag(flag);
    match value.and_then(meant) {
        Some(_) if world.ignored.contains(&source) => Ok(None),
        Some(value) => Ok(Some(Sourced { value, source })),
        None => variable(name, world),
    }
}

/// The flag's path, or else the variable's. A path that is not UTF-8 is refused rather than passed over.
fn pick_path(
    flag: &'static str,
    value: Option<&OsStr>,
    name: &'static str,
    world: &World<'_>,
) -> Result<Option<Sourced<PathBuf>>, ConfigError> {
    let value = match value.map(OsStr::to_str) {
        Some(None) if world.ignored.contains(&Source::Flag(flag)) => return Ok(None),
        Some(None) => return Err(ConfigError::NotUnicode(Source::Flag(flag))),
        Some(value) => value,
        None => None,
    };
    let picked = pick(flag, value, name, world)?;
    Ok(picked.map(|Sourced { value, source }| Sourced {
        value: value.into(),
        source,
    }))
}

fn variable(name: &'static str, world: &World<'_>) -> Result<Option<Sourced<String>>, ConfigError> {
    let source = Source::Variable(name);
    if world.ignored.contains(&source) {
        return Ok(None);
    }
    match (world.variable)(name).map(OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) => Ok(meant(&value).map(|value| Sourced { value, source })),
        Some(Err(_)) => Err(ConfigError::NotUnicode(source)),
    }
}

/// A value that somebody meant: not empty, and not a placeholder that a host left unexpanded.
fn meant(value: &str) -> Option<String> {
    let value = value.trim();
    let placeholder = value.starts_with("${user_config.") && value.ends_with('}');
    (!value.is_empty() && !placeholder).then(|| value.to_owned())
}

/// Seconds from 1 to 300, whole or not (the platform's own server takes `30.0` too).
fn seconds(text: &str) -> Option<Duration> {
    let duration = Duration::try_from_secs_f64(text.parse().ok()?).ok()?;
    (Duration::from_secs(1)..=Duration::from_secs(300))
        .contains(&duration)
        .then_some(duration)
}

/// Yes or no, in the words that people use.
fn switch(text: &str) -> Option<bool> {
    let is_one_of = |words: [&str; 4]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_one_of(["true", "1", "yes", "on"]) {
        Some(true)
    } else {
        is_one_of(["false", "0", "no", "off"]).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    const A_TOKEN: &str = "platform-v1-0123456789abcdef";

    fn flags(base_url: Option<&str>, token_file: Option<&str>, timeout: Option<&str>) -> Settings {
        Settings {
            base_url: base_url.map(str::to_owned),
            token_file: token_file.map(OsString::from),
            timeout: timeout.map(str::to_owned),
            ..Settings::default()
        }
    }

    /// The configuration as text, or the error with its hint: what a table can compare.
    fn resolved(settings: &Settings, environment: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| OsString::from(value))
        };
        let token_file = |path: &Path| match path.to_str() {
            Some("/token") => Ok(A_TOKEN.to_owned()),
            Some("/open") => Err(TokenFileError::Mode(0o644)),
            Some("/empty") => Ok(String::new()),
            _ => Err(TokenFileError::Io(std::io::ErrorKind::NotFound.into())),
        };
        match Config::resolve(
            settings,
            &World {
                variable: &variable,
                token_file: &token_file,
                ignored: &[],
            },
        ) {
            Err(error) => format!("{error} | {}", error.hint()),
            Ok(Config { target, timeout, .. }) => {
                let timeout = format!("{:?} from {}", timeout.value, timeout.source);
                match target {
                    Target::Sandbox => format!("sandbox; {timeout}"),
                    Target::Platform { base_url, token } => {
                        let token = token.map_or("no token".into(), |token| {
                            assert_eq!(token.value.expose(), A_TOKEN);
                            format!("token from {}", token.source)
                        });
                        format!("{} from {}; {token}; {timeout}", base_url.value, base_url.source)
                    }
                }
            }
        }
    }

    #[test]
    fn a_flag_goes_before_a_variable_and_a_variable_before_the_default() {
        let none = flags(None, None, None);
        for (settings, environment, expected) in [
            (
                &none,
                &[][..],
                "https://platform.acedata.cloud from the default; no token; 30s from the default",
            ),
            (
                &none,
                &[
                    (TOKEN, A_TOKEN),
                    (BASE_URL, "https://a.example/api/v1/"),
                    (REQUEST_TIMEOUT, "7.5"),
                ],
                "https://a.example from `PLATFORM_API_BASE_URL`; token from `ACEDATACLOUD_PLATFORM_TOKEN`; \
                 7.5s from `PLATFORM_REQUEST_TIMEOUT`",
            ),
            (
                &flags(Some("http://127.0.0.1:1"), Some("/token"), Some("300")),
                &[
                    (BASE_URL, "https://a.example"),
                    (REQUEST_TIMEOUT, "nonsense"),
                    (TOKEN_FILE, "/elsewhere"),
                ],
                "http://127.0.0.1:1 from `--base-url`; token from `--token-file`; 300s from `--timeout`",
            ),
            (
                &none,
                &[(TOKEN_FILE, "/token")],
                "https://platform.acedata.cloud from the default; token from `ACEDATACLOUD_PLATFORM_TOKEN_FILE`; \
                 30s from the default",
            ),
        ] {
            assert_eq!(resolved(settings, environment), expected);
        }
    }

    #[test]
    fn an_empty_value_or_an_unexpanded_placeholder_counts_as_unset() {
        let expected = "https://platform.acedata.cloud from the default; no token; 30s from the default";
        for value in ["", "  ", "${user_config.anything}"] {
            let environment = [
                (TOKEN, value),
                (TOKEN_FILE, value),
                (BASE_URL, value),
                (REQUEST_TIMEOUT, value),
            ];
            assert_eq!(resolved(&flags(None, None, None), &environment), expected);
            assert_eq!(resolved(&flags(Some(value), Some(value), Some(value)), &[]), expected);
        }
    }

    #[test]
    fn a_bad_setting_is_named_with_what_is_wrong_and_what_to_do() {
        let none = flags(None, None, None);
        for (settings, environment, expected) in [
            (
                &none,
                &[(TOKEN, A_TOKEN), (TOKEN_FILE, "/token")][..],
                "`ACEDATACLOUD_PLATFORM_TOKEN` and `ACEDATACLOUD_PLATFORM_TOKEN_FILE` are both set | \
                 set either `ACEDATACLOUD_PLATFORM_TOKEN` or `ACEDATACLOUD_PLATFORM_TOKEN_FILE`",
            ),
            (
                &none,
                &[(TOKEN, "two words")],
                "`ACEDATACLOUD_PLATFORM_TOKEN` cannot be used: the token holds a character that no token has (a space, a \
             line break, a quotation mark or a letter outside ASCII) | set `ACEDATACLOUD_PLATFORM_TOKEN` to a platform token \
                 (`platform-v1-…`) from https://platform.acedata.cloud/console/platform-tokens, or leave it unset",
            ),
            (
                &none,
                &[(TOKEN_FILE, "/open")],
                "the token file `/open` of `ACEDATACLOUD_PLATFORM_TOKEN_FILE` cannot be used: others can read it (its mode \
                 is 0644) | chmod 600 '/open'",
            ),
            (
                &flags(None, Some("/empty"), None),
                &[],
                "the token file `/empty` of `--token-file` cannot be used: the token is empty | write the platform token \
                 into the first line of a file that only you can read",
            ),
            (
                &flags(Some("http://a.example"), None, None),
                &[],
                "`--base-url` cannot be used: it must be https (plain http only to a sandbox on 127.0.0.1, [::1] or \
                 localhost) | leave `--base-url` unset to use https://platform.acedata.cloud",
            ),
        ] {
            assert_eq!(resolved(settings, environment), expected);
        }
        for timeout in ["0", "301", "-1", "NaN", "inf", "1e400", "soon"] {
            assert_eq!(
                resolved(&none, &[(REQUEST_TIMEOUT, timeout)]),
                "`PLATFORM_REQUEST_TIMEOUT` must be a number of seconds from 1 to 300 | for example 30"
            );
        }
    }

    #[test]
    fn the_operators_guards_are_read_from_flags_and_variables() {
        let guards = |settings: &Settings, environment: &[(&str, &str)]| {
            let variable = |name: &str| {
                let found = environment.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let world = World {
                variable: &variable,
                token_file: &|_| Ok(String::new()),
                ignored: &[],
            };
            match Config::resolve(settings, &world) {
                Err(error) => format!("{error} | {}", error.hint()),
                Ok(Config {
                    rate_limit,
                    read_only,
                    elicitation,
                    pay_ways,
                    ..
                }) => format!(
                    "{} from {}; {} from {}; {} from {}; {} from {}",
                    elicitation.value,
                    elicitation.source,
                    rate_limit.value,
                    rate_limit.source,
                    read_only.value,
                    read_only.source,
                    pay_ways.value,
                    pay_ways.source
                ),
            }
        };
        let none = Settings::default();
        let flags = Settings {
            rate_limit: Some("5".into()),
            elicitation: Some("off".into()),
            read_only: true,
            pay_ways: Some("stripe,alipay".into()),
            ..Settings::default()
        };
        let environment = [
            (RATE_LIMIT, "9"),
            (READ_ONLY, "false"),
            (PAY_WAYS, "X402"),
            (ELICITATION, "ON"),
        ];
        for (settings, environment, expected) in [
            (
                &none,
                &[][..],
                "true from the default; 20 from the default; false from the default; `STRIPE`, `WECHATPAY`, `ALIPAY`, `X402`, `CARD` from the default",
            ),
            (
                &none,
                &environment,
                "true from `ACEDATACLOUD_ELICITATION`; 9 from `ACEDATACLOUD_RATE_LIMIT`; false from `ACEDATACLOUD_READ_ONLY`; \
                 `X402` from `ACEDATACLOUD_PAY_WAYS`",
            ),
            (
                &flags,
                &environment,
                "false from `--elicitation`; 5 from `--rate-limit`; true from `--read-only`; `STRIPE`, `ALIPAY` from `--pay-ways`",
            ),
            (
                &none,
                &[(RATE_LIMIT, "0")],
                "`ACEDATACLOUD_RATE_LIMIT` must be a whole number of requests a second from 1 to 10000 | for example 20",
            ),
            (
                &none,
                &[(READ_ONLY, "maybe")],
                "`ACEDATACLOUD_READ_ONLY` must be `true` or `false` (or `on` or `off`) | leave `ACEDATACLOUD_READ_ONLY` unset for \
                 the default",
            ),
            (
                &none,
                &[(PAY_WAYS, "cash")],
                "`ACEDATACLOUD_PAY_WAYS` cannot be used: `cash` is not a pay way; expected one of `STRIPE`, `WECHATPAY`, \
                 `ALIPAY`, `X402`, `CARD` | for example STRIPE,ALIPAY",
            ),
        ] {
            assert_eq!(guards(settings, environment), expected);
        }
    }

    #[test]
    fn the_sandbox_needs_no_platform_settings_and_ignores_those_of_the_environment() {
        let settings = Settings {
            sandbox: true,
            ..Settings::default()
        };
        let environment = [(TOKEN, "two words"), (BASE_URL, "nonsense")];
        assert_eq!(resolved(&settings, &environment), "sandbox; 30s from the default");
    }
}
