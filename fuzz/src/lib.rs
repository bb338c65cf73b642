//! What the targets share: secrets that must not show, and judges that know nothing of how the program works.

use std::collections::HashSet;
use std::sync::LazyLock;

use acedata_pay_mcp::order::{Order, OrderId};
use acedata_pay_mcp::pay_url::{LinkKind, PayUrl};
use acedata_pay_mcp::pay_way::PayWay;
use acedata_pay_mcp::text::Text;
use acedata_pay_mcp::token::PlatformToken;
use regex::Regex;
use url::{Host, Url};

/// The order that was asked for.
pub const ORDER: &str = "a1b2c3d4-e5f6-7890-abcd-ef1234567890";

/// The token that was sent.
pub const TOKEN: &str = "platform-v1-9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// How many letters and digits of a secret in a row give it away.
const RUN: usize = 16;

/// What shows nothing, or changes how the text around it reads: by the tables of `regex`, not by those of the program.
static INVISIBLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{Cc}\p{Cf}\p{Co}\p{Z}\p{Default_Ignorable_Code_Point}--[ ]]|^ | $|  ").unwrap());

/// [`ORDER`] as an id.
pub fn order_id() -> OrderId {
    ORDER.parse().unwrap()
}

/// [`TOKEN`] as a token.
pub fn token() -> PlatformToken {
    TOKEN.parse().unwrap()
}

/// An input in which control characters stand for the order's id and for the secret, in the ways in which it can be written.
/// JSON has no control characters, so nothing is lost.
pub fn filled(input: &[u8], secret: &str) -> Vec<u8> {
    let mut whole = Vec::new();
    for byte in input {
        let each = |written: &dyn Fn(u8) -> String| secret.bytes().map(written).collect::<String>();
        let text = match byte {
            1 => secret.to_owned(),
            2 => each(&|byte| format!("\\u{byte:04x}")),
            3 => each(&|byte| format!("%{byte:02X}")),
            4 => secret.to_uppercase(),
            5 => secret.chars().skip(20).take(24).collect(),
            6 => each(&|byte| format!("{}\u{200b}", char::from(byte))),
            7 => each(&|byte| format!("&#{byte};")),
            8 => ORDER.to_owned(),
            14 => each(&|byte| format!("\\\\u{byte:04x}")),
            15 => each(&|byte| format!("%25{byte:02x}")),
            other => {
                whole.push(*other);
                continue;
            }
        };
        whole.extend_from_slice(text.as_bytes());
    }
    whole
}

/// Text of somebody else is on one line, and can be seen.
pub fn assert_visible(text: &str) {
    assert!(!INVISIBLE.is_match(text), "{text:?} has what cannot be seen");
}

/// A text does not give a secret away, as it stands or with percent signs undone.
pub fn assert_hides(text: &str, secret: &str) {
    let secret = letters(secret);
    let runs = secret.as_bytes().windows(RUN);
    // One letter again and again gives nothing away.
    let runs: HashSet<&[u8]> = runs
        .filter(|run| run.iter().any(|letter| Some(letter) != run.first()))
        .collect();
    for reading in [letters(text), letters(&undone(text))] {
        let found = reading.as_bytes().windows(RUN).find(|run| runs.contains(run));
        assert!(found.is_none(), "{text:?} has a part of the secret");
    }
}

/// What is shown of an order can be shown, and its link can be followed.
pub fn assert_order(order: &Order, is_sandbox: bool) {
    assert_eq!(order.id, order_id());
    let mut shown = vec![order.state.to_string()];
    shown.extend(order.pay_way.as_ref().map(|way| way.as_str().to_owned()));
    shown.extend(order.pay_id.as_ref().map(ToString::to_string));
    shown.extend(order.currency.as_ref().map(ToString::to_string));
    shown.extend(order.price.iter().flatten().map(ToString::to_string));
    for time in [
        &order.created_at,
        &order.updated_at,
        &order.finished_at,
        &order.expires_at,
    ] {
        shown.extend(time.as_ref().map(ToString::to_string));
    }
    // None of these has room for a sentence.
    for word in &shown {
        assert!(
            word.len() <= 128 && word.bytes().all(|byte| byte.is_ascii_graphic()),
            "{word:?}"
        );
    }
    if let Some(service) = &order.service {
        assert_quoted(service);
        shown.push(service.to_string());
    }
    if let Some(Ok(link)) = &order.pay_url {
        assert_link(link, is_sandbox);
        shown.push(link.to_string());
        assert!(order.unusual_host().is_none_or(|host| Some(host) == link.host()));
    }
    for text in shown {
        assert_visible(&text);
        assert_hides(&text, TOKEN);
    }
}

