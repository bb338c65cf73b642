//! Payment links: which of them may be shown to a person.
//!
//! Vocabulary: no I/O. The link comes from a remote service and ends under somebody's finger, so it is checked once,
//! here, and travels on as a [`PayUrl`]. The host that is written is the host that a browser opens, and it is known:
//! who shows the link can say where it leads.

use std::fmt;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use url::form_urlencoded;
use url::{Host, Url};

use crate::pay_hosts::{self, PayHosts};
use crate::pay_way::PayWay;

/// The longest link that is passed on, in bytes. Alipay's are long, but not this long.
const MAX_LENGTH: usize = 8 * 1024;

/// How WeChat's links begin that ask for a payment. Its others open chats, pages and settings.
const WECHAT_PAYMENT: &str = "weixin://wxpay/bizpayurl?";

/// How Alipay's links begin that open one of its programs.
const ALIPAY_PROGRAM: [&str; 2] = ["alipays://platformapi/startapp?", "alipays://platformapi/startApp?"];

/// Alipay's programs that show the payment of an order: its browser, and its cashier. Others scan, or send money to people.
const ALIPAY_PAYMENT: [&str; 2] = ["20000067", "60000157"];

/// The parameter that holds an order for Alipay's cashier, signed by the merchant.
const ALIPAY_ORDER: &str = "orderStr";

/// A payment link that may be shown: `https:`, `weixin:` or `alipays:`, or `http:` to a sandbox on this machine.
#[derive(Debug, Clone, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct PayUrl {
    text: String,
    target: Target,
}

/// What opens a link.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    /// A browser.
    Page {
        host: String,
        /// The host needs no table: the operator lists it, or it is the sandbox on this machine.
        is_vouched_for: bool,
    },
    /// The Alipay app.
    Alipay,
    /// The WeChat app.
    Wechat,
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
    /// White space, invisible characters, backslashes, letters outside ASCII, or a host that is written in another way than
    /// it is opened, which can disguise the address.
    #[error("it holds characters that can disguise where it leads")]
    Disguised,
    /// A scheme such as `javascript:`, `data:` or `file:`, or plain `http:`.
    #[error("it is not an https, weixin or alipays link")]
    Scheme,
    /// A user name or a password before the host, or the place for one.
    #[error("it holds a user name or a password")]
    UserInfo,
    /// An address in place of a name, or a name of this machine or of a private network.
    #[error("its host is not a public name")]
    PrivateHost,
    /// Another port than that of https.
    #[error("it names a port")]
    Port,
    /// A link of WeChat or Alipay that opens something else than a payment.
    #[error("it opens something else than a payment")]
    NotAPayment,
    /// A link of WeChat or Alipay for an order that is paid in another way.
    #[error("it belongs to another way to pay than the order's")]
    OtherPayWay,
    /// A host that is not on the operator's list, or not the one that such a link is always on.
    #[error("its host is not one of those that are allowed")]
    OtherHost,
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
        let target = match url.scheme() {
            "https" => Target::Page {
                host: public_host(text, &url)?,
                is_vouched_for: false,
            },
            "http" if plain_http == PlainHttp::Loopback && is_loopback(&url) => Target::Page {
                host: written_host(text, &url)?.0.to_owned(),
                is_vouched_for: true,
            },
            "weixin" if is_wechat_payment(text) => Target::Wechat,
            "alipays" if is_alipay_payment(text) => Target::Alipay,
            "weixin" | "alipays" => return Err(UnsafePayUrl::NotAPayment),
            _ => return Err(UnsafePayUrl::Scheme),
        };
        Ok(Self {
            text: text.to_owned(),
            target,
        })
    }

    /// The link, where the operator's list of hosts allows it. Links that an app opens, and the sandbox's, are on no host
    /// that could be listed.
    ///
    /// # Errors
    /// [`UnsafePayUrl::OtherHost`] for a page on a host that is not on the list.
    pub fn allowed_by(mut self, hosts: &PayHosts) -> Result<Self, UnsafePayUrl> {
        if let (PayHosts::Only(listed), Target::Page { host, is_vouched_for }) = (hosts, &mut self.target) {
            *is_vouched_for = *is_vouched_for || listed.iter().any(|pattern| pattern.matches(host));
            if !*is_vouched_for {
                return Err(UnsafePayUrl::OtherHost);
            }
        }
        Ok(self)
    }

    /// What a person does with it.
    #[must_use]
    pub fn kind(&self) -> LinkKind {
        match self.target {
            Target::Page { .. } | Target::Alipay => LinkKind::Open,
            Target::Wechat => LinkKind::Scan,
        }
    }

    /// The host of the page that it opens, in lower case; `None` where an app opens it.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.target {
            Target::Page { host, .. } => Some(host),
            Target::Alipay | Target::Wechat => None,
        }
    }

    /// Whether it leads where the links of this pay way usually do: to one of its usual hosts, to one that the operator
    /// lists, or into its own app. Any other is to be named before anybody opens it.
    #[must_use]
    pub fn is_usual_for(&self, way: PayWay) -> bool {
        match &self.target {
            Target::Page { host, is_vouched_for } => *is_vouched_for || pay_hosts::is_usual(host, way),
            Target::Alipay | Target::Wechat => self.fits(way),
        }
    }

    /// Whether a payment of this way can have such a link at all: WeChat and Alipay have apps of their own, and anybody but
    /// X402 can have a page.
    #[must_use]
    pub fn fits(&self, way: PayWay) -> bool {
        match self.target {
            Target::Page { .. } => way != PayWay::X402,
            Target::Alipay => way == PayWay::Alipay,
            Target::Wechat => way == PayWay::WechatPay,
        }
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

/// The host of a page that anybody may be sent to.
fn public_host(text: &str, url: &Url) -> Result<String, UnsafePayUrl> {
    if matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_))) {
        return Err(UnsafePayUrl::PrivateHost);
    }
    let (host, port) = written_host(text, url)?;
    if !matches!(port, "" | ":443") {
        return Err(UnsafePayUrl::Port);
    }
    if !pay_hosts::is_public(host) {
        return Err(UnsafePayUrl::PrivateHost);
    }
    // Brackets belong around addresses. Elsewhere they end a link in Markdown.
    if text.contains(['[', ']']) {
        return Err(UnsafePayUrl::Disguised);
    }
    Ok(host.to_owned())
}

