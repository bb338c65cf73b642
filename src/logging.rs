//! Logs: to stderr, without colour, never to stdout.

use std::env::VarError;
use std::error::Error as _;

use tracing::Level;
use tracing_subscriber::filter::{EnvFilter, FromEnvError, filter_fn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt};

/// What is logged unless `RUST_LOG` says otherwise.
pub const DEFAULT: &str = "warn,acedata_pay_mcp=info";

/// What `RUST_LOG` asks for, where it is set and not empty.
///
/// # Errors
/// When it cannot be read.
pub fn asked() -> Result<Option<EnvFilter>, FromEnvError> {
    match EnvFilter::try_from_default_env() {
        Ok(filter) => Ok(Some(filter).filter(|filter| !filter.to_string().is_empty())),
        Err(error) => match error.source().and_then(|cause| cause.downcast_ref()) {
            Some(VarError::NotPresent) => Ok(None),
            _ => Err(error),
        },
    }
}

/// Starts logging, as `RUST_LOG` says; unset, empty or unreadable, it counts as the default.
///
/// The MCP library is held at `info` whatever is asked for: below that it writes whole requests and results, which hold
/// order ids and payment links.
pub fn start() {
    let filter = asked().ok().flatten().unwrap_or_else(|| EnvFilter::new(DEFAULT));
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
