//! Each setting, declared once. A new one is an entry here and in [`SETTINGS`], and a field of [`Config`](super::Config).

use std::path::PathBuf;
use std::time::Duration;

use super::read;
use super::setting::{Declared, Facts, Field, Flag, Kind, Setting};
use crate::journal::Location;
use crate::logging;
use crate::money::Money;
use crate::pay_hosts::PayHosts;
use crate::pay_way::PayWays;
use crate::payment::LONGEST_WAIT;
use crate::platform::BaseUrl;
use crate::token::{PLACEHOLDER, PlatformToken, TOKEN_PAGE};

/// Every setting, in the order in which people read of them.
pub static SETTINGS: [&dyn Declared; 15] = [
    &TOKEN,
    &TOKEN_FILE,
    &BASE_URL,
    &TIMEOUT,
    &RATE_LIMIT,
    &READ_ONLY,
    &ELICITATION,
    &MAX_WAIT,
    &PAY_WAYS,
    &PAY_HOSTS,
    &X402_MAX,
    &JOURNAL,
    &QR_DIR,
    &LOG,
    &SANDBOX,
];

/// What is said of every setting.
pub fn facts() -> impl Iterator<Item = &'static Facts> {
    SETTINGS.iter().map(|setting| setting.facts())
}

/// The variable that holds the platform token.
pub const TOKEN_VARIABLE: &str = "ACEDATACLOUD_PLATFORM_TOKEN";

/// The platform token.
pub static TOKEN: Setting<Option<PlatformToken>> = Setting {
    facts: Facts {
        name: "token",
        variable: Some(TOKEN_VARIABLE),
        about: "The platform token, from the platform's console",
        is_secret: true,
        example: Some(PLACEHOLDER),
        field: Some(Field {
            key: "platform_token",
            title: "Platform token",
            about: "The platform token, which starts with platform-v1-; create one at \
                    https://platform.acedata.cloud/console/platform-tokens.",
            is_required: true,
        }),
        hint: |source| {
            format!("set {source} to a platform token (`{PLACEHOLDER}`) from {TOKEN_PAGE}, or leave it unset")
        },
        ..Facts::PLAIN
    },
    read: read::token,
    show: None,
};

/// The file that holds the token.
pub static TOKEN_FILE: Setting<Option<PathBuf>> = Setting {
    facts: Facts {
        name: "token file",
        variable: Some("ACEDATACLOUD_PLATFORM_TOKEN_FILE"),
        flag: Some(Flag::with_value("--token-file", "FILE")),
        kind: Kind::File,
        about: "A file with the token in its first line, readable by you alone (mode 0600)",
        hint: |_| "write the platform token into the first line of a file that only you can read".into(),
        ..Facts::PLAIN
    },
    read: read::path,
    show: None,
};

/// Where the platform is.
pub static BASE_URL: Setting<BaseUrl> = Setting {
    facts: Facts {
        name: "base URL",
        variable: Some("PLATFORM_API_BASE_URL"),
        flag: Some(Flag::with_value("--base-url", "URL")),
        default: BaseUrl::LIVE,
        about: "Where the platform is: only https, or http to a sandbox on this machine",
        field: Some(Field {
            key: "base_url",
            title: "Platform address",
            about: "Leave empty for https://platform.acedata.cloud; http://127.0.0.1:8402 for a sandbox on this \
                    machine.",
            is_required: false,
        }),
        hint: |source| format!("leave {source} unset to use {}", BaseUrl::LIVE),
        ..Facts::PLAIN
    },
    read: read::parsed,
    show: None,
};

/// How long one request may take.
pub static TIMEOUT: Setting<Duration> = Setting {
    facts: Facts {
        name: "time-out",
        variable: Some("PLATFORM_REQUEST_TIMEOUT"),
        flag: Some(Flag::with_value("--timeout", "SECONDS")),
        default: "30",
        kind: Kind::Number,
        about: "How long one request may take, in seconds, 1 to 300",
        hint: |_| "for example 30".into(),
        ..Facts::PLAIN
    },
    read: read::seconds,
    show: Some(|timeout| match timeout.subsec_millis() {
        0 => format!("{} s", timeout.as_secs()),
        millis => format!("{}.{millis:03} s", timeout.as_secs()),
    }),
};

/// How many requests a second go to the platform, steadily.
pub static RATE_LIMIT: Setting<u32> = Setting {
    facts: Facts {
        name: "rate limit",
        variable: Some("ACEDATACLOUD_RATE_LIMIT"),
        flag: Some(Flag::with_value("--rate-limit", "N")),
        default: "20",
        kind: Kind::Number,
        about: "Requests to the platform a second, 1 to 10000; twice as many in a burst",
        hint: |_| "for example 20".into(),
        ..Facts::PLAIN
    },
    read: |text| {
        let rate = text.parse().ok().filter(|rate| (1..=10_000).contains(rate));
        rate.ok_or_else(|| "must be a whole number of requests a second from 1 to 10000".into())
    },
    show: Some(|rate| format!("{rate} requests a second")),
};

