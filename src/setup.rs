//! A configuration, put to work: the payments that it asks for.
//!
//! Operator code that every front starts with: serving MCP, the commands, and the doctor.

use crate::payment::{Environment, Payments};
use crate::platform::{BaseUrl, Limits, Platform};
use crate::sandbox::{self, Sandbox};
use crate::settings::{Config, Target};
use crate::token::PlatformToken;
use crate::x402::Chains;

/// Where to ask, and as whom; with the sandbox, which lives as long as it is held.
#[derive(Debug)]
pub struct Place {
    /// Where the platform is.
    pub base_url: BaseUrl,
    /// Who asks.
    pub token: Option<PlatformToken>,
    /// The sandbox in this process, where it is the platform.
    pub sandbox: Option<Sandbox>,
}

/// The platform that a configuration names, or a sandbox that is started for it.
///
/// # Errors
/// When the sandbox cannot be started.
pub async fn place(target: Target) -> anyhow::Result<Place> {
    Ok(match target {
        Target::Platform { base_url, token } => Place {
            base_url: base_url.value,
            token: token.value,
            sandbox: None,
        },
        Target::Sandbox => {
            let sandbox = Sandbox::start(0).await?;
            Place {
                base_url: sandbox.base_url().parse()?,
                token: Some(sandbox::TOKEN.parse()?),
                sandbox: Some(sandbox),
            }
        }
    })
}

/// The payments that a configuration asks for; with the sandbox, which lives as long as it is held.
///
/// # Errors
/// When the sandbox cannot be started.
pub async fn payments(config: Config) -> anyhow::Result<(Payments, Option<Sandbox>)> {
    let Place {
        base_url,
        token,
        sandbox,
    } = place(config.target).await?;
    // An address on this machine alone says little: it may be a tunnel to the live platform. A sandbox has its own token.
    let is_sandbox = base_url.is_loopback() && token.as_ref().is_some_and(|token| token.is(sandbox::TOKEN));
    let (environment, chains) = if is_sandbox {
        (Environment::Sandbox, Chains::Sandbox)
    } else {
        (Environment::Live, Chains::Live)
    };
    let limits = Limits {
        request_timeout: config.timeout.value,
        requests_per_second: config.rate_limit.value,
    };
    let platform = Platform::new(base_url, token, limits).on(chains);
    Ok((Payments::new(platform, environment, config.pay_ways.value), sandbox))
}
