//! Links: what may be shown leads where it seems to, and the operator's list of hosts is kept to.
//!
//! The input is whether it comes from the sandbox, a link, and after a line break a list of hosts.
#![no_main]

use acedata_pay_mcp::pay_hosts::PayHosts;
use acedata_pay_mcp::pay_url::{PayUrl, PlainHttp};
use fuzz::assert_link;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((first, rest)) = input.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let (link, list) = text.split_once('\n').unwrap_or((text, "any"));
    let is_sandbox = first & 1 == 1;
    let plain_http = if is_sandbox {
        PlainHttp::Loopback
    } else {
        PlainHttp::Refused
    };
    let hosts = list.parse::<PayHosts>();
    if let Ok(hosts) = &hosts {
        assert_eq!(
            hosts.to_string().parse().as_ref(),
            Ok(hosts),
            "a list is shown as it is read"
        );
    }
    match PayUrl::parse(link, plain_http) {
        Ok(shown) => {
            assert_eq!(shown.as_str(), link);
            assert_link(&shown, is_sandbox);
            if let Ok(hosts) = hosts {
                assert_kept_to(&shown, &hosts);
            }
        }
        Err(reason) => assert!(link.len() < 12 || !reason.to_string().contains(link)),
    }
});

/// A list lets through what is on it, the sandbox, and the links of apps.
fn assert_kept_to(link: &PayUrl, hosts: &PayHosts) {
    let allowed = link.clone().allowed_by(hosts);
    let is_listed = match (hosts, link.host()) {
        (PayHosts::Any, _) | (_, None) => true,
        (PayHosts::Only(_), Some(host)) => {
            hosts
                .to_string()
                .split(", ")
                .any(|listed| match listed.strip_prefix('*') {
                    Some(end) => host.strip_suffix(end).is_some_and(|name| {
                        !name.is_empty() && name.split('.').all(|label| !label.starts_with("xn--"))
                    }),
                    None => host == listed,
                })
                || link.as_str().to_ascii_lowercase().starts_with("http:")
        }
    };
    assert_eq!(allowed.is_ok(), is_listed, "{link} and {hosts}");
    if let Ok(allowed) = allowed {
        assert_eq!(allowed.as_str(), link.as_str());
    }
}
