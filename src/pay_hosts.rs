//! The hosts of payment pages: which are usual, and which an operator allows.
//!
//! Vocabulary: no I/O. A host is a public name, as [`is_public`] has it: no address, and no name of a private network.

use std::fmt;
use std::str::FromStr;

use crate::pay_way::PayWay;

/// The usual hosts, each with the pay ways whose pages it has. `*.` stands for any name below. A new one is one more line.
///
/// Source: the links that the platform was seen to send, and its own pages of orders.
const USUAL: [(&str, &[PayWay]); 6] = [
    ("buy.stripe.com", &[PayWay::Stripe, PayWay::Card]),
    ("checkout.stripe.com", &[PayWay::Stripe, PayWay::Card]),
    (CHECKOUT, &[PayWay::Card]),
    ("*.alipay.com", &[PayWay::Alipay]),
    ("studio.acedata.cloud", &PayWay::ALL),
    ("platform.acedata.cloud", &PayWay::ALL),
];

/// The only host that the page in an order's `payment` is on.
pub const CHECKOUT: &str = "checkout.airwallex.com";

/// Last labels that no public name has: those of this machine, of private networks, and of networks beside the Internet.
const PRIVATE: [&str; 14] = [
    "alt",
    "arpa",
    "corp",
    "home",
    "i2p",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
];

/// How long a name is at most, and each of its labels.
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// Whether a host is a usual one for the pages of a pay way. A name with letters outside ASCII never is.
#[must_use]
pub fn is_usual(host: &str, way: PayWay) -> bool {
    USUAL
        .iter()
        .any(|(pattern, ways)| matches(pattern, host) && ways.contains(&way))
}

/// Whether a host is a name of the public Internet, in lower case and as it is looked up (letters outside ASCII as `xn--`).
#[must_use]
pub fn is_public(host: &str) -> bool {
    let Some((name, last)) = host.rsplit_once('.') else {
        return false;
    };
    let is_top_level = last.bytes().all(|byte| byte.is_ascii_lowercase()) || last.starts_with("xn--");
    host.len() <= MAX_NAME
        && name.split('.').all(is_label)
        && is_label(last)
        && is_top_level
        && !PRIVATE.contains(&last)
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether a host is the pattern's, or below it where the pattern begins with `*.`.
fn matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(end) => host
            .strip_suffix(end)
            .is_some_and(|name| !name.is_empty() && name.split('.').all(|label| !label.starts_with("xn--"))),
        None => host == pattern,
    }
}

/// Which hosts payment pages may be on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PayHosts {
    /// Any public one. What is unusual is named before anybody opens it.
    #[default]
    Any,
    /// These and no others.
    Only(Vec<HostPattern>),
}

/// A host, or with `*.` all hosts below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(String);

/// The text is no list of hosts. It is not repeated: it may be a secret in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayHostsError {
    /// One of the entries, counted from one, is no public name.
    #[error("entry {0} of the list is no host such as `buy.stripe.com` or `*.alipay.com`")]
    NotAHost(usize),
    /// There is no entry.
    #[error("it names no host")]
    Empty,
}

impl HostPattern {
    /// Whether a host is meant.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        matches(&self.0, host)
    }

    fn read(text: &str) -> Option<Self> {
        let pattern = text.to_ascii_lowercase();
        let name = pattern.strip_prefix("*.").unwrap_or(&pattern);
        is_public(name).then_some(Self(pattern))
    }
}

impl FromStr for PayHosts {
    type Err = PayHostsError;

    /// Reads hosts separated by commas, as `buy.stripe.com,*.alipay.com`, or the word `any`.
    ///
    /// # Errors
    /// [`PayHostsError`] when an entry is no host, or there is none.
    fn from_str(text: &str) -> Result<Self, PayHostsError> {
        if text.trim() == "any" {
            return Ok(Self::Any);
        }
        let entries = text.split(',').map(str::trim).enumerate();
        let hosts = entries
            .filter(|(_, entry)| !entry.is_empty())
            .map(|(index, entry)| HostPattern::read(entry).ok_or(PayHostsError::NotAHost(index + 1)))
            .collect::<Result<Vec<_>, _>>()?;
        if hosts.is_empty() {
            return Err(PayHostsError::Empty);
        }
        Ok(Self::Only(hosts))
    }
}

