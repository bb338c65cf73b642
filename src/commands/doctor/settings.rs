//! Checks of the settings: each with its value and where it came from, or what is wrong with it.

use std::path::Path;
use std::time::Duration;

use super::report::Check;
use crate::logging;
use crate::settings::{self, Config, ConfigError, Source, Sourced, Survey, Target};
use crate::token::{LENGTH, PlatformToken, TOKEN_PAGE, TokenKind};

/// The flag and the variable of the base URL.
pub(super) const BASE_URL: &[&str] = &["--base-url", settings::BASE_URL];

const TOKEN_FILE: &[&str] = &["--token-file", settings::TOKEN_FILE];

/// One check for each setting.
pub(super) fn checks(survey: &Survey) -> Vec<Check> {
    let check = |name, set_by: &[&str], found: &dyn Fn(&Config) -> Check| match (survey.refusal(set_by), &survey.config)
    {
        (Some(error), _) => refused(name, error),
        (None, Some(config)) => found(config),
        (None, None) => Check::skipped(name, "another setting cannot be used"),
    };
    vec![
        check("base URL", BASE_URL, &base_url),
        check("token", &[settings::TOKEN], &|config| token(config, survey)),
        match survey.refusal(TOKEN_FILE) {
            Some(error @ (ConfigError::TokenFile { .. } | ConfigError::NotUnicode(_))) => refused("token file", error),
            _ => check("token file", &[], &|config| token_file(config, survey)),
        },
        check("time-out", &["--timeout", settings::REQUEST_TIMEOUT], &|config| {
            value("time-out", &config.timeout, |timeout| seconds(*timeout))
        }),
        check("rate limit", &["--rate-limit", settings::RATE_LIMIT], &|config| {
            value("rate limit", &config.rate_limit, |rate| {
                format!("{rate} requests a second")
            })
        }),
        check("read-only", &["--read-only", settings::READ_ONLY], &|config| {
            value("read-only", &config.read_only, |is_read_only| {
                if *is_read_only {
                    "yes: nothing can be paid"
                } else {
                    "no: orders can be paid"
                }
                .to_owned()
            })
        }),
        check("elicitation", &["--elicitation", settings::ELICITATION], &|config| {
            value("elicitation", &config.elicitation, |is_on| {
                if *is_on { "on, where the client can" } else { "off" }.to_owned()
            })
        }),
        check("pay ways", &["--pay-ways", settings::PAY_WAYS], &|config| {
            value("pay ways", &config.pay_ways, ToString::to_string)
        }),
        check(
            "QR folder",
            &["--qr-dir", settings::QR_DIR],
            &|config| match &config.qr_dir {
                Some(folder) => value("QR folder", folder, |folder| folder.display().to_string()),
                None => Check::ok("QR folder", "none (the default)"),
            },
        ),
        log(),
    ]
}

fn base_url(config: &Config) -> Check {
    match &config.target {
        Target::Sandbox => Check::ok("base URL", "a sandbox in the server's own process (from `--sandbox`)"),
        Target::Platform { base_url, .. } => value("base URL", base_url, ToString::to_string),
    }
}

fn token(config: &Config, survey: &Survey) -> Check {
    match &config.target {
        Target::Sandbox => Check::ok("token", "the sandbox's own"),
        Target::Platform { token: Some(token), .. } => a_token(token),
        Target::Platform { token: None, .. } if survey.token_file.is_some() => {
            Check::skipped("token", "the token file cannot be used")
        }
        Target::Platform { token: None, .. } => Check::warning(
            "token",
            "not set: the server starts, and every call will fail",
            format!(
                "create a platform token at {TOKEN_PAGE}, and set it as `{}` or write it into a file for `--token-file`",
                settings::TOKEN
            ),
        ),
    }
}

/// A token is told by its length and its kind alone.
fn a_token(Sourced { value: token, source }: &Sourced<PlatformToken>) -> Check {
    let length = token.length();
    let said = |kind: &str| format!("set, {length} characters, {kind} {}", from(source));
    match token.kind() {
        TokenKind::Platform if length == LENGTH => Check::ok("token", said("platform token")),
        TokenKind::Platform => Check::warning(
            "token",
            said("platform token"),
            format!("a platform token has {LENGTH} characters: check that this one was copied whole"),
        ),
        TokenKind::Service => Check::failed(
            "token",
            said("service token: the wrong kind"),
            format!("a service token cannot pay orders: create a platform token (`platform-v1-…`) at {TOKEN_PAGE}"),
        ),
        TokenKind::Unknown => Check::warning(
            "token",
            said("of an unknown kind"),
            format!("a platform token begins with `platform-v1-`: check the setting, or create one at {TOKEN_PAGE}"),
        ),
    }
}

fn token_file(config: &Config, survey: &Survey) -> Check {
    let Some(file) = &survey.token_file else {
        return Check::ok("token file", "none (the default)");
    };
    match &config.target {
        Target::Sandbox => Check::skipped("token file", "the sandbox needs none"),
        Target::Platform { token: None, .. } => Check::skipped("token file", "not read"),
        Target::Platform { .. } => value("token file", file, |path| format!("{}, {}", path.display(), mode(path))),
    }
}

fn mode(path: &Path) -> String {
    settings::token_file_mode(path).map_or_else(
        || "without a mode on this system".to_owned(),
        |mode| format!("mode {mode:04o}"),
    )
}

fn log() -> Check {
    match logging::asked() {
        Ok(None) => Check::ok("log", format!("{} (the default)", logging::DEFAULT)),
        Ok(Some(filter)) => Check::ok("log", format!("{filter} (from `RUST_LOG`)")),
        Err(_) => Check::warning(
            "log",
            format!("`RUST_LOG` cannot be read; {} counts", logging::DEFAULT),
            "for example acedata_pay_mcp=debug",
        ),
    }
}

/// A value as it counts, and where it came from.
fn value<T>(name: &'static str, sourced: &Sourced<T>, shown: impl FnOnce(&T) -> String) -> Check {
    Check::ok(name, format!("{} {}", shown(&sourced.value), from(&sourced.source)))
}

fn refused(name: &'static str, error: &ConfigError) -> Check {
    Check::failed(name, error.to_string(), error.hint())
}

fn from(source: &Source) -> String {
    match source {
        Source::Default => format!("({source})"),
        Source::Flag(_) | Source::Variable(_) => format!("(from {source})"),
    }
}

fn seconds(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => format!("{} s", duration.as_secs()),
        millis => format!("{}.{millis:03} s", duration.as_secs()),
    }
}
