//! What can go wrong between here and the platform, by meaning rather than by status code.

use std::time::Duration;

use serde_json::Value;

use crate::secret;
use crate::text::Text;
use crate::x402::{Charged, PaymentError};

/// A call to the platform that brought no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct Error {
    /// What it means.
    pub kind: ErrorKind,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What the platform said about it.
    pub said: Box<Said>,
    /// How much was tried.
    pub effort: Effort,
    /// How long a platform that failed asks to be left alone, where it says so; [`ErrorKind::RateLimited`] has its own.
    pub retry_after: Option<Duration>,
}

/// How much was tried before an error was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// How many requests were sent, or tried to be.
    pub tries: u32,
    /// How long that took, waits included.
    pub elapsed: Duration,
}

/// What an error means.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// No token is configured; nothing was sent.
    #[error("no platform token is configured")]
    NoToken,
    /// No connection could be made; nothing was sent.
    #[error("no connection to the platform could be made: {0}")]
    Unreachable(Unreachable),
    /// The TLS certificate is not one to be trusted; nothing was sent.
    #[error(
        "the certificate of the platform's address cannot be trusted (expired, for another name, or of an unknown issuer)"
    )]
    Certificate,
    /// This program's own limits left no turn in time; nothing was sent.
    #[error("too many calls at once: there was no turn for this one in time")]
    Busy,
    /// The request was sent, or part of it, and no whole answer came in time.
    #[error("the platform did not answer in time")]
    Timeout,
    /// The connection broke after the request was sent, or part of it.
    #[error("the connection to the platform broke before its answer was complete")]
    Interrupted,
    /// 401: the token is wrong, revoked, or of the wrong kind.
    #[error("the platform did not accept the token")]
    Unauthenticated,
    /// 402 without a challenge that can be read.
    #[error("the platform asks for a payment first")]
    PaymentRequired,
    /// 402 after a signed payment: it was not settled, as far as the platform says.
    #[error("the X402 payment failed")]
    PaymentFailed(PaymentError),
    /// 403: the order belongs to somebody else.
    #[error("the platform refuses access to this order")]
    Forbidden,
    /// 404: no such order.
    #[error("the platform knows no such order")]
    NotFound,
    /// 400 or another refusal: nothing was changed.
    #[error("the platform refused the request")]
    Refused,
    /// 429: too many requests; this one was not processed.
    #[error("the platform asks to slow down")]
    RateLimited {
        /// How long to wait, where the platform said so in seconds.
        retry_after: Option<Duration>,
    },
    /// 5xx: the platform failed, and may have done some of the work.
    #[error("the platform failed")]
    ServerError,
    /// 5xx with a web page: a gateway or proxy got no answer of the platform, which may have done some of the work.
    #[error("a gateway in front of the platform failed and sent a web page")]
    Gateway,
    /// An answer that cannot be what the platform sends.
    #[error("the answer cannot be understood: {0}")]
    BadResponse(BadResponse),
}

/// Why no connection could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// The host name has no address.
    #[error("its host name cannot be resolved")]
    NoSuchHost,
    /// Nothing listens there.
    #[error("the connection was refused")]
    Refused,
    /// No answer from that address.
    #[error("it did not answer in time")]
    Timeout,
    /// The TLS handshake failed, for another reason than the certificate.
    #[error("the TLS handshake failed")]
    Tls,
    /// Anything else.
    #[error("the network or a proxy failed")]
    Other,
    /// The proxy that is configured cannot be used, and going without it is not what was asked for.
    #[error("the proxy that is configured (`HTTPS_PROXY` or `ALL_PROXY`) is none that can be used")]
    Proxy,
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadResponse {
    /// Not JSON, or JSON without what every order has.
    #[error("it is not an order")]
    NotAnOrder,
    /// Not a JSON object that tells whose token it is.
    #[error("it does not tell whose token it is")]
    NotAnAccount,
    /// A web page, as a proxy or a wrong host sends it.
    #[error("it is a web page, not an answer of the API")]
    WebPage,
    /// A refusal that is not in the API's own words, as a proxy, a gateway or a wrong host sends it.
    #[error("it does not come from the API, but from something before it")]
    NotTheApi,
    /// About another order than the one asked for.
    #[error("it is about another order")]
    OtherOrder,
    /// More than 1 MiB.
    #[error("it is longer than 1 MiB")]
    TooLong,
    /// Not HTTP, or with a head too large to be an answer of the API.
    #[error("it is not HTTP as the platform speaks it")]
    NotHttp,
    /// A redirect, which is never followed: it could carry the token elsewhere.
    #[error("it redirects to another address")]
    Redirect,
}

