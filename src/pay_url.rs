//! Payment links: which of them may be shown to a person.
//!
//! Vocabulary: no I/O. The link comes from a remote service and ends under somebody's finger, so it is checked once,
//! here, and travels on as a [`PayUrl`].

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use url::{Host, Url};

/// The longest link that is passed on, in bytes. Alipay's are long, but not this long.
const MAX_LENGTH: usize = 8 * 1024;

/// A payment link that may be shown: `https:`, `weixin:` or `alipays:`, or `http:` to a sandbox on this machine.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct PayUrl {
    text: String,
    kind: LinkKind,
}

/// What a person does with a payment link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkKind {
    /// A page, or an app that a phone's browser opens.
    Open,
    /// A `weixin:` link: no browser opens it, the WeChat app scans it as a QR code.
    Scan,
}

/// Whether plain `http:` to a loopback address is allowed, as the sandbox's checkout page needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlainHttp {
    /// Only with a platform that itself runs on this machine.
    Loopback,
    /// Everywhere else.
    Refused,
}

/// Why a link is withheld. Never holds the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsafePayUrl {
    /// Not an absolute URL, or longer than any payment link.
    #[error("it is not a URL")]
    Malformed,
    /// White space, invisible characters, backslashes or letters outside ASCII, which can disguise the address.
    #[error("it holds characters that can disguise where it leads")]
    Disguised,
    /// A scheme such as `javascript:`, `data:` or `file:`, or plain `http:`.
    #[error("it is not an https, weixin or alipays link")]
    Scheme,
    /// A user name or a password before the host.
    #[error("it holds a user name or a password")]
    UserInfo,
}

impl PayUrl {
    /// Checks a link, and keeps it as it was written.
    ///
    /// # Errors
    /// [`UnsafePayUrl`], the first reason to withhold it.
    pub fn parse(text: &str, plain_http: PlainHttp) -> Result<Self, UnsafePayUrl> {
        if text.len() > MAX_LENGTH {
            return Err(UnsafePayUrl::Malformed);
        }
        if !text.bytes().all(is_url_byte) {
            return Err(UnsafePayUrl::Disguised);
        }
        let url = Url::parse(text).map_err(|_| UnsafePayUrl::Malformed)?;
        let kind = match url.scheme() {
            "https" | "alipays" => LinkKind::Open,
            "http" if plain_http == PlainHttp::Loopback && is_loopback(&url) => LinkKind::Open,
            "weixin" => LinkKind::Scan,
            _ => return Err(UnsafePayUrl::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UnsafePayUrl::UserInfo);
        }
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// What a person does with it.
    #[must_use]
    pub fn kind(&self) -> LinkKind {
        self.kind
    }

    /// The link, as the platform wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// Whether a URL leads to this machine, whatever the network says: `localhost` or a loopback address.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The characters a URL is written with (RFC 3986): unreserved, reserved and `%`.
fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

impl fmt::Display for PayUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Serialize for PayUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn links_of_the_platform_pass_as_they_are() {
        for (link, kind) in [
            ("https://buy.stripe.com/test_28o5kD", LinkKind::Open),
            (
                "https://checkout.stripe.com/c/pay/cs_live_a1#fidkdWxOYHwnPyd1",
                LinkKind::Open,
            ),
            (
                "https://openapi.alipay.com/gateway.do?sign=a%2Fb%3D&biz_content=%7B%22x%22%3A1%7D",
                LinkKind::Open,
            ),
            ("alipays://platformapi/startapp?appId=20000067", LinkKind::Open),
            ("weixin://wxpay/bizpayurl?pr=abc123", LinkKind::Scan),
        ] {
            let url = PayUrl::parse(link, PlainHttp::Refused).unwrap();
            assert_eq!((url.as_str(), url.kind()), (link, kind));
        }
    }

    #[test]
    fn anything_else_is_withheld_with_its_reason() {
        let long = format!("https://example.com/{}", "a".repeat(MAX_LENGTH));
        for (link, reason) in [
            ("", UnsafePayUrl::Malformed),
            ("buy.stripe.com/x", UnsafePayUrl::Malformed),
            (long.as_str(), UnsafePayUrl::Malformed),
            ("javascript:alert(1)", UnsafePayUrl::Scheme),
            ("data:text/html,hello", UnsafePayUrl::Scheme),
            ("file:///etc/passwd", UnsafePayUrl::Scheme),
            ("http://buy.stripe.com/x", UnsafePayUrl::Scheme),
            ("http://127.0.0.1:80/x", UnsafePayUrl::Scheme),
            ("https://stripe.com@evil.example/x", UnsafePayUrl::UserInfo),
            ("https://user:secret@stripe.com/x", UnsafePayUrl::UserInfo),
            ("https://good.example\\@evil.example", UnsafePayUrl::Disguised),
            ("https://evil.example/\u{202e}moc.epirts", UnsafePayUrl::Disguised),
            ("https://strіpe.com/x", UnsafePayUrl::Disguised),
            (" https://stripe.com", UnsafePayUrl::Disguised),
            ("https://stripe.com/a\nb", UnsafePayUrl::Disguised),
        ] {
            assert_eq!(PayUrl::parse(link, PlainHttp::Refused), Err(reason), "{link}");
        }
    }

    #[test]
    fn plain_http_is_for_a_sandbox_on_this_machine() {
        for link in [
            "http://127.0.0.1:8402/checkout/1",
            "http://localhost:1/",
            "http://[::1]:1/",
        ] {
            assert!(PayUrl::parse(link, PlainHttp::Loopback).is_ok(), "{link}");
        }
        for link in [
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "http://10.0.0.1/",
        ] {
            assert_eq!(
                PayUrl::parse(link, PlainHttp::Loopback),
                Err(UnsafePayUrl::Scheme),
                "{link}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn what_passes_is_one_visible_word_of_an_allowed_scheme_without_user_info(
            text in prop_oneof![
                ".*",
                "(https|http|weixin|alipays|javascript|data)://?[a-z@:%\\\\/.\u{202e}\u{200b} -]{0,30}",
            ],
        ) {
            if let Ok(link) = PayUrl::parse(&text, PlainHttp::Refused) {
                prop_assert_eq!(link.as_str(), &text);
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'));
                let url = Url::parse(&text).unwrap();
                prop_assert!(["https", "weixin", "alipays"].contains(&url.scheme()));
                prop_assert!(url.username().is_empty() && url.password().is_none());
            }
        }
    }
}
