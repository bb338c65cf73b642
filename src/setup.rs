//! A configuration, put to work: the payments that it asks for.
//!
//! Operator code that every front starts with: serving MCP, and the commands.

use crate::config::{Config, Target};
use crate::payment::{Environment, Payments};
use crate::platform::{Limits, Platform};
use crate::sandbox::{self, Sandbox};

/// The payments that a configuration asks for; with the sandbox, which lives as long as it is held.
///
/// # Errors
/// When the sandbox cannot be started.
pub async fn payments(config: Config) -> anyhow::Result<(Payments, Option<Sandbox>)> {
    let (base_url, token, sandbox) = match config.target {
        Target::Platform { base_url, token } => (base_url.value, token.map(|token| token.value), None),
        Target::Sandbox => {
            let sandbox = Sandbox::start(0).await?;
            (
                sandbox.base_url().parse()?,
                Some(sandbox::TOKEN.parse()?),
                Some(sandbox),
            )
        }
    };
    // An address on this machine alone says little: it may be a tunnel to the live platform. A sandbox has its own token.
    let is_sandbox = base_url.is_loopback() && token.as_ref().is_some_and(|token| token.is(sandbox::TOKEN));
    let environment = if is_sandbox {
        Environment::Sandbox
    } else {
        Environment::Live
    };
    let limits = Limits {
        request_timeout: config.timeout.value,
        requests_per_second: config.rate_limit.value,
    };
    let platform = Platform::new(base_url, token, limits);
    Ok((Payments::new(platform, environment, config.pay_ways.value), sandbox))
}
