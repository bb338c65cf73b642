//! A configuration, put to work: the payments that it asks for.
//!
//! Operator code that every front starts with: serving MCP, the commands, and the doctor.

use crate::journal::{Front, Journal, Location};
use crate::payment::{Clock, Environment, OrderPages, Payments, Rules};
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

/// The payments that a configuration asks for, made through `front`; with the sandbox, which lives as long as it is held.
///
/// # Errors
/// When the sandbox cannot be started.
pub async fn payments(config: Config, front: Front) -> anyhow::Result<(Payments, Option<Sandbox>)> {
    let journal = journal(&config.target, config.journal.value, front);
    let environment = environment(&config.target);
    let chains = match environment {
        Environment::Live => Chains::Live,
        Environment::Sandbox => Chains::Sandbox,
    };
    let Place {
        base_url,
        token,
        sandbox,
    } = place(config.target).await?;
    let pages = pages(&base_url, environment);
    let limits = Limits {
        request_timeout: config.timeout.value,
        requests_per_second: config.rate_limit.value,
    };
    let platform = Platform::new(base_url, token, limits).on(chains);
    let rules = Rules {
        environment,
        read_only: config.read_only.value,
        ways: config.pay_ways.value,
        hosts: config.pay_hosts.value,
        most_usdc: config.x402_max.value,
        pages,
    };
    Ok((Payments::new(platform, rules, journal, Clock::default()), sandbox))
}

/// The journal of the payments on a platform, made through `front`: where `said`, or else in the user's folder, and for a
/// sandbox in a file that goes with it. Nothing is opened yet.
#[must_use]
pub fn journal(target: &Target, said: Option<Location>, front: Front) -> Journal {
    let location = said.unwrap_or_else(|| match environment(target) {
        Environment::Live => Location::usual(),
        Environment::Sandbox => Location::Temporary,
    });
    Journal::new(location, front)
}

/// Where the public pages of orders are: those of the platform itself, or a sandbox's. Of any other address none are known.
fn pages(base_url: &BaseUrl, environment: Environment) -> Option<OrderPages> {
    match environment {
        Environment::Sandbox => Some(OrderPages::Sandbox(base_url.to_string())),
        Environment::Live => (base_url.to_string() == BaseUrl::LIVE).then_some(OrderPages::Studio),
    }
}

/// Whether real money is at stake.
pub(crate) fn environment(target: &Target) -> Environment {
    match target {
        Target::Sandbox => Environment::Sandbox,
        // An address on this machine alone says little: it may be a tunnel to the live platform. A sandbox has its own
        // token.
        Target::Platform { base_url, token }
            if base_url.value.is_loopback() && token.value.as_ref().is_some_and(|token| token.is(sandbox::TOKEN)) =>
        {
            Environment::Sandbox
        }
        Target::Platform { .. } => Environment::Live,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_platform_itself_and_a_sandbox_have_public_pages() {
        let page = |base: &str, environment| {
            let id = "a1b2c3d4-e5f6-7890-abcd-ef1234567890".parse().unwrap();
            pages(&base.parse().unwrap(), environment).map(|pages| pages.of(id))
        };
        for base in [
            "https://platform.acedata.cloud",
            "https://platform.acedata.cloud/api/v1/",
        ] {
            assert_eq!(
                page(base, Environment::Live).as_deref(),
                Some("https://studio.acedata.cloud/orders/a1b2c3d4-e5f6-7890-abcd-ef1234567890")
            );
        }
        for base in [
            "https://platform.example.com",
            "https://platform.acedata.cloud:8443",
            "http://127.0.0.1:8402",
        ] {
            assert_eq!(page(base, Environment::Live), None, "{base}");
        }
        assert_eq!(
            page("http://127.0.0.1:8402", Environment::Sandbox).as_deref(),
            Some("http://127.0.0.1:8402/checkout/a1b2c3d4-e5f6-7890-abcd-ef1234567890")
        );
    }
}