/// The host that a browser opens, and what is written after it, a port with its colon; only where the host is written as it
/// is opened, behind exactly two slashes.
fn written_host<'a>(text: &'a str, url: &'a Url) -> Result<(&'a str, &'a str), UnsafePayUrl> {
    let after_slashes = text.split_once(':').and_then(|(_, rest)| rest.strip_prefix("//"));
    let authority = after_slashes
        .and_then(|rest| rest.split(['/', '?', '#']).next())
        .filter(|authority| !authority.is_empty())
        .ok_or(UnsafePayUrl::Malformed)?;
    if authority.contains('@') {
        return Err(UnsafePayUrl::UserInfo);
    }
    let host = url.host_str().ok_or(UnsafePayUrl::Malformed)?;
    match authority.split_at_checked(host.len()) {
        Some((written, port)) if written.eq_ignore_ascii_case(host) && (port.is_empty() || port.starts_with(':')) => {
            Ok((host, port))
        }
        _ => Err(UnsafePayUrl::Disguised),
    }
}

fn is_wechat_payment(text: &str) -> bool {
    text.strip_prefix(WECHAT_PAYMENT)
        .is_some_and(|query| !query.is_empty() && !query.contains('#'))
}

/// Whether a link opens one of Alipay's programs for payments, with nothing that leads it to other pages: each parameter is
/// a plain word or a page of Alipay's, or the order itself.
fn is_alipay_payment(text: &str) -> bool {
    let Some(query) = ALIPAY_PROGRAM.iter().find_map(|start| text.strip_prefix(start)) else {
        return false;
    };
    let parameters: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let (programs, others): (Vec<_>, Vec<_>) = parameters
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_ref()))
        .partition(|(name, _)| ["appid", "said"].contains(&name.to_ascii_lowercase().as_str()));
    !query.contains('#')
        && matches!(programs.as_slice(), [("appId", program)] if ALIPAY_PAYMENT.contains(program))
        && others.iter().all(|(name, value)| {
            is_flag(value) || is_alipay_page(value) || *name == ALIPAY_ORDER && !value.contains("//")
        })
}

