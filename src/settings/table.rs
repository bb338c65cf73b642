//! Every setting in one table: what the help and the documents say of it.

use super::{BASE_URL, ELICITATION, PAY_WAYS, QR_DIR, RATE_LIMIT, READ_ONLY, REQUEST_TIMEOUT, TOKEN, TOKEN_FILE};
use crate::logging;
use crate::platform::BaseUrl;

/// A setting, as people read about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The variable that sets it.
    pub variable: Option<&'static str>,
    /// The flag that sets it.
    pub flag: Option<Flag>,
    /// What counts when neither is set.
    pub unset: Unset,
    /// What it does.
    pub about: &'static str,
}

/// A flag, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag {
    /// With its dashes.
    pub name: &'static str,
    /// What stands for its value, where it takes one.
    pub value: Option<&'static str>,
}

/// What counts when a setting is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// A value that could be typed.
    Value(&'static str),
    /// What can only be said.
    Said(&'static str),
}

const fn flag(name: &'static str, value: &'static str) -> Flag {
    Flag {
        name,
        value: Some(value),
    }
}

const fn switch(name: &'static str) -> Flag {
    Flag { name, value: None }
}

const NONE: Unset = Unset::Said("none");

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    Setting {
        variable: Some(TOKEN),
        flag: None,
        unset: NONE,
        about: "The platform token; there is no flag for it",
    },
    Setting {
        variable: Some(TOKEN_FILE),
        flag: Some(flag("--token-file", "FILE")),
        unset: NONE,
        about: "A file with the token in its first line, readable by you alone (mode 0600)",
    },
    Setting {
        variable: Some(BASE_URL),
        flag: Some(flag("--base-url", "URL")),
        unset: Unset::Value(BaseUrl::LIVE),
        about: "Where the platform is: only https, or http to a sandbox on this machine",
    },
    Setting {
        variable: Some(REQUEST_TIMEOUT),
        flag: Some(flag("--timeout", "SECONDS")),
        unset: Unset::Value("30"),
        about: "How long one request may take, 1 to 300",
    },
    Setting {
        variable: Some(PAY_WAYS),
        flag: Some(flag("--pay-ways", "WAYS")),
        unset: Unset::Said("all"),
        about: "Allow only these pay ways, as `STRIPE,ALIPAY`; the others vanish from the schema and are refused",
    },
    Setting {
        variable: Some(QR_DIR),
        flag: Some(flag("--qr-dir", "DIR")),
        unset: NONE,
        about: "Write the QR codes of payment links there, readable by you alone",
    },
    Setting {
        variable: Some(READ_ONLY),
        flag: Some(switch("--read-only")),
        unset: Unset::Value("false"),
        about: "Offer only `check_order_status`: nothing can be paid",
    },
    Setting {
        variable: Some(ELICITATION),
        flag: Some(flag("--elicitation", "SWITCH")),
        unset: Unset::Value("on"),
        about: "Whether to ask the person inside the client to open the link, where the client can do that: `on` or `off`",
    },
    Setting {
        variable: Some(RATE_LIMIT),
        flag: Some(flag("--rate-limit", "N")),
        unset: Unset::Value("20"),
        about: "Requests to the platform a second, 1 to 10000; twice as many in a burst",
    },
    Setting {
        variable: Some("RUST_LOG"),
        flag: None,
        unset: Unset::Value(logging::DEFAULT),
        about: "What is logged to stderr",
    },
    Setting {
        variable: None,
        flag: Some(switch("--sandbox")),
        unset: Unset::Said("off"),
        about: "Serve against the sandbox in this process",
    },
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn the_flags_are_those_of_the_command_line() {
        let cli = Cli::command();
        let mut typed: Vec<_> = cli
            .get_arguments()
            .filter_map(|argument| {
                let takes_value = argument.get_action().takes_values();
                let value = argument.get_value_names().filter(|_| takes_value);
                let value = value.and_then(|names| names.first()).map(ToString::to_string);
                Some((format!("--{}", argument.get_long()?), value))
            })
            .filter(|(name, _)| !["--help", "--version"].contains(&name.as_str()))
            .collect();
        typed.sort();
        let mut told: Vec<_> = SETTINGS
            .iter()
            .filter_map(|setting| setting.flag)
            .map(|flag| (flag.name.to_owned(), flag.value.map(str::to_owned)))
            .collect();
        told.sort();
        assert_eq!(told, typed);
    }
}