impl Error {
    /// An error of this side, about which the platform said nothing.
    pub(super) fn of(kind: ErrorKind) -> Self {
        Self::with(kind, None, Said::default())
    }

    /// An error of the first try.
    pub(super) fn with(kind: ErrorKind, status: Option<u16>, said: Said) -> Self {
        Self {
            kind,
            status,
            said: Box::new(said),
            effort: Effort {
                tries: 1,
                elapsed: Duration::ZERO,
            },
            retry_after: None,
        }
    }

    /// How long the platform asks to wait before anything is tried again, where it says so.
    pub(super) fn asked_wait(&self) -> Option<Duration> {
        match self.kind {
            ErrorKind::RateLimited { retry_after } => retry_after,
            _ => self.retry_after,
        }
    }

    /// Whether it may pass by itself, so that trying again makes sense.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self.kind {
            ErrorKind::Unreachable(Unreachable::Proxy) => false,
            ErrorKind::Unreachable(_)
            | ErrorKind::Timeout
            | ErrorKind::Interrupted
            | ErrorKind::RateLimited { .. }
            | ErrorKind::ServerError
            | ErrorKind::Gateway => true,
            ErrorKind::BadResponse(BadResponse::NotAnOrder | BadResponse::WebPage) => self.may_have_happened(),
            _ => false,
        }
    }

    /// Whether the platform may have carried out the request all the same.
    #[must_use]
    pub fn may_have_happened(&self) -> bool {
        match self.kind {
            ErrorKind::Timeout | ErrorKind::Interrupted | ErrorKind::ServerError | ErrorKind::Gateway => true,
            ErrorKind::PaymentFailed(ref error) => error.charged != Charged::No,
            // A page or a redirect with another status than success came from something before the platform.
            ErrorKind::BadResponse(_) => self.status.is_none_or(|status| (200..300).contains(&status)),
            _ => false,
        }
    }
}

/// What the platform said with an error, cleaned and cut; it is somebody else's text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// What went wrong, in the platform's words.
    pub detail: Option<Text>,
    /// The platform's own code for it.
    pub code: Option<Text>,
    /// What support asks for.
    pub trace_id: Option<Text>,
    /// Whether it complains about the field `pay_way`.
    pub about_pay_way: bool,
}

impl Said {
    /// Reads an error body in any of the platform's shapes; what has none of them says nothing.
    pub(super) fn read(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            return Self::default();
        };
        let at = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).and_then(Text::fact);
        let words = ["/detail", "/error/message", "/error/detail", "/error", "/message"]
            .into_iter()
            .find_map(|pointer| body.pointer(pointer).and_then(words))
            .or_else(|| field_errors(&body))
            .or_else(|| words(&body));
        Self {
            detail: words.as_deref().and_then(Text::sentence),
            code: at("/code").or_else(|| at("/error/code")),
            trace_id: at("/trace_id").or_else(|| at("/error/trace_id")),
            about_pay_way: body.get("pay_way").is_some(),
        }
    }
}

/// A text, or a list of texts as one.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Array(list) => {
            let texts: Vec<_> = list.iter().filter_map(Value::as_str).collect();
            (!texts.is_empty()).then(|| texts.join(" "))
        }
        _ => None,
    }
}

