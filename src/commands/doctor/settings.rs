//! Checks of the settings: each with its value and where it came from, or what is wrong with it.

use std::path::Path;

use super::report::Check;
use crate::logging;
use crate::settings::{
    self, BASE_URL, ConfigError, JOURNAL, SANDBOX, SETTINGS, Source, Sourced, TOKEN_FILE, Target, World,
};
use crate::token::{LENGTH, PLACEHOLDER, PlatformToken, TOKEN_PAGE, TokenKind, withheld};

/// One check for each setting.
pub(super) fn checks(world: &World<'_>) -> Vec<Check> {
    let mut checks = platform(world);
    checks.extend(SETTINGS.iter().filter_map(|setting| {
        let name = setting.facts().name;
        Some(match setting.shown(world)? {
            // It has a check of its own.
            Ok(_) if name == JOURNAL.facts.name => return None,
            Ok(found) => value(name, &found, String::clone),
            Err(error) => refused(name, &error),
        })
    }));
    checks.push(log());
    for check in &mut checks {
        check.said = withheld(&check.said);
    }
    checks
}

/// The target that the settings name, without a token where that cannot be used; `None` when they name none.
pub(super) fn target(world: &World<'_>) -> Option<Target> {
    if is_sandbox(world) {
        return Some(Target::Sandbox);
    }
    Some(Target::Platform {
        base_url: world.get(&BASE_URL).ok()?,
        token: settings::token(world).unwrap_or(Sourced {
            value: None,
            source: Source::Default,
        }),
    })
}

fn is_sandbox(world: &World<'_>) -> bool {
    world.get(&SANDBOX).is_ok_and(|sandbox| sandbox.value)
}

/// Which platform it is, and who asks: what is set for a platform does not matter to the sandbox.
fn platform(world: &World<'_>) -> Vec<Check> {
    if is_sandbox(world) {
        return vec![
            Check::ok("base URL", "a sandbox in the server's own process (from `--sandbox`)"),
            Check::ok("token", "the sandbox's own"),
            match world.get(&TOKEN_FILE) {
                Ok(Sourced { value: None, .. }) => no_token_file(),
                _ => Check::skipped("token file", "the sandbox needs none"),
            },
        ];
    }
    let base_url = match world.get(&BASE_URL) {
        Ok(base_url) => value("base URL", &base_url, ToString::to_string),
        Err(error) => refused("base URL", &error),
    };
    let token = settings::token(world);
    let token_file = token_file(world, &token);
    vec![base_url, self::token(&token), token_file]
}

fn token(token: &Result<Sourced<Option<PlatformToken>>, ConfigError>) -> Check {
    match token {
        Ok(Sourced {
            value: Some(token),
            source,
        }) => a_token(token, source),
        Ok(_) => Check::failed(
            "token",
            "not set: the server starts, and every call will fail",
            format!(
                "create a platform token at {TOKEN_PAGE}, and set it as `{}` or write it into a file for `--token-file`",
                settings::TOKEN_VARIABLE
            ),
        ),
        Err(error) if is_of_file(error) => Check::skipped("token", "the token file cannot be used"),
        Err(error) => refused("token", error),
    }
}

/// A token is told by its length and its kind alone.
fn a_token(token: &PlatformToken, source: &Source) -> Check {
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
            format!("a service token cannot pay orders: create a platform token (`{PLACEHOLDER}`) at {TOKEN_PAGE}"),
        ),
        TokenKind::Unknown => Check::warning(
            "token",
            said("of an unknown kind"),
            format!("a platform token begins with `platform-v1-`: check the setting, or create one at {TOKEN_PAGE}"),
        ),
    }
}

fn token_file(world: &World<'_>, token: &Result<Sourced<Option<PlatformToken>>, ConfigError>) -> Check {
    match (token, world.get(&TOKEN_FILE)) {
        (Err(error), _) if is_of_file(error) => refused("token file", error),
        (_, Err(error)) => refused("token file", &error),
        (_, Ok(Sourced { value: None, .. })) => no_token_file(),
        (Err(_), Ok(_)) => Check::skipped("token file", "not read"),
        (
            Ok(_),
            Ok(Sourced {
                value: Some(path),
                source,
            }),
        ) => Check::ok(
            "token file",
            format!("{}, {} {}", path.display(), mode(&path), from(&source)),
        ),
    }
}

fn no_token_file() -> Check {
    Check::ok("token file", "none (the default)")
}

fn is_of_file(error: &ConfigError) -> bool {
    error
        .setting
        .is_some_and(|setting| setting.name == TOKEN_FILE.facts.name)
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

/// Where a value came from, in brackets.
pub(super) fn from(source: &Source) -> String {
    match source {
        Source::Default => format!("({source})"),
        Source::Flag(_) | Source::Variable(_) => format!("(from {source})"),
    }
}
