//! The settings: what flags, environment and token file make of the declarations is one [`Config`], in which each value
//! remembers its source. The command line, the help, the self-check, the documents and the packages are made of them too.
//!
//! [`Config::resolve`] is a pure function of the [`World`] that it is given; [`Config::load`] gives it the real one. This
//! module is the one place of the program that reads the environment.

mod declared;
mod error;
mod flags;
mod read;
mod setting;
mod target;
mod token_file;
mod world;

use std::path::PathBuf;
use std::time::Duration;

pub use self::declared::{
    BASE_URL, ELICITATION, JOURNAL, MAX_WAIT, PAY_HOSTS, PAY_WAYS, QR_DIR, RATE_LIMIT, READ_ONLY, SANDBOX, SETTINGS,
    TIMEOUT, TOKEN, TOKEN_FILE, TOKEN_VARIABLE, X402_MAX, facts,
};
pub use self::error::ConfigError;
pub use self::flags::Flags;
pub use self::setting::{Declared, Facts, Field, Flag, Kind, Setting, Source};
pub use self::target::{Target, token};
pub use self::token_file::{TokenFileError, mode_of as token_file_mode};
pub use self::world::{Sourced, World};
use crate::journal::Location;
use crate::money::Money;
use crate::pay_hosts::PayHosts;
use crate::pay_way::PayWays;

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
    /// The longest that a call may wait for a payment, in whole seconds.
    pub max_wait: Sourced<Duration>,
    /// How orders may be paid.
    pub pay_ways: Sourced<PayWays>,
    /// Where payment pages may be.
    pub pay_hosts: Sourced<PayHosts>,
    /// The most that one signed X402 payment may move, in USDC.
    pub x402_max: Sourced<Money>,
    /// Where payments are written down, where somebody said so.
    pub journal: Sourced<Option<Location>>,
    /// Where the QR codes of payment links are written, if anywhere.
    pub qr_dir: Sourced<Option<PathBuf>>,
}

impl Config {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// [`ConfigError`], the first setting that cannot be used.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        Self::resolve(&World::real(flags))
    }

    /// Makes one configuration of flags and environment.
    ///
    /// # Errors
    /// [`ConfigError`], the first setting that cannot be used.
    pub fn resolve(world: &World<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            target: Target::resolve(world)?,
            timeout: world.get(&TIMEOUT)?,
            rate_limit: world.get(&RATE_LIMIT)?,
            read_only: world.get(&READ_ONLY)?,
            elicitation: world.get(&ELICITATION)?,
            max_wait: world.get(&MAX_WAIT)?,
            pay_ways: world.get(&PAY_WAYS)?,
            pay_hosts: world.get(&PAY_HOSTS)?,
            x402_max: world.get(&X402_MAX)?,
            journal: world.get(&JOURNAL)?,
            qr_dir: world.get(&QR_DIR)?,
        })
    }
}