/// Complaints by field, as Django REST Framework writes them: `{"pay_way": ["… is not a valid choice."]}`.
fn field_errors(body: &Value) -> Option<String> {
    let complaints: Vec<_> = body
        .as_object()?
        .iter()
        .filter(|(field, value)| value.is_array() && !secret::is_name(field))
        .filter_map(|(field, value)| Some(format!("{field}: {}", words(value)?)))
        .collect();
    (!complaints.is_empty()).then(|| complaints.join("; "))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn said(body: &str) -> (Option<String>, Option<String>, Option<String>) {
        let said = Said::read(body.as_bytes());
        let text = |text: Option<Text>| text.map(|text| text.to_string());
        (text(said.detail), text(said.code), text(said.trace_id))
    }

    #[test]
    fn every_shape_of_error_body_is_understood() {
        let some = |text: &str| Some(text.to_owned());
        for (body, expected) in [
            (
                r#"{"detail":"You do not have permission.","code":"permission_denied","trace_id":"0a88"}"#,
                (
                    some("You do not have permission."),
                    some("permission_denied"),
                    some("0a88"),
                ),
            ),
            (
                r#"{"error":{"code":"invalid_token","message":"Token is invalid."},"trace_id":"2efa"}"#,
                (some("Token is invalid."), some("invalid_token"), some("2efa")),
            ),
            (r#"{"error":"a bare string"}"#, (some("a bare string"), None, None)),
            (
                r#"{"pay_way":["\"FOO\" is not a valid choice."]}"#,
                (some("pay_way: \"FOO\" is not a valid choice."), None, None),
            ),
            (r#"{"detail":["a","list"]}"#, (some("a list"), None, None)),
            (
                r#"{"client_secret":["sk_1"],"Token":["t"],"surface":["No."]}"#,
                (some("surface: No."), None, None),
            ),
            (
                r#"["Order is not pending."]"#,
                (some("Order is not pending."), None, None),
            ),
            (r#""just text""#, (some("just text"), None, None)),
            ("<html><h1>502 Bad Gateway</h1></html>", (None, None, None)),
            (r#"{"detail":"cut in ha"#, (None, None, None)),
            ("", (None, None, None)),
            (r#"{"detail":null,"code":7,"trace_id":{}}"#, (None, None, None)),
        ] {
            assert_eq!(said(body), expected, "{body}");
        }
    }

    #[test]
    fn what_the_platform_said_is_cleaned_and_cut() {
        let body = format!(r#"{{"detail":"a\u001b[31m\nb{}"}}"#, "x".repeat(10_000));
        let detail = said(&body).0.unwrap();
        assert!(detail.starts_with("a[31m bxxx") && detail.ends_with("x…"), "{detail}");
        assert_eq!(detail.chars().count(), 301);
    }

    #[test]
    fn a_complaint_about_the_pay_way_is_recognised() {
        assert!(Said::read(br#"{"pay_way":["This field is required."]}"#).about_pay_way);
        assert!(!Said::read(br#"{"surface":["x"]}"#).about_pay_way);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn no_body_whatever_makes_it_panic_or_say_something_unclean(
            body in prop_oneof![any::<Vec<u8>>(), "\\PC{0,80}".prop_map(String::into_bytes), json_body()],
        ) {
            let said = Said::read(&body);
            for text in [said.detail, said.code, said.trace_id].into_iter().flatten() {
                prop_assert!(!text.as_str().chars().any(char::is_control));
                prop_assert!((1..=301).contains(&text.as_str().chars().count()));
            }
        }
    }

    /// JSON in roughly the platform's shapes, with any text in it.
    fn json_body() -> impl Strategy<Value = Vec<u8>> {
        let key = prop_oneof!["detail", "error", "code", "message", "trace_id", "pay_way", ".*"];
        let leaf = prop_oneof![
            any::<String>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            Just(Value::Null)
        ];
        let value = leaf.prop_recursive(3, 16, 4, move |inner| {
            let pairs = prop::collection::vec((key.clone(), inner.clone()), 0..4);
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Value::from),
                pairs.prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        });
        value.prop_map(|value| value.to_string().into_bytes())
    }
}