/// Whether orders can only be checked.
pub static READ_ONLY: Setting<bool> = Setting {
    facts: Facts {
        name: "read-only",
        variable: Some("ACEDATACLOUD_READ_ONLY"),
        flag: Some(Flag::switch("--read-only")),
        default: "false",
        kind: Kind::Switch,
        about: "Offer only `check_order_status`: nothing can be paid",
        field: Some(Field {
            key: "read_only",
            title: "Read only",
            about: "Only look at orders: nothing can be paid.",
            is_required: false,
        }),
        ..Facts::PLAIN
    },
    read: read::switch,
    show: Some(|is_read_only| {
        let shown = if *is_read_only {
            "yes: nothing can be paid"
        } else {
            "no: orders can be paid"
        };
        shown.into()
    }),
};

/// Whether the person may be asked inside the client to open a payment link.
pub static ELICITATION: Setting<bool> = Setting {
    facts: Facts {
        name: "elicitation",
        variable: Some("ACEDATACLOUD_ELICITATION"),
        flag: Some(Flag::with_value("--elicitation", "SWITCH")),
        default: "on",
        kind: Kind::Choice(&["on", "off"]),
        about: "Whether to ask the person inside the client to open the link, where the client can do that: `on` or \
                `off`",
        ..Facts::PLAIN
    },
    read: read::switch,
    show: Some(|is_on| if *is_on { "on, where the client can" } else { "off" }.into()),
};

/// The longest that a call may wait for a payment.
pub static MAX_WAIT: Setting<Duration> = Setting {
    facts: Facts {
        name: "longest wait",
        variable: Some("ACEDATACLOUD_MAX_WAIT"),
        flag: Some(Flag::with_value("--max-wait", "SECONDS")),
        default: "50",
        kind: Kind::Number,
        about: "The most that `wait_seconds` may be, in whole seconds, 0 to 50; some less than where the client gives up on a \
                call",
        hint: |_| "for example 20".into(),
        ..Facts::PLAIN
    },
    read: |text| {
        let time = text.parse().ok().map(Duration::from_secs);
        time.filter(|time| *time <= LONGEST_WAIT)
            .ok_or_else(|| format!("must be a whole number of seconds from 0 to {}", LONGEST_WAIT.as_secs()))
    },
    show: Some(|time| format!("{} s", time.as_secs())),
};

/// How orders may be paid.
pub static PAY_WAYS: Setting<PayWays> = Setting {
    facts: Facts {
        name: "pay ways",
        variable: Some("ACEDATACLOUD_PAY_WAYS"),
        flag: Some(Flag::with_value("--pay-ways", "WAYS")),
        default: "all",
        about: "The pay ways to allow, of `STRIPE,WECHATPAY,ALIPAY,X402,CARD`; the others vanish from the schema and are \
                refused",
        example: Some("STRIPE,ALIPAY"),
        field: Some(Field {
            key: "pay_ways",
            title: "Allowed pay ways",
            about: "Any of STRIPE, WECHATPAY, ALIPAY, X402 and CARD, separated by commas. Leave empty to allow all.",
            is_required: false,
        }),
        hint: |_| "for example STRIPE,ALIPAY".into(),
        ..Facts::PLAIN
    },
    read: |text| match text {
        "all" => Ok(PayWays::default()),
        names => read::parsed(names),
    },
    show: Some(ToString::to_string),
};

/// Where payment pages may be.
pub static PAY_HOSTS: Setting<PayHosts> = Setting {
    facts: Facts {
        name: "pay hosts",
        variable: Some("ACEDATACLOUD_PAY_HOSTS"),
        flag: Some(Flag::with_value("--pay-hosts", "HOSTS")),
        default: "any",
        about: "The hosts that payment pages may be on, as `buy.stripe.com,*.alipay.com`; a link to another one is withheld. By \
                default an unusual host is shown and named",
        example: Some("buy.stripe.com,*.alipay.com"),
        hint: |_| "for example buy.stripe.com,*.alipay.com".into(),
        ..Facts::PLAIN
    },
    read: read::parsed,
    show: Some(ToString::to_string),
};

/// The most that one signed X402 payment may move, in USDC.
pub static X402_MAX: Setting<Money> = Setting {
    facts: Facts {
        name: "X402 limit",
        variable: Some("ACEDATACLOUD_X402_MAX"),
        flag: Some(Flag::with_value("--x402-max", "USDC")),
        default: "100",
        kind: Kind::Number,
        about: "The most that one signed X402 payment may move, in USDC",
        field: Some(Field {
            key: "x402_max",
            title: "X402 limit",
            about: "The most that one signed X402 payment may move, in USDC.",
            is_required: false,
        }),
        hint: |_| "for example 100".into(),
        ..Facts::PLAIN
    },
    read: |text| {
        text.parse()
            .map_err(|_| "must be an amount of USDC of zero or more".into())
    },
    show: Some(|most| format!("{most} USDC a payment")),
};

