//! Logs: to stderr, without colour, never to stdout, and without waiting for anybody who reads them.

mod stderr;

use std::io::Write as _;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{ParseError, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

use self::stderr::Stderr;

/// What is logged unless `RUST_LOG` says otherwise.
pub const DEFAULT: &str = "warn,acedata_pay_mcp=info";

/// What `RUST_LOG` asks for, where it is set and not empty: levels by target, as `warn,acedata_pay_mcp=debug`.
///
/// # Errors
/// When it cannot be read.
#[expect(
    clippy::disallowed_methods,
    reason = "the one variable that is read before the settings"
)]
pub fn asked() -> Result<Option<Targets>, ParseError> {
    let asked = std::env::var_os("RUST_LOG").unwrap_or_default();
    let asked = asked.to_string_lossy();
    if asked.trim().is_empty() {
        return Ok(None);
    }
    asked.parse().map(Some)
}

/// The logs of this process.
#[derive(Debug)]
pub struct Logs(Stderr);

/// Starts logging, as `RUST_LOG` says; unset, empty or unreadable, it counts as the default.
///
/// The MCP library is held back whatever is asked for. Below `info` it writes whole requests and results, which hold order
/// ids and payment links; and it warns of every request that is answered with an error, as when a host asks for prompts.
pub fn start() -> Logs {
    let filter = asked().ok().flatten().unwrap_or_else(default);
    let stderr = Stderr::start();
    let logs = Logs(stderr.clone());
    let to_stderr = fmt::layer()
        .with_writer(move || stderr.clone())
        .with_ansi(false)
        .with_filter(filter_fn(|metadata| {
            may_be_logged(metadata.target(), *metadata.level())
        }));
    // An error means that a subscriber is installed already, as in tests.
    let _ = tracing_subscriber::registry().with(filter).with(to_stderr).try_init();
    std::panic::set_hook(Box::new(|panic| {
        // The place only: a panic's message may hold anything.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
    logs
}

impl Logs {
    /// Writes a text that is no log line, after those that were logged before.
    pub fn say(&self, text: &str) {
        // It cannot fail: what cannot be written is dropped.
        let _ = self.0.clone().write_all(text.as_bytes());
    }

    /// Waits until everything is written, for a second at most where nobody reads it.
    pub fn finish(self) {
        self.0.finish();
    }
}

fn may_be_logged(target: &str, level: Level) -> bool {
    match target.split_once("::") {
        Some(("rmcp", "service")) => level != Level::WARN && level <= Level::INFO,
        _ => level <= Level::INFO || !target.starts_with("rmcp"),
    }
}

/// What [`DEFAULT`] says.
fn default() -> Targets {
    Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("acedata_pay_mcp", LevelFilter::INFO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_what_is_said_of_it() {
        assert_eq!(DEFAULT.parse::<Targets>().unwrap(), default());
    }

    #[test]
    fn the_mcp_library_is_held_back() {
        let logged =
            |target| [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG].map(|level| may_be_logged(target, level));
        assert_eq!(logged("rmcp::service"), [true, false, true, false]);
        assert_eq!(logged("rmcp::handler::server"), [true, true, true, false]);
        assert_eq!(logged("hyper"), [true; 4]);
        assert_eq!(logged("acedata_pay_mcp::mcp"), [true; 4]);
    }
}