/// The pay ways that the settings of this process allow; `None` where nothing may be paid, or where that cannot be read.
#[must_use]
pub fn allowed(flags: &Flags) -> Option<PayWays> {
    let world = World::real(flags);
    let is_read_only = world.get(&READ_ONLY).ok()?.value;
    let ways = world.get(&PAY_WAYS).ok()?.value;
    (!is_read_only).then_some(ways)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use pretty_assertions::assert_eq;

    use super::flags::tests::typed;
    use super::*;

    /// The configuration as text, or the first error with its hint.
    fn resolved(flags: &[&str], environment: &[(&str, &str)]) -> String {
        let flags = typed(flags);
        let variable = |name: &str| {
            let found = environment.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| OsString::from(value))
        };
        let world = World {
            flags: &flags,
            variable: &variable,
            token_file: &|_| Ok(String::new()),
        };
        match Config::resolve(&world) {
            Err(error) => format!("{error} | {}", error.hint()),
            Ok(Config {
                target: _,
                timeout,
                rate_limit,
                read_only,
                elicitation,
                max_wait,
                pay_ways,
                pay_hosts,
                x402_max,
                journal,
                qr_dir,
            }) => {
                let shown = [
                    format!("{:?} from {}", timeout.value, timeout.source),
                    format!("{} from {}", rate_limit.value, rate_limit.source),
                    format!("{} from {}", read_only.value, read_only.source),
                    format!("{} from {}", elicitation.value, elicitation.source),
                    format!("{:?} from {}", max_wait.value, max_wait.source),
                    format!("{} from {}", pay_ways.value, pay_ways.source),
                    format!("{} from {}", pay_hosts.value, pay_hosts.source),
                    format!("{} from {}", x402_max.value, x402_max.source),
                    format!(
                        "{} from {}",
                        journal
                            .value
                            .map_or("in the usual place".into(), |place| place.to_string()),
                        journal.source
                    ),
                    format!("{:?} from {}", qr_dir.value, qr_dir.source),
                ];
                shown.join("; ")
            }
        }
    }

    #[test]
    fn each_setting_is_read_from_its_flag_and_its_variable() {
        let environment = [
            ("PLATFORM_REQUEST_TIMEOUT", "7.5"),
            ("ACEDATACLOUD_RATE_LIMIT", "9"),
            ("ACEDATACLOUD_READ_ONLY", "false"),
            ("ACEDATACLOUD_ELICITATION", "OFF"),
            ("ACEDATACLOUD_MAX_WAIT", "20"),
            ("ACEDATACLOUD_PAY_WAYS", "X402"),
            ("ACEDATACLOUD_PAY_HOSTS", "*.Stripe.com"),
            ("ACEDATACLOUD_X402_MAX", "0.50"),
            ("ACEDATACLOUD_JOURNAL", "postgres://u:s3cret@db.example/pay"),
            ("ACEDATACLOUD_QR_DIR", "/qr"),
        ];
        assert_eq!(
            resolved(&[], &environment),
            "7.5s from `PLATFORM_REQUEST_TIMEOUT`; 9 from `ACEDATACLOUD_RATE_LIMIT`; false from `ACEDATACLOUD_READ_ONLY`; \
             false from `ACEDATACLOUD_ELICITATION`; 20s from `ACEDATACLOUD_MAX_WAIT`; `X402` from `ACEDATACLOUD_PAY_WAYS`; *.stripe.com from \
             `ACEDATACLOUD_PAY_HOSTS`; 0.50 from `ACEDATACLOUD_X402_MAX`; \
             postgres://db.example/pay from `ACEDATACLOUD_JOURNAL`; Some(\"/qr\") from `ACEDATACLOUD_QR_DIR`"
        );
        let flags = [
            "--timeout=300",
            "--rate-limit=5",
            "--read-only",
            "--elicitation=on",
            "--max-wait=0",
            "--pay-ways=stripe,alipay",
            "--pay-hosts=any",
            "--x402-max=0",
            "--journal=/j.sqlite3",
            "--qr-dir=codes",
        ];
        assert_eq!(
            resolved(&flags, &environment),
            "300s from `--timeout`; 5 from `--rate-limit`; true from `--read-only`; true from `--elicitation`; 0ns from `--max-wait`; `STRIPE`, \
             `ALIPAY` from `--pay-ways`; any from `--pay-hosts`; 0 from `--x402-max`; /j.sqlite3 from `--journal`; Some(\"codes\") from `--qr-dir`"
        );
        assert_eq!(
            resolved(&["--pay-ways=all"], &[]),
            "30s from the default; 20 from the default; false from the default; true from the default; 50s from the default; `STRIPE`, `WECHATPAY`, \
             `ALIPAY`, `X402`, `CARD` from `--pay-ways`; any from the default; 100 from the default; in the usual place from the default; None from the default"
        );
    }

    #[test]
    fn a_bad_setting_is_named_with_what_is_wrong_and_what_to_do() {
        for (variable, value, expected) in [
            (
                "ACEDATACLOUD_RATE_LIMIT",
                "0",
                "must be a whole number of requests a second from 1 to 10000 | for example 20",
            ),
            (
                "ACEDATACLOUD_READ_ONLY",
                "maybe",
                "must be `true` or `false` (or `on` or `off`) | leave `ACEDATACLOUD_READ_ONLY` unset for the default",
            ),
            (
                "ACEDATACLOUD_MAX_WAIT",
                "51",
                "must be a whole number of seconds from 0 to 50 | for example 20",
            ),
            (
                "ACEDATACLOUD_MAX_WAIT",
                "2.5",
                "must be a whole number of seconds from 0 to 50 | for example 20",
            ),
            (
                "ACEDATACLOUD_PAY_WAYS",
                "cash",
                "cannot be used: `cash` is not a pay way; expected one of `STRIPE`, `WECHATPAY`, `ALIPAY`, `X402`, `CARD` | \
                 for example STRIPE,ALIPAY",
            ),
            (
                "ACEDATACLOUD_X402_MAX",
                "-1",
                "must be an amount of USDC of zero or more | for example 100",
            ),
        ] {
            assert_eq!(resolved(&[], &[(variable, value)]), format!("`{variable}` {expected}"));
        }
        for timeout in ["0", "301", "-1", "NaN", "inf", "1e400", "soon"] {
            assert_eq!(
                resolved(&[], &[("PLATFORM_REQUEST_TIMEOUT", timeout)]),
                "`PLATFORM_REQUEST_TIMEOUT` must be a number of seconds from 1 to 300 | for example 30"
            );
        }
    }
}