/// A name in a sentence cannot end its quotation, nor be opened by a click.
pub fn assert_quoted(name: &Text) {
    assert!(name.as_str().chars().count() <= 121);
    let quoted = name.quoted();
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap();
    assert!(inner.chars().count() <= 61 && !inner.is_empty(), "{quoted}");
    assert_visible(inner);
    for mark in ["\"", "`", "<", ">", "[", "]", "//", "@", "www.", "*", "#", "|", "\\"] {
        assert!(!inner.contains(mark), "{quoted} has {mark}");
    }
    for word in inner.split_whitespace() {
        let word = word.trim_matches(|mark: char| !mark.is_alphanumeric());
        // What a client would make a link of: a name with a top-level domain.
        if let Some((name, last)) = word.rsplit_once('.') {
            let is_domain = name.ends_with(char::is_alphanumeric) && last.chars().all(char::is_alphabetic);
            assert!(!is_domain, "{quoted} has a domain");
        }
    }
}

/// A link that may be shown leads where it seems to: to the host that is written, which a browser opens, on the public
/// Internet, or into the payment of an app.
pub fn assert_link(link: &PayUrl, is_sandbox: bool) {
    let text = link.as_str();
    assert!(
        text.len() <= 8192
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\\\"<>`{}|^".contains(&byte))
    );
    let url = Url::parse(text).unwrap();
    assert!(url.username().is_empty() && url.password().is_none(), "{text}");
    let written = text
        .split_once("://")
        .unwrap()
        .1
        .split(['/', '?', '#'])
        .next()
        .unwrap()
        .to_ascii_lowercase();
    let is_usual = |way| link.is_usual_for(way);
    match url.scheme() {
        "https" => {
            let Some(Host::Domain(host)) = url.host() else {
                panic!("{text} is on no name")
            };
            assert_eq!(
                (link.host(), url.port(), link.kind()),
                (Some(host), None, LinkKind::Open)
            );
            assert!(
                written == host || written.strip_suffix(":443") == Some(host),
                "{text} is on {host}"
            );
            let last = host.rsplit_once('.').unwrap().1;
            assert!(!["", "local", "localhost", "internal", "lan", "home", "arpa"].contains(&last));
            assert!(!text.contains(['[', ']']));
            let ours = ["stripe.com", "alipay.com", "acedata.cloud", "airwallex.com"];
            let is_ours = ours.iter().any(|ours| host.ends_with(&format!(".{ours}")));
            assert!(is_ours || !PayWay::ALL.into_iter().any(is_usual), "{host} is usual");
            assert!(!link.fits(PayWay::X402));
        }
        "http" => {
            let is_loopback = match url.host() {
                Some(Host::Domain(host)) => host == "localhost",
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                None => false,
            };
            assert!(
                is_sandbox && is_loopback && written.starts_with(url.host_str().unwrap()),
                "{text}"
            );
        }
        "weixin" => {
            assert!(
                text.starts_with("weixin://wxpay/bizpayurl?") && url.fragment().is_none(),
                "{text}"
            );
            assert_eq!((link.kind(), link.host()), (LinkKind::Scan, None));
            assert!(
                PayWay::ALL
                    .into_iter()
                    .all(|way| link.fits(way) == (way == PayWay::WechatPay))
            );
        }
        "alipays" => {
            assert_alipay(text, &url);
            assert_eq!((link.kind(), link.host()), (LinkKind::Open, None));
            assert!(
                PayWay::ALL
                    .into_iter()
                    .all(|way| link.fits(way) == (way == PayWay::Alipay))
            );
        }
        other => panic!("{text} is shown, with the scheme {other}"),
    }
}

/// It opens Alipay's browser or cashier, once, on a page of Alipay's.
fn assert_alipay(text: &str, url: &Url) {
    assert!(text.to_ascii_lowercase().starts_with("alipays://platformapi/startapp?") && url.fragment().is_none());
    let programs = url
        .query_pairs()
        .filter(|(name, _)| name.eq_ignore_ascii_case("appId") || name.eq_ignore_ascii_case("saId"));
    let programs: Vec<_> = programs.map(|(_, value)| value.into_owned()).collect();
    assert!(
        matches!(programs.as_slice(), [program] if ["20000067", "60000157"].contains(&program.as_str())),
        "{text}"
    );
    for (name, value) in url.query_pairs() {
        if let Ok(page) = Url::parse(&value) {
            assert!(
                page.scheme() == "https" && page.host_str().is_some_and(|host| host.ends_with(".alipay.com"))
                    || name == "orderStr",
                "{text} opens {page}"
            );
        }
        assert!(!value.starts_with("//"), "{text}");
    }
}

/// The ASCII letters and digits of a text, in lower case.
fn letters(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.filter(char::is_ascii_alphanumeric).collect()
}

/// A text with its percent signs undone.
fn undone(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut undone = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                undone.push(byte);
                at += 3;
            }
            None => {
                undone.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&undone).into_owned()
}
