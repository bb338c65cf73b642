//! The self-check: what is set, whether the platform can be reached and takes the token, and whether this program
//! serves.
//!
//! Operator code: it writes to stdout, and never a secret. It changes nothing: the platform is asked one question, and
//! the program is started twice and asked for its tools.

mod handshake;
mod journal;
mod network;
mod report;
mod settings;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use self::report::Check;
pub use self::report::Report;
use crate::sandbox::Sandbox;
use crate::settings::{Config, Flags, TIMEOUT, World};
use crate::{mcp, setup};

/// Runs every check and shows what came of it on stdout: a line each, or one JSON document.
///
/// # Errors
/// When the sandbox cannot be started, or stdout is closed. What a check finds is no error, but the exit code.
pub async fn run(flags: &Flags, as_json: bool) -> anyhow::Result<ExitCode> {
    #[expect(clippy::disallowed_methods, reason = "an operator command, not serving MCP")]
    let mut out = io::stdout();
    let mut report = Report::default();
    let mut tell = |checks: Vec<Check>| {
        if !as_json {
            checks.iter().try_for_each(|check| write!(out, "{check}"))?;
        }
        report.checks.extend(checks);
        out.flush()
    };

    tell(vec![this_program()])?;
    let world = World::real(flags);
    tell(settings::checks(&world))?;
    tell(Vec::from_iter(journal::check(&world).await))?;
    let (checks, _sandbox) = network_checks(&world).await?;
    tell(checks)?;
    if Config::resolve(&world).is_ok() {
        let arguments = own_settings(std::env::args_os());
        tell(vec![handshake::initialize(&arguments).await])?;
        tell(vec![handshake::discover(&arguments).await])?;
    } else {
        tell(handshake::skipped())?;
    }

    if as_json {
        serde_json::to_writer_pretty(&mut out, &report)?;
        writeln!(out)?;
    }
    Ok(if report.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn this_program() -> Check {
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let place = std::env::current_exe().map_or_else(|_| "?".into(), |path| path.display().to_string());
    let (system, processor) = (std::env::consts::OS, std::env::consts::ARCH);
    Check::ok(
        "version",
        format!(
            "{} {}, {build} build for {system} on {processor}, {place}",
            mcp::NAME,
            mcp::VERSION
        ),
    )
}

/// The checks on the way to the platform that the settings name; with the sandbox, where they name that.
async fn network_checks(world: &World<'_>) -> anyhow::Result<(Vec<Check>, Option<Sandbox>)> {
    let Some(target) = settings::target(world) else {
        return Ok((network::skipped(), None));
    };
    let timeout = world.get(&TIMEOUT).or_else(|_| TIMEOUT.unset())?;
    let place = setup::place(target).await?;
    let checks = network::checks(place.base_url, place.token, timeout.value).await;
    Ok((checks, place.sandbox))
}

/// The arguments of this process as those of a server: without what makes it a doctor.
fn own_settings(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    // Nothing may stand before the name of a command, so the first two arguments are the program and `doctor`.
    arguments.skip(2).filter(|argument| argument != "--json").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_gets_the_settings_of_the_doctor() {
        let arguments = [
            "acedata-pay-mcp",
            "doctor",
            "--qr-dir",
            "doctor",
            "--json",
            "--read-only",
        ];
        assert_eq!(
            own_settings(arguments.map(OsString::from).into_iter()),
            ["--qr-dir", "doctor", "--read-only"]
        );
    }
}
