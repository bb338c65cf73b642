//! The proxy between here and the platform, as it is configured: in the environment, or in the system's settings.

use std::fmt;

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

/// The variables that name a proxy for an `https` address, the first one that is set counting. Source: what curl does.
const VARIABLES: [[&str; 2]; 2] = [["HTTPS_PROXY", "https_proxy"], ["ALL_PROXY", "all_proxy"]];

/// The variables that name hosts to which no proxy leads.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// A proxy: what may be shown of it, which leaves out who uses it, and the whole of it for the HTTP client.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    scheme: String,
    host: String,
    port: u16,
    /// As the environment has it; the system's settings are read by the HTTP client itself.
    configured: Option<SecretString>,
}

/// A proxy is configured, and it is none: going without it would not be what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct UnusableProxy;

impl Proxy {
    /// The proxy for an address, where one is configured.
    ///
    /// # Errors
    /// [`UnusableProxy`] when what is configured cannot be used.
    pub(crate) fn of(url: &Url) -> Result<Option<Self>, UnusableProxy> {
        #[expect(
            clippy::disallowed_methods,
            reason = "the variables are those of every HTTP client, not settings of ours"
        )]
        let variable = |name: &str| std::env::var(name).ok();
        Self::configured(url, &variable, &Matcher::from_system())
    }

    fn configured(
        url: &Url,
        variable: &dyn Fn(&str) -> Option<String>,
        system: &Matcher,
    ) -> Result<Option<Self>, UnusableProxy> {
        let first = |names: &[&str]| {
            let values = names.iter().filter_map(|name| variable(name));
            values
                .map(|value| value.trim().to_owned())
                .find(|value| !value.is_empty())
        };
        let Some(configured) = VARIABLES.iter().find_map(|names| first(names)) else {
            return Ok(Self::matched(system, url));
        };
        let exceptions = first(&EXCEPTIONS).unwrap_or_default();
        let leads_there = Matcher::builder().all("http://any.example").no(exceptions).build();
        if Self::matched(&leads_there, url).is_none() {
            return Ok(None);
        }
        let proxy = Self::matched(&Matcher::builder().all(configured.as_str()).build(), url).ok_or(UnusableProxy)?;
        Ok(Some(Self {
            configured: Some(configured.into()),
            ..proxy
        }))
    }

    fn matched(matcher: &Matcher, url: &Url) -> Option<Self> {
        let target: Uri = url.as_str().parse().ok()?;
        let intercept = matcher.intercept(&target)?;
        let proxy = intercept.uri();
        let scheme = proxy.scheme_str().unwrap_or("http");
        Some(Self {
            scheme: scheme.to_owned(),
            host: proxy.host().filter(|host| !host.is_empty())?.to_owned(),
            port: proxy.port_u16().unwrap_or(match scheme {
                "http" => 80,
                "https" => 443,
                _ => 1080,
            }),
            configured: None,
        })
    }

    /// Where to connect to.
    pub(crate) fn address(&self) -> (&str, u16) {
        // A URI keeps the brackets around an IPv6 address.
        (self.host.trim_matches(['[', ']']), self.port)
    }

    /// An HTTP client that goes through it, and never without it.
    pub(super) fn apply(&self, builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, UnusableProxy> {
        match &self.configured {
            Some(proxy) => {
                let proxy = reqwest::Proxy::all(proxy.expose_secret()).map_err(|_| UnusableProxy)?;
                Ok(builder.no_proxy().proxy(proxy))
            }
            None => Ok(builder),
        }
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, host, port, .. } = self;
        write!(formatter, "{scheme}://{host}:{port}")
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    /// What is shown of the proxy for the live platform, with these variables set.
    fn proxy(variables: &[(&str, &str)]) -> Result<Option<String>, UnusableProxy> {
        let live: Url = "https://platform.acedata.cloud".parse().unwrap();
        let variable = |name: &str| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let system = Matcher::builder().all("http://system.example").build();
        let proxy = Proxy::configured(&live, &variable, &system)?;
        if let Some(proxy) = &proxy {
            proxy.apply(crate::platform::http_client())?.build().unwrap();
            assert!(!format!("{proxy:?}").contains("secret"), "{proxy:?}");
        }
        Ok(proxy.map(|proxy| proxy.to_string()))
    }

    #[test]
    fn a_proxy_is_found_in_the_environment_and_shown_without_its_user() {
        for (variables, shown) in [
            (
                &[("HTTPS_PROXY", "http://proxy.example:3128")][..],
                Some("http://proxy.example:3128"),
            ),
            (&[("https_proxy", " proxy.example ")], Some("http://proxy.example:80")),
            (
                &[("HTTPS_PROXY", "http://user:secret@proxy.example:8080/path?x")],
                Some("http://proxy.example:8080"),
            ),
            (
                &[("ALL_PROXY", "https://user:secret@proxy.example")],
                Some("https://proxy.example:443"),
            ),
            (
                &[("all_proxy", "socks5://user:secret@[::1]")],
                Some("socks5://[::1]:1080"),
            ),
            (
                &[("ALL_PROXY", "socks5h://127.0.0.1:9050")],
                Some("socks5h://127.0.0.1:9050"),
            ),
            (
                &[("HTTPS_PROXY", ""), ("ALL_PROXY", "socks5h://a.example")],
                Some("socks5h://a.example:1080"),
            ),
            (
                &[
                    ("HTTPS_PROXY", "http://a.example:1"),
                    ("ALL_PROXY", "http://b.example:2"),
                ],
                Some("http://a.example:1"),
            ),
            (
                &[("HTTPS_PROXY", "http://a.example:1"), ("NO_PROXY", "acedata.cloud")],
                None,
            ),
            (&[("HTTPS_PROXY", "nonsense://"), ("no_proxy", "*")], None),
            (
                &[("HTTP_PROXY", "http://a.example:1")],
                Some("http://system.example:80"),
            ),
            (&[], Some("http://system.example:80")),
        ] {
            assert_eq!(proxy(variables), Ok(shown.map(str::to_owned)), "{variables:?}");
        }
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_no_reason_to_go_without() {
        for value in [
            "ftp://proxy.example:21",
            "quic://proxy.example",
            "http://",
            "http://proxy.example:99999",
            "http://[::1",
            "http://proxy .example",
            "://proxy.example",
            "socks5//127.0.0.1:1080",
        ] {
            for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                assert_eq!(proxy(&[(name, value)]), Err(UnusableProxy), "{name}={value}");
            }
            let beside = [("HTTPS_PROXY", value), ("ALL_PROXY", "http://proxy.example:1")];
            assert_eq!(proxy(&beside), Err(UnusableProxy), "{value}");
        }
    }
}