fn is_flag(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

fn is_alipay_page(value: &str) -> bool {
    value.starts_with("https://")
        && PayUrl::parse(value, PlainHttp::Refused).is_ok_and(|link| link.is_usual_for(PayWay::Alipay))
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

    fn parse(link: &str) -> Result<PayUrl, UnsafePayUrl> {
        PayUrl::parse(link, PlainHttp::Refused)
    }

    #[test]
    fn links_of_the_platform_pass_as_they_are() {
        for (link, kind, host) in [
            (
                "https://buy.stripe.com/test_28o5kD",
                LinkKind::Open,
                Some("buy.stripe.com"),
            ),
            (
                "https://checkout.stripe.com/c/pay/cs_live_a1#fidkdWxOYHwnPyd1",
                LinkKind::Open,
                Some("checkout.stripe.com"),
            ),
            (
                "https://openapi.alipay.com/gateway.do?sign=a%2Fb%3D&biz_content=%7B%22x%22%3A1%7D",
                LinkKind::Open,
                Some("openapi.alipay.com"),
            ),
            (
                "https://Studio.AceData.cloud:443/orders/1",
                LinkKind::Open,
                Some("studio.acedata.cloud"),
            ),
            (
                "https://pay.newprovider.example?x=@y",
                LinkKind::Open,
                Some("pay.newprovider.example"),
            ),
            ("alipays://platformapi/startapp?appId=20000067", LinkKind::Open, None),
            (
                "alipays://platformapi/startapp?appId=20000067&url=https%3A%2F%2Fqr.alipay.com%2Fbax0&showTitleBar=YES",
                LinkKind::Open,
                None,
            ),
            (
                "alipays://platformapi/startApp?appId=60000157&appClearTop=false&orderStr=app_id%3D2015%26notify_url%3Dhttps%253A%252F%252Fa.example",
                LinkKind::Open,
                None,
            ),
            ("weixin://wxpay/bizpayurl?pr=abc123", LinkKind::Scan, None),
        ] {
            let url = parse(link).unwrap();
            assert_eq!((url.as_str(), url.kind(), url.host()), (link, kind, host));
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
            assert_eq!(parse(link), Err(reason), "{link}");
        }
    }

    #[test]
    fn the_host_that_is_written_is_the_host_that_a_browser_opens() {
        for (link, reason) in [
            ("https://buy.stripe.com%2eevil.example/", UnsafePayUrl::Disguised),
            ("https://%62uy.stripe.com/", UnsafePayUrl::Disguised),
            ("https://@buy.stripe.com/", UnsafePayUrl::UserInfo),
            ("https://:@buy.stripe.com/", UnsafePayUrl::UserInfo),
            ("https://buy.stripe.com:443@evil.example/", UnsafePayUrl::UserInfo),
            ("https:buy.stripe.com/", UnsafePayUrl::Malformed),
            ("https:/buy.stripe.com/", UnsafePayUrl::Malformed),
            ("https:///buy.stripe.com/", UnsafePayUrl::Malformed),
            ("https:////buy.stripe.com/", UnsafePayUrl::Malformed),
            ("https://buy.str\u{ad}ipe.com/", UnsafePayUrl::Disguised),
            ("https://buy.stripe\u{3002}com/", UnsafePayUrl::Disguised),
            ("https://buy.stripe.com\u{e0100}/", UnsafePayUrl::Disguised),
            (
                "https://buy.stripe.com/x](https://evil.example)",
                UnsafePayUrl::Disguised,
            ),
            ("https://buy.stripe.com:8443/", UnsafePayUrl::Port),
            ("https://buy.stripe.com:80/", UnsafePayUrl::Port),
            ("https://buy.stripe.com:/", UnsafePayUrl::Port),
            ("https://buy.stripe.com:0443/", UnsafePayUrl::Port),
            ("https://127.0.0.1/", UnsafePayUrl::PrivateHost),
            ("https://8.8.8.8/", UnsafePayUrl::PrivateHost),
            ("https://2130706433/", UnsafePayUrl::PrivateHost),
            ("https://0x7f000001/", UnsafePayUrl::PrivateHost),
            ("https://0177.0.0.1/", UnsafePayUrl::PrivateHost),
            ("https://127.1/", UnsafePayUrl::PrivateHost),
            ("https://8.8.8.8./", UnsafePayUrl::PrivateHost),
            ("https://[::1]/", UnsafePayUrl::PrivateHost),
            ("https://[::ffff:8.8.8.8]/", UnsafePayUrl::PrivateHost),
            ("https://localhost/", UnsafePayUrl::PrivateHost),
            ("https://pay.localhost/", UnsafePayUrl::PrivateHost),
            ("https://stripe/", UnsafePayUrl::PrivateHost),
            ("https://printer.local/", UnsafePayUrl::PrivateHost),
            ("https://metadata.google.internal/", UnsafePayUrl::PrivateHost),
            ("https://a.onion/", UnsafePayUrl::PrivateHost),
            ("https://buy.stripe.com./", UnsafePayUrl::PrivateHost),
            ("https://buy.stripe.com,evil.example/", UnsafePayUrl::PrivateHost),
            ("https://buy_stripe.com/", UnsafePayUrl::PrivateHost),
        ] {
            assert_eq!(parse(link), Err(reason), "{link}");
        }
    }

    #[test]
    fn an_app_is_opened_for_a_payment_and_for_nothing_else() {
        for link in [
            "weixin://",
            "weixin://dl/business/?t=evil",
            "weixin://wxpay/bizpayurl",
            "weixin://wxpay/bizpayurl?",
            "weixin://wxpay/bizpayurl/?pr=x",
            "weixin://wxpay/other?pr=x",
            "weixin://evil@wxpay/bizpayurl?pr=x",
            "weixin:wxpay/bizpayurl?pr=x",
            "alipays://platformapi/startapp",
            "alipays://platformapi/startapp?",
            "alipays://platformapi/startapp?appId=20000123",
            "alipays://platformapi/startapp?appId=09999988&actionType=toAccount",
            "alipays://platformapi/startapp?saId=10000007&qrcode=https%3A%2F%2Fqr.alipay.com%2Fx",
            "alipays://platformapi/startapp?appId=2021001100000000&page=pages%2Findex",
            "alipays://platformapi/startapp?appId=20000067&appId=20000123",
            "alipays://platformapi/startapp?appId=20000067&APPID=20000123",
            "alipays://platformapi/startapp?appId=20000067&s%61Id=10000007",
            "alipays://platformapi/startapp?appId=20000067&url=https%3A%2F%2Fevil.example%2Fpay",
            "alipays://platformapi/startapp?appId=20000067&u=https://alipay.com.evil.example",
            "alipays://platformapi/startapp?appId=20000067&url=evil.example",
            "alipays://platformapi/startapp?appId=20000067&url=javascript%3Aalert(1)",
            "alipays://platformapi/startapp?appId=20000067&url=alipays%3A%2F%2Fplatformapi%2Fstartapp%3FappId%3D20000123",
            "alipays://platformapi/startapp?appId=60000157&sign_params=biz_content%3D%257B%257D",
            "alipays://platformapi/startapp?appId=60000157&orderStr=https%3A%2F%2Fevil.example",
            "alipays://platformapi/startapp?appId=20000067#Intent;S.browser_fallback_url=https%3A%2F%2Fevil.example;end",
            "alipays://platformapi/other?appId=20000067",
            "alipays://evil.example/startapp?appId=20000067",
        ] {
            assert_eq!(parse(link), Err(UnsafePayUrl::NotAPayment), "{link}");
        }
    }

    #[test]
    fn a_link_knows_which_pay_ways_it_fits_and_is_usual_for() {
        use PayWay::{Alipay, Card, Stripe, WechatPay};

        let pages = [Stripe, WechatPay, Alipay, Card];
        for (link, fits, usual) in [
            ("https://buy.stripe.com/x", &pages[..], &[Stripe, Card][..]),
            ("https://checkout.airwallex.com/x", &pages, &[Card]),
            ("https://openapi.alipay.com/x", &pages, &[Alipay]),
            ("https://studio.acedata.cloud/orders/x", &pages, &PayWay::ALL),
            ("https://buy.stripe.com.evil.example/x", &pages, &[]),
            ("https://xn--e1awd7f.com/x", &pages, &[]),
            ("https://xn--e1awd7f.alipay.com/x", &pages, &[]),
            ("weixin://wxpay/bizpayurl?pr=x", &[WechatPay], &[WechatPay]),
            ("alipays://platformapi/startapp?appId=20000067", &[Alipay], &[Alipay]),
        ] {
            let link = parse(link).unwrap();
            let of = |is: &dyn Fn(PayWay) -> bool| PayWay::ALL.into_iter().filter(|way| is(*way)).collect::<Vec<_>>();
            assert_eq!(of(&|way| link.fits(way)), fits, "{link}");
            assert_eq!(of(&|way| link.is_usual_for(way)), usual, "{link}");
        }
    }

    #[test]
    fn a_list_of_hosts_withholds_all_others_and_makes_its_own_usual() {
        let listed: PayHosts = "pay.newprovider.example, *.alipay.com".parse().unwrap();
        let allowed = |link: &str| {
            let link = PayUrl::parse(link, PlainHttp::Loopback)?.allowed_by(&listed)?;
            Ok(link.is_usual_for(PayWay::Stripe))
        };
        for (link, expected) in [
            ("https://pay.newprovider.example/x", Ok(true)),
            ("https://openapi.alipay.com/x", Ok(true)),
            ("https://buy.stripe.com/x", Err(UnsafePayUrl::OtherHost)),
            ("https://evil.pay.newprovider.example/x", Err(UnsafePayUrl::OtherHost)),
            ("http://127.0.0.1:1/x", Ok(true)),
            ("weixin://wxpay/bizpayurl?pr=x", Ok(false)),
        ] {
            assert_eq!(allowed(link), expected, "{link}");
        }
        let link = parse("https://pay.newprovider.example/x").unwrap();
        assert_eq!(link.clone().allowed_by(&PayHosts::Any), Ok(link));
    }

    #[test]
    fn plain_http_is_for_a_sandbox_on_this_machine() {
        for link in [
            "http://127.0.0.1:8402/checkout/1",
            "http://localhost:1/",
            "http://[::1]:1/",
        ] {
            let link = PayUrl::parse(link, PlainHttp::Loopback).unwrap();
            assert!(PayWay::ALL.into_iter().all(|way| link.is_usual_for(way)), "{link}");
        }
        for (link, reason) in [
            ("http://127.0.0.1.evil.example/", UnsafePayUrl::Scheme),
            ("http://localhost.evil.example/", UnsafePayUrl::Scheme),
            ("http://10.0.0.1/", UnsafePayUrl::Scheme),
            ("http://2130706433/", UnsafePayUrl::Disguised),
            ("http://evil@127.0.0.1/", UnsafePayUrl::UserInfo),
            ("http:127.0.0.1/", UnsafePayUrl::Malformed),
        ] {
            assert_eq!(PayUrl::parse(link, PlainHttp::Loopback), Err(reason), "{link}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn what_passes_is_one_visible_word_whose_written_host_is_public_and_the_one_that_is_opened(
            text in prop_oneof![
                ".*",
                "(https|http|weixin|alipays|javascript|data)://?[a-z@:%\\\\/.\u{202e}\u{200b} -]{0,30}",
                "https:/{1,3}([a-z0-9@%:-]{1,8}[.:@,_]){0,3}[a-z0-9]{1,6}[.]?(:[0-9]{0,4})?[/?#]?[a-z@/?#.]{0,8}",
                "weixin://(wxpay/)?bizpayurl[?/]?[a-z=&#]{0,8}",
                "alipays://platformapi/startapp[?](&?(appId|saId|url|u)=(20000067|60000157|20000123|https://[a-z]{1,3}[.](alipay[.])?com)){0,3}",
            ],
        ) {
            if let Ok(link) = parse(&text) {
                prop_assert_eq!(link.as_str(), &text);
                prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\'));
                let url = Url::parse(&text).unwrap();
                prop_assert!(url.username().is_empty() && url.password().is_none());
                match link.host() {
                    Some(host) => {
                        prop_assert_eq!((url.scheme(), url.host_str(), url.port()), ("https", Some(host), None));
                        let written = text.to_ascii_lowercase();
                        let end = written.strip_prefix("https://").and_then(|rest| rest.strip_prefix(host)).unwrap();
                        prop_assert!(end.is_empty() || end.starts_with(['/', '?', '#']) || end.starts_with(":443"));
                        prop_assert!(pay_hosts::is_public(host));
                    }
                    None if link.kind() == LinkKind::Scan => prop_assert!(text.starts_with(WECHAT_PAYMENT)),
                    None => {
                        prop_assert!(text.starts_with("alipays://platformapi/startapp?"));
                        prop_assert_eq!(text.matches("Id=").count(), 1);
                        prop_assert_eq!(text.matches("https:").count(), text.matches(".alipay.com").count());
                        prop_assert!(!text.contains("Id=20000123"));
                    }
                }
            }
        }
    }
}
