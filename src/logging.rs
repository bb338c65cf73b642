//! Logs: to stderr, without colour, never to stdout.

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::{ParseError, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

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

/// Starts logging, as `RUST_LOG` says; unset, empty or unreadable, it counts as the default.
///
/// The MCP library is held at `info` whatever is asked for: below that it writes whole requests and results, which hold
/// order ids and payment links.
pub fn start() {
    let filter = asked().ok().flatten().unwrap_or_else(default);
    let to_stderr = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        // A host may close stderr; a log line that cannot be written must not disturb a payment.
        .log_internal_errors(false)
        .with_filter(filter_fn(|metadata| {
            *metadata.level() <= Level::INFO || !metadata.target().starts_with("rmcp")
        }));
    // An error means that a subscriber is installed already, as in tests.
    let _ = tracing_subscriber::registry().with(filter).with(to_stderr).try_init();
    std::panic::set_hook(Box::new(|panic| {
        // The place only: a panic's message may hold anything.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
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
}