impl fmt::Display for PayHosts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Only(hosts) = self else {
            return formatter.write_str("any");
        };
        for (index, host) in hosts.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(formatter, "{separator}{}", host.0)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_pay_way_has_its_usual_hosts() {
        for (host, ways) in [
            ("buy.stripe.com", &[PayWay::Stripe, PayWay::Card][..]),
            ("checkout.stripe.com", &[PayWay::Stripe, PayWay::Card]),
            ("checkout.airwallex.com", &[PayWay::Card]),
            ("openapi.alipay.com", &[PayWay::Alipay]),
            ("a.b.alipay.com", &[PayWay::Alipay]),
            ("studio.acedata.cloud", &PayWay::ALL),
            ("platform.acedata.cloud", &PayWay::ALL),
        ] {
            let usual: Vec<_> = PayWay::ALL.into_iter().filter(|way| is_usual(host, *way)).collect();
            assert_eq!(usual, ways, "{host}");
        }
    }

    #[test]
    fn a_host_that_only_resembles_a_usual_one_is_none() {
        for host in [
            "stripe.com",
            "evil.buy.stripe.com",
            "buy.stripe.com.evil.example",
            "buy.stripe.com.",
            "buystripe.com",
            "alipay.com",
            ".alipay.com",
            "evilalipay.com",
            "alipay.com.evil.example",
            "xn--e1awd7f.alipay.com",
            "acedata.cloud",
            "api.acedata.cloud",
        ] {
            assert!(!PayWay::ALL.into_iter().any(|way| is_usual(host, way)), "{host}");
        }
    }

    #[test]
    fn a_public_name_is_no_address_and_no_name_of_a_private_network() {
        for host in [
            "buy.stripe.com",
            "a.example",
            "xn--e1awd7f.xn--p1ai",
            "1.2.3.4.nip.io",
            "a-b.c0m.io",
        ] {
            assert!(is_public(host), "{host}");
        }
        for host in [
            "",
            ".",
            "stripe",
            "stripe.com.",
            ".stripe.com",
            "a..com",
            "-a.com",
            "a-.com",
            "a_b.com",
            "a,b.com",
            "a;b.com",
            "A.com",
            "ä.com",
            "127.0.0.1",
            "0x7f.1",
            "2130706433",
            "[::1]",
            "localhost",
            "a.localhost",
            "printer.local",
            "db.internal",
            "home.arpa",
            "a.onion",
            &format!("{}.com", "a".repeat(64)),
            &"a.".repeat(130),
        ] {
            assert!(!is_public(host), "{host}");
        }
    }

    #[test]
    fn allowed_hosts_are_a_list_of_names() {
        let read = |text: &str| text.parse::<PayHosts>().map(|hosts| hosts.to_string());
        assert_eq!(
            read("Buy.Stripe.com, *.alipay.com,,"),
            Ok("buy.stripe.com, *.alipay.com".to_owned())
        );
        assert_eq!(read("any"), Ok(PayHosts::default().to_string()));
        assert_eq!(read(" , "), Err(PayHostsError::Empty));
        for entry in [
            "https://buy.stripe.com",
            "buy.stripe.com/x",
            "buy.stripe.com:443",
            "*",
            "*.com",
            "*stripe.com",
            "buy.*.com",
            "127.0.0.1",
            "localhost",
            "platform-v1-0123",
        ] {
            assert_eq!(
                read(&format!("a.example,{entry}")),
                Err(PayHostsError::NotAHost(2)),
                "{entry}"
            );
        }
        assert!(!PayHostsError::NotAHost(2).to_string().contains("platform-v1"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn a_list_is_shown_as_it_can_be_read_and_means_public_hosts_alone(
            text in prop_oneof![".*", "((\\*\\.)?[a-zA-Z0-9-]{1,6}\\.[a-z]{2,4},? ?){0,4}"], host in "[a-z0-9.-]{1,12}(\\.[a-z]{2,4})?",
        ) {
            if let Ok(hosts) = text.parse::<PayHosts>() {
                prop_assert_eq!(hosts.to_string().parse(), Ok(hosts.clone()));
                if let PayHosts::Only(list) = hosts {
                    prop_assert!(!list.is_empty());
                    for pattern in list {
                        prop_assert!(is_public(pattern.0.trim_start_matches("*.")));
                        prop_assert!(!pattern.matches(&host) || host.contains('.'));
                    }
                }
            }
        }
    }
}