/// Where payments are written down.
pub static JOURNAL: Setting<Option<Location>> = Setting {
    facts: Facts {
        name: "journal",
        variable: Some("ACEDATACLOUD_JOURNAL"),
        flag: Some(Flag::with_value("--journal", "PLACE")),
        about: "Where payments are written down, so that none is made twice: a file, or a `postgres://` address for agents \
                on many machines; by default a file in your folder for the state of programs",
        is_secret: true,
        example: Some("/var/lib/pay/journal.sqlite3"),
        hint: |source| format!("leave {source} unset for a file in your own folder"),
        ..Facts::PLAIN
    },
    read: |text| match text {
        "" => Ok(None),
        text => read::parsed(text).map(Some),
    },
    show: Some(|place| {
        place
            .as_ref()
            .map_or("in your folder for the state of programs".into(), ToString::to_string)
    }),
};

/// Where the QR codes of payment links are written.
pub static QR_DIR: Setting<Option<PathBuf>> = Setting {
    facts: Facts {
        name: "QR folder",
        variable: Some("ACEDATACLOUD_QR_DIR"),
        flag: Some(Flag::with_value("--qr-dir", "DIR")),
        kind: Kind::Folder,
        about: "Write the QR codes of payment links into this folder, as pictures that only you can read",
        field: Some(Field {
            key: "qr_dir",
            title: "Folder for QR codes",
            about: "Where the QR codes of payment links are written as pictures that only you can read. Leave empty to \
                    write none.",
            is_required: false,
        }),
        hint: |source| format!("leave {source} unset to write none"),
        ..Facts::PLAIN
    },
    read: read::path,
    show: Some(|folder| {
        folder
            .as_ref()
            .map_or("none".into(), |folder| folder.display().to_string())
    }),
};

/// What is logged; `logging` reads it, before anything else.
static LOG: Facts = Facts {
    name: "log",
    variable: Some("RUST_LOG"),
    default: logging::DEFAULT,
    about: "What is logged to stderr",
    ..Facts::PLAIN
};

/// Whether the platform is the sandbox inside this process.
pub static SANDBOX: Setting<bool> = Setting {
    facts: Facts {
        name: "sandbox",
        flag: Some(Flag {
            name: "--sandbox",
            value: None,
            excludes: &["--base-url", "--token-file"],
        }),
        default: "false",
        kind: Kind::Switch,
        about: "Serve against a sandbox inside this process: no account, no token, no real money",
        ..Facts::PLAIN
    },
    read: read::switch,
    show: None,
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use pretty_assertions::assert_eq;

    use super::super::{Config, Flags, World};
    use super::*;

    /// A world in which nothing is set.
    fn nothing(test: impl FnOnce(&World<'_>)) {
        test(&World {
            flags: &Flags::default(),
            variable: &|_| None,
            token_file: &|_| Ok(String::new()),
        });
    }

    #[test]
    fn every_default_can_be_used_and_is_shown_as_one() {
        nothing(|world| {
            Config::resolve(world).unwrap();
            let shown: Vec<_> = SETTINGS
                .iter()
                .filter_map(|setting| Some((setting.facts().name, setting.shown(world)?.unwrap())))
                .map(|(name, found)| format!("{name}: {} from {}", found.value, found.source))
                .collect();
            assert_eq!(
                shown,
                [
                    "time-out: 30 s from the default",
                    "rate limit: 20 requests a second from the default",
                    "read-only: no: orders can be paid from the default",
                    "elicitation: on, where the client can from the default",
                    "longest wait: 50 s from the default",
                    "pay ways: `STRIPE`, `WECHATPAY`, `ALIPAY`, `X402`, `CARD` from the default",
                    "pay hosts: any from the default",
                    "X402 limit: 100 USDC a payment from the default",
                    "journal: in your folder for the state of programs from the default",
                    "QR folder: none from the default",
                ]
            );
        });
    }

    #[test]
    fn every_declaration_is_complete_and_no_name_is_there_twice() {
        let flags: BTreeSet<_> = facts().filter_map(|facts| Some(facts.flag?.name)).collect();
        for facts in facts() {
            assert!(!facts.name.is_empty() && !facts.about.is_empty(), "{facts:?}");
            assert!(!facts.about.ends_with('.'), "{facts:?}");
            assert!(facts.variable.is_some() || facts.flag.is_some(), "{facts:?}");
            if let Some(flag) = facts.flag {
                assert!(flag.name.starts_with("--"), "{facts:?}");
                assert!(flag.excludes.iter().all(|other| flags.contains(other)), "{facts:?}");
                assert_eq!(flag.value.is_none(), facts.kind == Kind::Switch, "{facts:?}");
            }
            if let Some(field) = facts.field {
                assert!(facts.variable.is_some() && field.about.ends_with('.'), "{facts:?}");
            }
        }
        let count = |of: fn(&'static Facts) -> Option<&'static str>| {
            let all: Vec<_> = facts().filter_map(of).collect();
            (all.len(), all.into_iter().collect::<BTreeSet<_>>().len())
        };
        for (all, different) in [
            count(|facts| Some(facts.name)),
            count(|facts| facts.variable),
            count(|facts| facts.flag.map(|flag| flag.name)),
            count(|facts| facts.field.map(|field| field.key)),
        ] {
            assert_eq!(all, different);
        }
    }
}
