//! Where the platform is.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::pay_url::is_loopback;

/// The address of a platform: `https://host`, or `http://` to a loopback host for a sandbox.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

/// Why an address cannot be used. Never holds the address, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// Not an absolute URL with a host.
    #[error("it is not a URL such as `https://platform.acedata.cloud`")]
    Malformed,
    /// Anything but `https:`, or `http:` to this machine: the token would travel in the clear.
    #[error("it must be https (plain http only to a sandbox on 127.0.0.1, [::1] or localhost)")]
    Scheme,
    /// A user name or password before the host.
    #[error("it must not hold a user name or a password")]
    UserInfo,
    /// A query or a fragment.
    #[error("it must not have a query or a fragment")]
    Query,
    /// A path other than `/` or `/api/v1`.
    #[error("its path must be empty or `/api/v1`")]
    Path,
}

impl BaseUrl {
    /// The live platform.
    pub const LIVE: &str = "https://platform.acedata.cloud";

    /// Whether it is the live platform's own.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.to_string() == Self::LIVE
    }

    /// Whether it is on this machine, as only a sandbox is.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// The address as a URL: a scheme, a host and perhaps a port, nothing else.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The address of an endpoint: `/api/v1`, then each segment, percent-encoded, then a slash.
    pub(super) fn endpoint<const N: usize>(&self, segments: [&str; N]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(["api", "v1"]).extend(segments).push("");
        }
        url
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    /// Reads an address; a trailing slash or `/api/v1` is fine.
    ///
    /// # Errors
    /// [`BaseUrlError`], the first thing wrong with it.
    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let mut url = Url::parse(text.trim()).map_err(|_| BaseUrlError::Malformed)?;
        if !url.has_host() {
            return Err(BaseUrlError::Malformed);
        }
        // The same host under another name would be another platform to the journal.
        if url.host_str().is_some_and(|host| host.ends_with('.')) {
            return Err(BaseUrlError::Malformed);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::UserInfo);
        }
        if !(url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url)) {
            return Err(BaseUrlError::Scheme);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        if !matches!(url.path().trim_end_matches('/'), "" | "/api/v1") {
            return Err(BaseUrlError::Path);
        }
        url.set_path("/");
        Ok(Self(url))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_may_end_in_a_slash_or_the_api_path() {
        for (text, shown) in [
            ("https://platform.acedata.cloud", "https://platform.acedata.cloud"),
            ("https://platform.acedata.cloud/", "https://platform.acedata.cloud"),
            (
                " https://platform.acedata.cloud/api/v1 ",
                "https://platform.acedata.cloud",
            ),
            (
                "https://platform.acedata.cloud/api/v1/",
                "https://platform.acedata.cloud",
            ),
            ("https://127.0.0.1:8443", "https://127.0.0.1:8443"),
            ("http://127.0.0.1:8402", "http://127.0.0.1:8402"),
            ("http://localhost:8402/", "http://localhost:8402"),
            ("http://[::1]:8402", "http://[::1]:8402"),
        ] {
            assert_eq!(
                text.parse::<BaseUrl>().map(|url| url.to_string()),
                Ok(shown.into()),
                "{text}"
            );
        }
    }

    #[test]
    fn the_platforms_own_address_is_told_from_any_other() {
        let is_live = |text: &str| text.parse::<BaseUrl>().unwrap().is_live();
        for own in [
            BaseUrl::LIVE,
            "https://PLATFORM.acedata.cloud:443/",
            "https://platform.acedata.cloud/api/v1",
        ] {
            assert!(is_live(own), "{own}");
        }
        for other in [
            "https://platform.acedata.cloud:8443",
            "https://platform.acedata.cloud.evil.example",
            "https://platform-acedata.cloud",
            "http://127.0.0.1:8402",
        ] {
            assert!(!is_live(other), "{other}");
        }
    }

    #[test]
    fn an_address_that_could_leak_the_token_is_refused() {
        for (text, error) in [
            ("", BaseUrlError::Malformed),
            ("platform.acedata.cloud", BaseUrlError::Malformed),
            ("data:text/plain,x", BaseUrlError::Malformed),
            ("https://platform.acedata.cloud.", BaseUrlError::Malformed),
            ("http://platform.acedata.cloud", BaseUrlError::Scheme),
            ("http://127.0.0.1.evil.example", BaseUrlError::Scheme),
            ("ftp://platform.acedata.cloud", BaseUrlError::Scheme),
            ("https://user@platform.acedata.cloud", BaseUrlError::UserInfo),
            ("https://user:password@platform.acedata.cloud", BaseUrlError::UserInfo),
            ("https://platform.acedata.cloud?x=1", BaseUrlError::Query),
            ("https://platform.acedata.cloud/#x", BaseUrlError::Query),
            ("https://platform.acedata.cloud/api/v2", BaseUrlError::Path),
            ("https://platform.acedata.cloud/orders", BaseUrlError::Path),
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(error), "{text}");
        }
    }

    #[test]
    fn an_endpoint_keeps_its_trailing_slash() {
        let base: BaseUrl = "https://platform.acedata.cloud/api/v1/".parse().unwrap();
        assert_eq!(
            base.endpoint(["orders", "a1b2", "pay"]).as_str(),
            "https://platform.acedata.cloud/api/v1/orders/a1b2/pay/"
        );
        assert_eq!(
            base.endpoint(["orders", "../x", "pay"]).as_str(),
            "https://platform.acedata.cloud/api/v1/orders/..%2Fx/pay/"
        );
        assert_eq!(
            base.endpoint(["platform-tokens", "me"]).as_str(),
            "https://platform.acedata.cloud/api/v1/platform-tokens/me/"
        );
    }
}
