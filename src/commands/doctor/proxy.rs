//! The proxy between here and the platform, as the HTTP client finds it: in the environment, or in the system's
//! settings.

use std::fmt;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// A proxy: what may be shown of it, which leaves out who uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    scheme: String,
    host: String,
    port: u16,
}

impl Proxy {
    /// The proxy for an address, where there is one.
    pub(super) fn of(url: &Url) -> Option<Self> {
        Self::matched(&Matcher::from_system(), url)
    }

    fn matched(matcher: &Matcher, url: &Url) -> Option<Self> {
        let target: Uri = url.as_str().parse().ok()?;
        let intercept = matcher.intercept(&target)?;
        let proxy = intercept.uri();
        let scheme = proxy.scheme_str().unwrap_or("http");
        Some(Self {
            scheme: scheme.to_owned(),
            host: proxy.host()?.to_owned(),
            port: proxy.port_u16().unwrap_or(match scheme {
                "http" => 80,
                "https" => 443,
                _ => 1080,
            }),
        })
    }

    /// Where to connect to.
    pub(super) fn address(&self) -> (&str, u16) {
        // A URI keeps the brackets around an IPv6 address.
        (self.host.trim_matches(['[', ']']), self.port)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port } = self;
        write!(formatter, "{scheme}://{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    #[test]
    fn a_proxy_is_shown_without_its_user() {
        let live: Url = "https://platform.acedata.cloud".parse().unwrap();
        for (set, shown, host) in [
            (
                "http://proxy.example:3128",
                "http://proxy.example:3128",
                "proxy.example",
            ),
            ("proxy.example", "http://proxy.example:80", "proxy.example"),
            (
                "http://user:secret@proxy.example:8080/path?x",
                "http://proxy.example:8080",
                "proxy.example",
            ),
            (
                "https://user:secret@proxy.example",
                "https://proxy.example:443",
                "proxy.example",
            ),
            ("socks5://user:secret@[::1]", "socks5://[::1]:1080", "::1"),
        ] {
            let proxy = Proxy::matched(&Matcher::builder().all(set).build(), &live).unwrap();
            assert_eq!((proxy.to_string().as_str(), proxy.address().0), (shown, host), "{set}");
        }
        let beside = Matcher::builder()
            .all("http://proxy.example")
            .no("acedata.cloud")
            .build();
        assert_eq!(Proxy::matched(&beside, &live), None);
    }
}
